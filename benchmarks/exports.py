"""Export of village rows (20 columns, three joins): ours against import-export, and the Rust writer bare."""

from __future__ import annotations

import datetime
import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import connections
from import_export import fields, resources

from accounts.scope import scoped
from accounts.spreadsheets.rows import open_rows
from accounts.spreadsheets.writers import Column, Sheet, write_workbook
from benchmarks import sheet_data
from benchmarks.imports import ours as import_rows
from benchmarks.measure import Result, alone, compared, measured

SMALL, LARGE = 3_000, 50_000
FIGURES = ["population", "households", "voters", "members", "representatives"]
PATHS = [
    "area__code", "area__parent__parent__name", "area__parent__name", "area__name", "area__short_name", "kind",
    *FIGURES, *FIGURES, "founded", "is_pilot", "remark", "area__kind",
]  # fmt: skip
HEADINGS = [f"第{n}列" for n in range(len(PATHS))]


# Jobs run as the worker's role, whose statements and pauses may be long; the peers get the same.
job = functools.partial(measured, worker=True)


def run(*, quick: bool) -> Iterator[Result]:
    """3,000 and 50,000 rows (quick: the first); without select_related at 3k only (one query a row and ancestor)."""
    peaks = {}
    large, repeat = (SMALL, 1) if quick else (LARGE, 3)
    for rows in sorted({SMALL, large}):
        prepare_rows(rows)
        label = f"export {rows // 1000}k"
        ours = job("benchmarks.exports:ours", rows=rows, repeat=repeat)
        joined = job("benchmarks.exports:select_related", rows=rows, repeat=1)
        bare = job("benchmarks.exports:bare_rust", rows=rows, repeat=repeat)
        office = job("benchmarks.exports:office_layout", rows=rows, repeat=repeat)
        python = job("benchmarks.exports:bare_xlsxwriter", rows=rows, repeat=repeat)
        csv = job("benchmarks.exports:csv", rows=rows, repeat=repeat)
        copied = job("benchmarks.exports:csv_by_copy", rows=rows, repeat=repeat)
        peaks[rows] = ours
        yield compared(
            label, ours, "import-export + select_related", joined, target="≥10×" if rows > SMALL else ""
        )
        yield compared(label, ours, "Rust writer on a server-side cursor", bare, target="≥0.5× (within 2)")
        if rows == SMALL:
            stock = job("benchmarks.exports:stock", rows=rows, repeat=1)
            yield compared(label, ours, "import-export stock", stock, target="≥60× (set for 50k)")
        yield compared(f"{label}, office layout", office, "XlsxWriter constant_memory", python,
                       target="≥0.77× (within 1.3)", note="a format for each cell, merged headings, totals")  # fmt: skip
        yield compared(f"{label}, .csv", csv, "COPY TO STDOUT", copied)
    if large > SMALL:
        own = peaks[large].peak_mb - peaks[large].base_mb
        yield alone("export 50k, memory beyond Django's", own, unit="MB", target="≤80 MB",
                    note=f"{peaks[large].peak_mb} MB with the {peaks[large].base_mb} MB held before it begins")  # fmt: skip
        yield alone("export, memory at 50k against 3k", peaks[large].peak_mb / peaks[SMALL].peak_mb, unit="×",
                    target="≤1.3")  # fmt: skip


def prepare_rows(rows: int) -> None:
    """Fill our table with `rows` villages by importing the benchmark workbook."""
    sheet_data.prepare_tables(rows)
    import_rows(rows)


def _rows() -> Any:
    villages = sheet_data.BenchVillage.objects.order_by("unit_path")
    return open_rows(villages.values_list(*PATHS[:6], *PATHS[6:11], *PATHS[16:], *PATHS[6:11]))


def _kinds() -> list[str]:
    return ["text"] * 6 + ["int"] * 5 + ["date", "text", "text", "text"] + ["int"] * 5


