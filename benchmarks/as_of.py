"""The table of a city as of any moment, added up at read, beside the same table as stored."""

from __future__ import annotations

import datetime
import random
import statistics
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

from django.db import connections

from accounts.choices import Level
from accounts.scope import scoped
from benchmarks import world
from benchmarks.measure import Result, beside, measured

TABLES, MODES = ("progress", "team", "work", "all"), ("day", "total", "week")


def run(*, quick: bool) -> Iterator[Result]:
    """Random days, moments, tables and modes; both sides read the same ones, in turn."""
    world.need_city(days=3 if quick else 14)
    timing = measured("benchmarks.as_of:ours", repeat=1, readings=40 if quick else 200)
    facts = timing.detail
    for mode in ("day", "total"):
        yield beside(
            f"table of a city as of any moment, {mode}, p95", facts[f"{mode}_p95"], "the stored table, p95",
            facts[f"{mode}_stored"], target="≤300 ms",
            note=f"p50 {facts[f'{mode}_p50']:.0f} ms; {timing.rows} readings, {facts['townships']} townships",
        )  # fmt: skip
    yield beside(
        "published beside known now, p95", facts["compared_p95"], "the stored table, p95", facts["day_stored"],
        note=f"both tables and {facts['late']} late reports by name; p50 {facts['compared_p50']:.0f} ms",
    )  # fmt: skip


def ours(readings: int) -> dict[str, Any]:
    """As the screen does it, under the city office's scope."""
    from reports.queries.as_of import Past  # noqa: PLC0415
    from reports.queries.comparison import Asked, Then, comparison  # noqa: PLC0415
    from reports.queries.rollup import totals_table  # noqa: PLC0415
    from reports.queries.season import Season  # noqa: PLC0415
    from reports.rules.rollup_layouts import layouts  # noqa: PLC0415

    dice, office = random.Random(7), world.office(Level.CITY)
    round = world.round_of_city()
    season, city = Season((round,)), round.area
    days, first, last = _span(round.pk)
    times: dict[str, list[float]] = {}
    late = townships = 0
    with scoped(office) as scope:
        for number in range(readings):
            day, mode = dice.choice(days), MODES[number % 3]
            moment = first + (last - first) * dice.random()
            layout = layouts()[dice.choice(TABLES)]
            place = (scope, season, city, day, layout, mode, "managing")
            kind = "total" if mode == "total" else "day"
            past = Past(scope, season, moment)
            table = _timed(times, f"{kind}_then", lambda p=place, q=past: totals_table(*p, q))
            townships = max(townships, table.townships)
            _timed(times, f"{kind}_stored", lambda p=place: totals_table(*p))
            if number % 4 == 0:
                asked = Asked(season, city, day, layout, mode, "managing")
                found = _timed(
                    times,
                    "compared",
                    lambda a=asked, m=moment: comparison(scope, a, Then(min(a.cut_off, m)), m),
                )
                late = max(late, len(found.late))
    facts = {"townships": townships, "late": late}
    for kind in ("day", "total"):
        facts |= {
            f"{kind}_p95": _p95(times[f"{kind}_then"]),
            f"{kind}_p50": statistics.median(times[f"{kind}_then"]) * 1000,
            f"{kind}_stored": _p95(times[f"{kind}_stored"]),
        }
    facts |= {
        "compared_p95": _p95(times["compared"]),
        "compared_p50": statistics.median(times["compared"]) * 1000,
    }
    return {"rows": readings, **facts}


def _span(round: int) -> tuple[list[datetime.date], datetime.datetime, datetime.datetime]:
    """Days with reports, and the first and last moment one was filed."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(DISTINCT date), min(filed_at), max(filed_at) FROM reports_dailyrevision"
            " WHERE round_id = %s AND date IN (SELECT date FROM reports_rolluprow WHERE round_id = %s)",
            [round, round],
        )
        return cursor.fetchone()


def _timed(times: dict[str, list[float]], name: str, read: Callable[[], Any]) -> Any:
    started = perf_counter()
    found = read()
    times.setdefault(name, []).append(perf_counter() - started)
    return found


def _p95(seconds: list[float]) -> float:
    """In milliseconds."""
    return sorted(seconds)[max(0, int(len(seconds) * 0.95) - 1)] * 1000
