"""The day's workbooks of all townships of a city, collected: read, checked, stored, summed by county; ours and pandas."""

from __future__ import annotations

import os
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connections, transaction

from accounts import audit
from accounts.choices import Level
from accounts.models import Area
from accounts.scope import scoped
from accounts.spreadsheets.bundle import read_bundle
from benchmarks import world
from benchmarks.measure import Result, compared, measured
from reports.actions.offers import offer_days
from reports.audit_types import DEMO_LOADED
from reports.collecting import Places, collect
from reports.daily_exchange import CODE, typed_of, write_day
from reports.metrics import dates, table
from reports.models import DailyOffer
from reports.queries.settings import in_force_for
from reports.rules import days
from reports.rules.checks import Row

HEAD = 3  # rows above the data: title, unit, headings


def run(*, quick: bool) -> Iterator[Result]:
    """Each township's workbook as it downloads it, every figure filled in; one .zip for us, a folder for the peers."""
    world.need_city(days=3 if quick else 14)
    files = write_townships()
    repeat = 1 if quick else 3
    ours = measured("benchmarks.collected:ours", repeat=repeat)
    pandas = measured("benchmarks.collected:with_pandas", repeat=repeat)
    fast = measured("benchmarks.collected:with_pandas", repeat=repeat, engine="calamine")
    share = ", ".join(f"{k} {v:.2f} s" for k, v in ours.detail["shares"].items())
    if ours.detail["sums"] != pandas.detail["sums"]:
        raise RuntimeError(f"the sums differ: {ours.detail['sums']} and {pandas.detail['sums']}")
    label = f"{files} township workbooks collected"
    yield compared(label, ours, "pandas script", pandas, target="≥3×", note=share)
    yield compared(label, ours, "pandas script, calamine reader", fast)
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE peer_collected")
    for file in folder().glob("*"):
        file.unlink()


def folder() -> Path:
    path = Path(os.environ.get("CUNXUAN_DATA", tempfile.gettempdir())) / "bench-collected"
    path.mkdir(exist_ok=True)
    return path


def figures() -> list[str]:
    """The figures that a township types."""
    known = {metric.key for metric in dates()}
    return [metric.key for metric in typed_of(table()) if metric.key not in known]


def write_townships() -> int:
    """The workbooks, and the .zip with all of them; an empty table for the peers."""
    keys = figures()
    with scoped(world.office(Level.CITY)) as scope:
        force = in_force_for(scope.area)
        date = days.local_day(force.now)
        places = Places(scope, force, scope.area)
        for town in places.towns.values():
            day = places.day(town, date, force.items(date))
            for row in day.rows:
                row.values = {key: new_figure(row, key, n) for n, key in enumerate(keys)}
            write_day(day, folder() / f"{town.code}.xlsx", scope=scope)
    with zipfile.ZipFile(folder() / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder().glob("*.xlsx")):
            archive.write(file, file.name)
    with connections["owner"].cursor() as cursor:
        columns = ", ".join(f"{key} integer NOT NULL CHECK ({key} >= 0)" for key in keys)
        cursor.execute("DROP TABLE IF EXISTS peer_collected")
        cursor.execute(f"CREATE TABLE peer_collected (area_id bigint PRIMARY KEY, county text, {columns})")
        cursor.execute("GRANT ALL ON peer_collected TO cunxuan_web, cunxuan_worker")
    return len(places.towns)


def new_figure(row: Row, key: str, n: int) -> int:
    """Another figure than the draft has: an offer holds what it would change, and all of it is to be summed."""
    wanted = (row.village + n) % 9
    return wanted + 1 if row.values.get(key) == wanted else wanted


def ours() -> dict[str, Any]:
    """What upload and confirmation do: sandbox, recognition, every cell checked, offers under policies and audit."""
    from time import perf_counter  # noqa: PLC0415

    marks = [perf_counter()]
    with (folder() / "all.zip").open("rb") as source:
        members = read_bundle(source)
    marks.append(perf_counter())
    with scoped(world.office(Level.CITY)) as scope:
        force = in_force_for(scope.area)
        files = collect(members, scope, force, scope.area, days.local_day(force.now))
        marks.append(perf_counter())
        sent = offer_days(force.round, files, by=scope)
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT left(cell ->> 0, 6), sum((cell ->> 2)::int) FROM reports_dailyoffer, jsonb_array_elements(cells) "
                "AS cell WHERE is_open AND date = %s GROUP BY 1 ORDER BY 1",
                [days.local_day(force.now)],
            )
            sums = cursor.fetchall()
    marks.append(perf_counter())
    if sent != len(members):
        raise RuntimeError([(one.name, one.problems[:2]) for one in files if not one.is_good][:3])
    names = ("read in the sandbox", "recognise and check", "store, sum, seal, commit")
    shares = {name: later - earlier for name, earlier, later in zip(names, marks, marks[1:], strict=False)}
    return {
        "rows": sum(one.counts["villages"] for one in files),
        "shares": shares,
        "sums": [list(one) for one in sums],
    }


def with_pandas(engine: str = "openpyxl") -> dict[str, Any]:
    """As a careful clerk's script: every file, every village known, every figure whole and not negative, kept, summed."""
    import pandas  # noqa: PLC0415
    from psycopg2.extras import execute_values  # noqa: PLC0415

    keys = figures()
    names = {metric.key: metric.name for metric in table()}
    frames = []
    with transaction.atomic(), connections["default"].cursor() as cursor:
        ids = dict(
            Area.objects.filter(level=Level.VILLAGE, path__startswith=world.city().path).values_list(
                "code", "pk"
            )
        )
        for file in sorted(folder().glob("*.xlsx")):
            frame = pandas.read_excel(file, header=HEAD - 1, engine=engine, dtype={CODE: str})
            frame = frame[frame[CODE].str.fullmatch(r"\d{12}", na=False)]
            if frame.empty or not frame[CODE].isin(ids).all() or frame[CODE].duplicated().any():
                raise RuntimeError(file.name)
            frames.append(frame)
        whole = pandas.concat(frames)
        values = whole[[names[key] for key in keys]].apply(pandas.to_numeric, errors="raise").astype(int)
        if (values < 0).any().any():
            raise RuntimeError("negative")
        execute_values(
            cursor.cursor,
            f"INSERT INTO peer_collected (area_id, county, {', '.join(keys)}) VALUES %s",
            [
                (ids[code], code[:6], *row)
                for code, row in zip(whole[CODE], values.to_numpy().tolist(), strict=True)
            ],
            page_size=1_000,
        )
    sums = values.sum(axis=1).groupby(whole[CODE].str[:6]).sum()
    return {"rows": len(whole), "sums": [[code, int(total)] for code, total in sums.items()]}


def _empty(**options: Any) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE peer_collected")


def _no_offers() -> None:
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        audit.act(None, DEMO_LOADED, DailyOffer, using="owner")
        cursor.execute("DELETE FROM reports_dailyoffer")


with_pandas.prepare = _empty
ours.prepare = _no_offers
