"""A township's day from the first keystroke to the receipt, and the pages of the evening, over loopback."""

from __future__ import annotations

import datetime
import logging
import re
import statistics
from collections.abc import Iterator
from typing import Any

from django.db import connections
from django.utils import timezone

from accounts.choices import Level
from accounts.models import Assignment
from benchmarks import world
from benchmarks.client import Browser, server
from benchmarks.measure import Result, alone, percentile

VILLAGES = 22
FLOWS = ("visits", "talks", "trainings", "publicity", "petitions", "tip_offs", "public_opinion")


def run(*, quick: bool) -> Iterator[Result]:
    """One client at a time: open, type 22 villages, file. Then 今日, the sheet, completeness, the totals."""
    round = world.need_city(days=3 if quick else 14)
    world.need_tree(country=not quick)
    today = timezone.localdate().isoformat()
    with server() as port:
        yield from filings(port, today, townships(round.pk, 8 if quick else 40))
        yield from pages(port, today, repeat=5 if quick else 25)
        yield from first_load(port)


def townships(round: int, number: int) -> list[tuple[Assignment, list[str]]]:
    """Townships nearest to 22 villages that have not filed today, with the codes of their villages."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT a.parent_id, array_agg(a.code) FROM elections_org org JOIN accounts_area a ON a.id = org.area_id "
            "WHERE org.round_id = %s AND NOT EXISTS (SELECT FROM reports_dailyrevision r WHERE r.round_id = %s "
            "AND r.area_id = a.parent_id AND r.date = %s) GROUP BY 1 ORDER BY abs(count(*) - %s), 1 LIMIT %s",
            [round, round, timezone.localdate(), VILLAGES, number],
        )
        found = dict(cursor.fetchall())
    offices = Assignment.objects.using("login").filter(role="township", area__in=found).select_related("area")
    return [(office, found[office.area_id]) for office in offices]


def filings(port: int, today: str, seats: list[tuple[Assignment, list[str]]]) -> Iterator[Result]:
    times: dict[str, list[float]] = {"type": [], "cell": [], "file": []}
    villages = 0
    for office, codes in seats:
        browser = Browser(port, office)
        url = f"/api/v1/daily/{today}/"
        edits = [
            {"village": code, "key": key, "text": str((n + k) % 5)}
            for n, code in enumerate(codes)
            for k, key in enumerate(FLOWS)
        ]
        typed = browser.ask("PUT", f"{url}draft/", {"edits": edits, "confirm": codes, "zero": codes})
        expect(typed, 200)
        times["type"].append(typed.ms)
        one = {"village": codes[0], "key": "visits", "text": "9", "base": 1}
        cell = browser.ask("PUT", f"{url}draft/", {"edits": [one]})
        expect(cell, 200)
        times["cell"].append(cell.ms)
        filed = browser.ask("POST", f"{url}file/", {"version": cell.json()["version"]})
        if filed.status == 400 and "issues" in filed.json():
            explain(browser, url, filed.json()["issues"])
            filed = browser.ask("POST", f"{url}file/", {"version": cell.json()["version"]})
        expect(filed, 201)
        times["file"].append(filed.ms)
        villages += filed.json()["villages"]
    size = f"{villages / len(seats):.0f} villages, {len(seats)} townships"
    note = f"{size}; checked, frozen, audited, sealed, committed" + _parts()
    yield alone("file a township's day, p95", percentile(times["file"], 0.95), target="≤150 ms", note=note)
    yield alone("file a township's day, p50", statistics.median(times["file"]))
    yield alone(
        "type a whole day at once (paste), p50",
        statistics.median(times["type"]),
        note=f"{len(FLOWS)} × {size}",
    )
    yield alone("save one cell, p50", statistics.median(times["cell"]))


def explain(browser: Browser, url: str, issues: list[dict[str, Any]]) -> None:
    """Give the reason that each warning asks for."""
    edits = [
        {"village": i["village"], "key": f"reason:{i['code']}:{i['key']}", "text": "已与村里核对"}
        for i in issues
        if i["level"] == "warning"
    ]
    expect(browser.ask("PUT", f"{url}draft/", {"edits": edits}), 200)


def expect(answer: Any, status: int) -> None:
    if answer.status != status:
        raise RuntimeError(f"answered {answer.status}: {answer.body.decode()[:600]}")


def _parts() -> str:
    """What the audit of one filing writes."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT avg(n) FROM (SELECT count(*) AS n FROM accounts_auditevent e JOIN accounts_auditact a "
            "ON a.id = e.act_id WHERE a.type = 'reports.day_filed' GROUP BY a.id) x"
        )
        events = cursor.fetchone()[0]
    return f"; {events:.1f} audit events" if events else ""


def pages(port: int, today: str, *, repeat: int) -> Iterator[Result]:
    """p95 and bytes as transferred; queries are counted in this process."""
    city, county, town = (world.office(level) for level in (Level.CITY, Level.COUNTY, Level.TOWNSHIP))
    yesterday = (timezone.localdate() - datetime.timedelta(days=1)).isoformat()
    seen = (
        ("今日, township", town, "/"),
        ("今日, city", city, "/"),
        ("sheet of a township", town, f"/reports/daily/{today}/"),
        ("completeness, county", county, "/reports/completeness/"),
        ("totals, city", city, f"/reports/rollup/?date={yesterday}"),
        ("records, city", city, "/orgs/"),
    )
    for name, office, url in seen:
        browser = Browser(port, office)
        answer = browser.get(url)
        times = sorted(browser.get(url).ms for _ in range(repeat))
        yield alone(
            f"{name}, p95",
            percentile(times, 0.95),
            target="≤300 ms",
            note=f"p50 {statistics.median(times):.0f} ms",
        )
        packed = answer.size if answer.size < len(answer.body) else _gzipped(answer.body)
        yield alone(f"{name}, transferred", packed / 1024, unit="KB", target="≤150 KB",
                    note=f"{len(answer.body) / 1024:.0f} KB before gzip" + ("" if packed == answer.size else
                    "; gzip by the proxy in front, as in deploy/"))  # fmt: skip
        yield alone(
            f"{name}, queries",
            queries(office, url),
            unit="",
            target="≤12",
            note="three are session, account, assignment",
        )


def _gzipped(body: bytes) -> int:
    import gzip  # noqa: PLC0415

    return len(gzip.compress(body, 6))


def queries(office: Assignment, url: str) -> int:
    """Queries of one page on every alias, session, account and assignment included; log lines are kept back."""
    from django.test import Client  # noqa: PLC0415

    from accounts.models import User  # noqa: PLC0415

    logging.disable(logging.INFO)
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(User.objects.get(pk=office.user_id))
    browser.get(url)
    said: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "SELECT set_config")):
            said.append(sql)
        return execute(sql, params, many, context)

    with connections["default"].execute_wrapper(note), connections["login"].execute_wrapper(note):
        browser.get(url)
    return len(said)


def first_load(port: int) -> Iterator[Result]:
    """Everything the first page brings: the page, its styles, scripts and fonts, as transferred."""
    browser = Browser(port, world.office(Level.CITY))
    page = browser.get("/")
    total = _gzipped(page.body)
    for url in sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page.body.decode()))):
        answer = browser.ask("GET", url)
        is_packed = answer.size < len(answer.body) or url.endswith((".woff2", ".png"))
        total += answer.size if is_packed else _gzipped(answer.body)
    yield alone("first load of 今日, transferred", total / 1024, unit="KB", target="≤600 KB",
                note="fonts that the styles ask for later are not counted")  # fmt: skip