def ours(rows: int) -> dict[str, Any]:
    """A plain list as the export job writes it: title, formats, page set-up, footer, under row-level security."""
    columns = [Column(h, k) for h, k in zip(HEADINGS, _kinds(), strict=True)]
    with tempfile.TemporaryDirectory() as folder, scoped(sheet_data.office()):
        sheet = Sheet(
            "村", columns, _rows(), title="村(社区)", date="2026-11-22", unit="人", export_number="E1"
        )
        return {"rows": write_workbook(Path(folder) / "x.xlsx", [sheet]).total_rows}


def office_layout(rows: int) -> dict[str, Any]:
    """The same rows with merged headings, column numbers and totals."""
    columns = [
        Column(h, k, groups=("人口",) if 6 <= n < 11 else ())
        for n, (h, k) in enumerate(zip(HEADINGS, _kinds(), strict=True))
    ]
    with tempfile.TemporaryDirectory() as folder, scoped(sheet_data.office()):
        sheet = Sheet("村", columns, _rows(), title="村(社区)", numbering=True, sum_total="合计", paper="A3")
        return {"rows": write_workbook(Path(folder) / "x.xlsx", [sheet], engine="office").total_rows}


def csv(rows: int) -> dict[str, Any]:
    columns = [Column(h, k) for h, k in zip(HEADINGS, _kinds(), strict=True)]
    with tempfile.TemporaryDirectory() as folder, scoped(sheet_data.office()):
        return {"rows": write_workbook(Path(folder) / "x.csv", [Sheet("村", columns, _rows())]).total_rows}


def bare_rust(rows: int) -> dict[str, Any]:
    """The Rust writer as one would use it: a generator of dicts, no formats."""
    import rustpy_xlsxwriter  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder, scoped(sheet_data.office()):
        records = (dict(zip(HEADINGS, row, strict=True)) for row in _rows())
        rustpy_xlsxwriter.write_worksheet(records, str(Path(folder) / "x.xlsx"), sheet_name="x")
    return {"rows": rows}


def bare_xlsxwriter(rows: int) -> dict[str, Any]:
    import xlsxwriter  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder, scoped(sheet_data.office()):
        book = xlsxwriter.Workbook(Path(folder) / "x.xlsx", {"constant_memory": True})
        page, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        page.write_row(0, 0, HEADINGS)
        for number, row in enumerate(_rows(), start=1):
            for col, value in enumerate(row):
                if isinstance(value, datetime.date):
                    page.write_datetime(number, col, value, day)
                else:
                    page.write(number, col, value)
        book.close()
    return {"rows": rows}


def csv_by_copy(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, scoped(sheet_data.office()):
        villages = sheet_data.BenchVillage.objects.order_by("unit_path").values_list(*PATHS[:11], *PATHS[16:])
        sql = str(villages.query)
        with (Path(folder) / "x.csv").open("wb") as target, connections["default"].cursor() as cursor:
            cursor.copy_expert(f"COPY ({sql}) TO STDOUT WITH CSV HEADER", target)
    return {"rows": rows}


class StockExport(resources.ModelResource):
    """As a user writes it: fields through the relations, one query for each where it is not joined."""

    for _number, _path in enumerate(PATHS):
        locals()[f"f{_number}"] = fields.Field(_path, HEADINGS[_number])
    del _number, _path

    class Meta:
        model = sheet_data.BenchVillage
        fields = tuple(f"f{n}" for n in range(len(PATHS)))


def stock(rows: int) -> dict[str, Any]:
    return _exported(sheet_data.BenchVillage.objects.order_by("unit_path"))


def select_related(rows: int) -> dict[str, Any]:
    return _exported(
        sheet_data.BenchVillage.objects.order_by("unit_path").select_related("area__parent__parent")
    )


def _exported(queryset: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, scoped(sheet_data.office()):
        dataset = StockExport().export(queryset)
        (Path(folder) / "x.xlsx").write_bytes(dataset.export("xlsx"))
        return {"rows": len(dataset)}
