"""The evening's paper: one workbook of the city out of a workbook of each township, as offices do it, and ours."""

from __future__ import annotations

import collections
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connections

from accounts.choices import Level
from accounts.scope import scoped
from accounts.spreadsheets.writers import Column, Sheet, write_workbook
from benchmarks import world
from benchmarks.measure import Result, compared, measured
from reports import metrics

HEAD = 3  # rows above the data: title, unit, headings
COLUMNS = 30


def run(*, quick: bool) -> Iterator[Result]:
    """Every township's villages with 27 figures; the result: the city by county, each county by township."""
    world.need_city(days=3 if quick else 14)
    repeat = 1 if quick else 3
    try:
        with world.reporting_on_day():
            round = world.round_of_city()
            world.need_day([round.pk])
            world.fold_city(round)
            files = write_townships()
            ours = measured("benchmarks.office:ours", repeat=repeat)
            pandas = measured("benchmarks.office:with_pandas", repeat=repeat)
            fast = measured("benchmarks.office:with_pandas", repeat=repeat, engine="calamine")
            careful = measured("benchmarks.office:with_openpyxl", repeat=repeat)
            limit = measured("benchmarks.office:limit", repeat=repeat)
            equal = measured("benchmarks.office:equal", repeat=repeat)
    finally:
        world.forget_day()
        for file in folder().glob("*"):
            file.unlink()
    label = f"{files} township workbooks → city"
    yield compared(label, ours, "pandas script", pandas, target="≥5×", note="ours: out of the stored totals, merged "
                   "headings in three rows, shares, ranks, a sheet a county")  # fmt: skip
    yield compared(label, ours, "pandas script, calamine reader", fast)
    yield compared(label, ours, "openpyxl script, careful", careful)
    yield compared(label, ours, "limit: SQL sums + XlsxWriter, plain sheets", limit, target="≥0.71× (within 1.4)",
                   note=f"{ours.rows} rows of totals")  # fmt: skip
    yield compared(label, ours, "the same cells by XlsxWriter alone", equal, target="≥0.71× (within 1.4)",
                   note="our figures, widths, formats and merged headings; read and computed beforehand")  # fmt: skip


def folder() -> Path:
    path = Path(os.environ.get("CUNXUAN_DATA", tempfile.gettempdir())) / "bench-townships"
    path.mkdir(exist_ok=True)
    return path


def figures() -> list[str]:
    """The columns an office's sheet has: figures of the daily table."""
    return [metric.key for metric in metrics.table() if metric.key not in world.dates()][: COLUMNS - 3]


def write_townships() -> int:
    """The workbooks that townships would send: formatted, with title, headings and their own total."""
    keys = figures()
    names = {metric.key: metric.name for metric in metrics.table()}
    columns = [Column("县"), Column("乡镇"), Column("村"), *(Column(names[key], "int") for key in keys)]
    towns: dict[str, list[list[Any]]] = collections.defaultdict(list)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f"SELECT t.code, c.name, t.name, a.name, {', '.join('f.' + key for key in keys)} FROM reports_dailyfigure f "
            "JOIN accounts_area a ON a.id = f.area_id JOIN accounts_area t ON t.id = a.parent_id "
            "JOIN accounts_area c ON c.id = t.parent_id WHERE f.date = %s ORDER BY a.path",
            [world.DAY],
        )
        for code, *row in cursor.fetchall():
            towns[code].append(row)
    for code, rows in towns.items():
        sheet = Sheet(
            "日报", columns, rows, title=f"{rows[0][1]}日报", date="2026-11-22", unit="个", sum_total="合计"
        )
        write_workbook(folder() / f"{code}.xlsx", [sheet], engine="office")
    return len(towns)


def ours() -> dict[str, Any]:
    """What the export job writes for the city's office, under its scope."""
    from reports.exports import workbook_sheets, workbook_tables  # noqa: PLC0415
    from reports.rules.rollup_layouts import layouts  # noqa: PLC0415

    office = world.office(Level.CITY)
    with tempfile.TemporaryDirectory() as target, scoped(office) as scope:
        tables = workbook_tables(
            scope, world.round_of_city(), office.area, world.DAY, layouts()["all"], "day"
        )
        sheets = workbook_sheets(tables, scope=scope)
        return {"rows": write_workbook(Path(target) / "x.xlsx", sheets).total_rows}


