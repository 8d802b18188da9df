"""A township's clerk at a browser: opens the pages, types a day, files it; clicks twice now and then, or loses the line."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field

from django.db import connections

from accounts.models import Assignment
from benchmarks.client import TOKEN, Browser

PAGES = (
    "/",
    "/reports/daily/{day}/",
    "/reports/daily/{day}/",
    "/static/css/app.css",
    "/",
    "/reports/daily/{day}/",
)
TWICE, BROKEN = 5, 20  # every fifth clicks twice, every twentieth loses its connection


@dataclass
class Seen:
    """What the townships met: milliseconds of each kind, and the answers that were none of the expected ones."""

    filed: list[float] = field(default_factory=list)
    pages: list[float] = field(default_factory=list)
    receipts: dict[tuple[int, str], str] = field(default_factory=dict)
    errors: int = 0
    refused: list[str] = field(default_factory=list)
    repeats: int = 0


@dataclass(frozen=True)
class Seat:
    """A township's clerk at a browser, the codes of the villages, and the days still to be filed."""

    office: Assignment
    browser: Browser
    codes: list[str]
    days: list[str]


def seats_of(round, port: int, number: int) -> list[Seat]:
    """Clerks of `number` townships, signed in, with their villages."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT a.parent_id, array_agg(a.code ORDER BY a.code) FROM elections_org org "
            "JOIN accounts_area a ON a.id = org.area_id WHERE org.round_id = %s GROUP BY 1 ORDER BY 1 LIMIT %s",
            [round.pk, number],
        )
        codes = dict(cursor.fetchall())
    offices = Assignment.objects.using("login").filter(role="township", area__in=codes).select_related("area")
    return [Seat(office, Browser(port, office), codes[office.area_id], []) for office in offices]


def file(seat: Seat, day: str, seen: Seen) -> None:
    """Six pages, the day typed, the filing with its key."""
    for url in PAGES:
        answer = seat.browser.ask("GET", url.format(day=day))
        seen.pages.append(answer.ms)
        seen.errors += answer.status >= 500
    url = f"/api/v1/daily/{day}/"
    typed = seat.browser.ask("PUT", f"{url}draft/", {"confirm": seat.codes, "zero": seat.codes})
    seen.errors += typed.status >= 500
    body = {"version": typed.json()["version"]}
    turn = len(seen.receipts)
    key = f"bench-{seat.office.area_id}-{day}"
    if turn % BROKEN == 0:
        lose(seat.browser, f"{url}file/", body, key)
        seen.repeats += 1
    if turn % TWICE == 0:
        other = threading.Thread(target=submit, args=(copy_of(seat.browser), f"{url}file/", body, key))
        other.start()
        seen.repeats += 1
    filed = submit(seat.browser, f"{url}file/", body, key)
    if turn % TWICE == 0:
        other.join()
    seen.filed.append(filed.ms)
    seen.errors += filed.status >= 500
    if filed.status == 201:
        seen.receipts[seat.office.area_id, day] = filed.json()["receipt"]
    else:
        seen.refused.append(f"{filed.status} {filed.body[:160]!r}")


def submit(browser: Browser, url: str, body: dict, key: str):
    """One filing under its key; told that the first click still runs, it asks for that one's answer."""
    for _ in range(50):
        started = time.perf_counter()
        response, content = browser.send("POST", url, json.dumps(body), headers_of(browser, key))
        if response.status != 409 or b"still_running" not in content:
            break
        time.sleep(0.1)
    return type("Answer", (), {
        "status": response.status, "body": content, "ms": (time.perf_counter() - started) * 1000,
        "json": lambda self=None: json.loads(content),
    })()  # fmt: skip


def headers_of(browser: Browser, key: str) -> dict[str, str]:
    return {
        "Cookie": browser.cookie,
        "X-CSRFToken": TOKEN,
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }


def copy_of(browser: Browser) -> Browser:
    """The same person's second connection."""
    return Browser(browser.connection.port, cookie=browser.cookie.partition("; ")[2])


def lose(browser: Browser, url: str, body: dict, key: str) -> None:
    """Send the filing and hang up before the answer."""
    lost = copy_of(browser)
    lost.connection.request("POST", url, json.dumps(body), headers_of(browser, key))
    lost.connection.close()