def equal() -> dict[str, Any]:
    """The very cells of `ours`, already in memory, each with a format, under merged headings: the writing alone."""
    import xlsxwriter  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as target, xlsxwriter.Workbook(Path(target) / "x.xlsx") as book:
        head = book.add_format({"border": 1, "bold": True, "align": "center", "text_wrap": True})
        body = book.add_format({"border": 1, "align": "right", "num_format": "#,##0"})
        for number, (paths, rows) in enumerate(equal.sheets):
            page = book.add_worksheet(f"{number}")
            page.set_column(0, len(paths) - 1, 10)
            page.merge_range(0, 0, 0, len(paths) - 1, "汇总", head)
            for col, path in enumerate(paths):
                for level, text in enumerate(path):
                    page.write_string(1 + level, col, text, head)
            for line, values in enumerate(rows, start=4):
                for col, value in enumerate(values):
                    page.write(line, col, value, body)
    return {"rows": sum(len(rows) for _, rows in equal.sheets)}


def _read_sheets() -> None:
    from reports.exports import workbook_sheets, workbook_tables  # noqa: PLC0415
    from reports.rules.rollup_layouts import layouts  # noqa: PLC0415

    office = world.office(Level.CITY)
    with scoped(office) as scope:
        tables = workbook_tables(
            scope, world.round_of_city(), office.area, world.DAY, layouts()["all"], "day"
        )
        sheets = workbook_sheets(tables, scope=scope)
        equal.sheets = [([c.path for c in s.columns], [*s.totals, *map(list, s.rows)]) for s in sheets]


equal.prepare = _read_sheets


def with_pandas(engine: str = "openpyxl") -> dict[str, Any]:
    """Read, stack, group, write."""
    import pandas  # noqa: PLC0415

    frames = [
        pandas.read_excel(file, header=HEAD - 1, engine=engine) for file in sorted(folder().glob("*.xlsx"))
    ]
    table = pandas.concat(frames)
    table = table[table["县"] != "合计"]
    with (
        tempfile.TemporaryDirectory() as target,
        pandas.ExcelWriter(Path(target) / "x.xlsx", engine="openpyxl") as book,
    ):
        table.groupby("县", sort=False).sum(numeric_only=True).to_excel(book, sheet_name="总表")
        for county, rows in table.groupby("县", sort=False):
            rows.groupby("乡镇", sort=False).sum(numeric_only=True).to_excel(book, sheet_name=county[:31])
    return {"rows": len(table)}


def with_openpyxl() -> dict[str, Any]:
    """Row by row, without the quadratic mistakes."""
    import openpyxl  # noqa: PLC0415

    counties: dict[str, dict[str, list[int]]] = {}
    heading: list[str] = []
    for file in sorted(folder().glob("*.xlsx")):
        book = openpyxl.load_workbook(file, read_only=True)
        rows = book.worksheets[0].iter_rows(min_row=HEAD, values_only=True)
        heading = list(next(rows))
        for county, town, _village, *values in rows:
            if county == "合计":
                continue
            sums = counties.setdefault(county, {}).setdefault(town, [0] * len(values))
            for n, value in enumerate(values):
                sums[n] += value or 0
        book.close()
    return _write_openpyxl(counties, heading)


def _write_openpyxl(counties: dict[str, dict[str, list[int]]], heading: list[str]) -> dict[str, Any]:
    import openpyxl  # noqa: PLC0415

    book = openpyxl.Workbook()
    page = book.active
    page.append(["县", *heading[3:]])
    for county, towns in counties.items():
        page.append([county, *map(sum, zip(*towns.values(), strict=True))])
        own = book.create_sheet(county[:31])
        own.append(["乡镇", *heading[3:]])
        for town, sums in towns.items():
            own.append([town, *sums])
    with tempfile.TemporaryDirectory() as target:
        book.save(Path(target) / "x.xlsx")
    return {"rows": len(counties)}


def limit() -> dict[str, Any]:
    """One grouping in SQL, plain cells, no policies."""
    import xlsxwriter  # noqa: PLC0415

    sums = ", ".join(
        f"{'count' if key in world.dates() else 'sum'}(f.{key})::bigint" for key in world.columns()
    )
    with tempfile.TemporaryDirectory() as target, connections["owner"].cursor() as cursor:
        cursor.execute(
            f"SELECT c.name, t.name, {sums} FROM reports_dailyfigure f JOIN accounts_area t ON t.id = f.township_id "
            "JOIN accounts_area c ON c.id = t.parent_id WHERE f.date = %s GROUP BY GROUPING SETS ((1, 2), (1), ()) "
            "ORDER BY 1, 2 NULLS FIRST",
            [world.DAY],
        )
        rows = cursor.fetchall()
        book = xlsxwriter.Workbook(Path(target) / "x.xlsx", {"constant_memory": True})
        pages: dict[Any, Any] = {}
        lines: dict[Any, int] = collections.defaultdict(int)
        for county, town, *values in rows:
            name = county if town else "总表"
            page = pages.get(name) or pages.setdefault(name, book.add_worksheet(name))
            page.write_row(lines[name], 0, [town or county or "合计", *values])
            lines[name] += 1
        book.close()
    return {"rows": len(rows)}
