"""Import of a village workbook (12 columns): ours against import-export stock and tuned, and pandas."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tablib
from django.db import connections, transaction
from import_export import fields, instance_loaders, resources, widgets

from accounts.models import Area
from accounts.scope import scoped
from accounts.spreadsheets import engine
from accounts.spreadsheets.preview import Reading
from accounts.spreadsheets.reader import read_file
from benchmarks import sheet_data
from benchmarks.measure import Result, alone, compared, measured

OURS, PEER = "bench_village", "peer_village"
SMALL, LARGE = 3_000, 50_000


# Jobs run as the worker's role, whose statements and pauses may be long; the peers get the same.
job = functools.partial(measured, worker=True)


def run(*, quick: bool) -> Iterator[Result]:
    """3,000 and 50,000 rows (quick: the first). The stock resource runs once, the others three times."""
    large, repeat = (SMALL, 1) if quick else (LARGE, 3)
    sheet_data.prepare_tables(large)
    for rows in sorted({SMALL, large}):
        sheet_data.workbook(rows)
        label = f"import {rows // 1000}k"
        ours = job("benchmarks.imports:ours", rows=rows, repeat=repeat)
        stock = job("benchmarks.imports:stock", rows=rows, repeat=1)
        tuned = job("benchmarks.imports:tuned", rows=rows, repeat=1 if rows > SMALL else repeat)
        pandas = job("benchmarks.imports:with_pandas", rows=rows, repeat=repeat)
        floor = job("benchmarks.imports:floor", rows=rows, repeat=repeat)
        share = ", ".join(f"{k} {v:.2f} s" for k, v in ours.detail["shares"].items())
        big = rows > SMALL
        yield compared(label, ours, "import-export stock, one pass", stock, target="≥25×" if big else "≥15×")
        yield compared(label, ours, "import-export bulk tuned", tuned, target="≥3×" if big else "")
        yield compared(label, ours, "pandas + to_sql, no checks", pandas)
        yield compared(label, ours, "limit: calamine + COPY + upsert, no audit, no row-level security", floor,
                       target="≥0.4× (within 2.5)" if big else "≥0.33× (within 3)", note=share)  # fmt: skip
        yield alone(f"{label}, peak memory", ours.peak_mb, unit="MB", target="≤200 MB")
        again = job("benchmarks.imports:same_again", rows=rows, repeat=repeat)
        yield compared(f"{label}, same file again", again, "first import", ours)
        both = job("benchmarks.imports:preview_and_confirm", rows=rows, repeat=repeat)
        yield compared(
            f"{label}, preview + confirm", both, "one pass", ours, target="≥0.77× (≤1.3 of one pass)"
        )


def ours(rows: int) -> dict[str, Any]:
    """Upload to committed rows: sandbox, checks, error report, audit, row-level security."""
    from time import perf_counter  # noqa: PLC0415

    marks = [perf_counter()]
    resource = sheet_data.BenchResource()
    with tempfile.TemporaryDirectory() as folder, sheet_data.workbook(rows).open("rb") as source:
        book = read_file(source, Path(folder) / "rows.tsv")
        marks.append(perf_counter())
        reading = Reading(book, engine.find_headings(resource, book))
        engine.require_complete(book, reading.headings)
        with scoped(sheet_data.office()) as scope:
            marks.append(perf_counter())
            preview = engine.write(resource, reading, scope=scope)
            marks.append(perf_counter())
        marks.append(perf_counter())
    if preview.written != (rows, 0):
        raise RuntimeError(f"wrote {preview.written}, problems {preview.problems[:3]}")
    names = ("read in the sandbox", "heading and scope", "check and write", "audit seal and commit")
    shares = {name: later - earlier for name, earlier, later in zip(names, marks, marks[1:], strict=False)}
    return {"rows": preview.rows, "shares": shares, "child_peak_mb": book.peak_mb}


ours.prepare = lambda rows: sheet_data.empty(OURS)


def same_again(rows: int) -> dict[str, Any]:
    """The second time: nothing may be written."""
    with scoped(sheet_data.office()) as scope:
        result = sheet_data.BenchResource().import_data(sheet_data.workbook(rows), scope=scope)
    if result.preview.written != (0, 0):
        raise RuntimeError(f"wrote {result.preview.written}")
    return {"rows": result.preview.rows}


def _filled(rows: int) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM bench_village")
        if cursor.fetchone()[0] != rows:
            sheet_data.empty(OURS)
            ours(rows)


same_again.prepare = _filled


def preview_and_confirm(rows: int) -> dict[str, Any]:
    """What the wizard does: read and check in one transaction, check and write in another."""
    resource = sheet_data.BenchResource()
    with tempfile.TemporaryDirectory() as folder, sheet_data.workbook(rows).open("rb") as source:
        book = read_file(source, Path(folder) / "rows.tsv")
        reading = Reading(book, engine.find_headings(resource, book))
        with scoped(sheet_data.office()) as scope:
            _target, preview = engine.check(resource, reading, scope=scope)
        with scoped(sheet_data.office()) as scope:
            written = engine.write(resource, reading, scope=scope, digest=preview.digest)
    return {"rows": written.rows}


preview_and_confirm.prepare = ours.prepare


class StockResource(resources.ModelResource):
    """As a user writes it: columns, a foreign key by code, the key field."""

    area = fields.Field("area", "区划代码", widget=widgets.ForeignKeyWidget(Area, "code"))
    kind = fields.Field("kind", "类型")
    population = fields.Field("population", "户籍人口", widget=widgets.IntegerWidget())
    households = fields.Field("households", "户数", widget=widgets.IntegerWidget())
    voters = fields.Field("voters", "登记选民", widget=widgets.IntegerWidget())
    members = fields.Field("members", "党员", widget=widgets.IntegerWidget())
    representatives = fields.Field("representatives", "代表", widget=widgets.IntegerWidget())
    founded = fields.Field("founded", "成立日期", widget=widgets.DateWidget())
    remark = fields.Field("remark", "备注")

    class Meta:
        model = sheet_data.PeerVillage
        import_id_fields = ("area",)
        fields = (
            "area", "kind", "population", "households", "voters", "members", "representatives", "founded", "remark",
        )  # fmt: skip


class CachedArea(widgets.ForeignKeyWidget):
    def __init__(self) -> None:
        super().__init__(Area, "code")
        self.cache: dict[str, Area] = {}

    def clean(self, value: Any, row: Any = None, **options: Any) -> Any:
        if not self.cache:
            self.cache = {area.code: area for area in Area.objects.filter(path__startswith="98/")}
        return self.cache.get(value)


class TunedResource(StockResource):
    """Every bulk option, the areas cached, instances loaded at once, no diff, no report."""

    area = fields.Field("area", "区划代码", widget=CachedArea())

    class Meta(StockResource.Meta):
        use_bulk = True
        batch_size = 1_000
        skip_diff = True
        report_skipped = False
        clean_model_instances = False
        force_init_instance = True
        instance_loader_class = instance_loaders.ModelInstanceLoader


def _dataset(rows: int) -> tablib.Dataset:
    with sheet_data.workbook(rows).open("rb") as source:
        return tablib.Dataset().load(source.read(), format="xlsx")


def stock(rows: int) -> dict[str, Any]:
    result = StockResource().import_data(_dataset(rows), dry_run=False, raise_errors=True)
    return {"rows": result.total_rows}


def tuned(rows: int) -> dict[str, Any]:
    result = TunedResource().import_data(_dataset(rows), dry_run=False, raise_errors=True)
    return {"rows": result.total_rows}


def with_pandas(rows: int) -> dict[str, Any]:
    """read_excel and insert, as a script does it; no check, no update, no foreign key."""
    import pandas  # noqa: PLC0415
    from psycopg2.extras import execute_values  # noqa: PLC0415

    frame = pandas.read_excel(sheet_data.workbook(rows), dtype={"区划代码": str})
    with transaction.atomic(), contextlib.closing(connections["default"].cursor()) as cursor:
        ids = dict(Area.objects.filter(path__startswith="98/").values_list("code", "pk"))
        frame["area"] = frame["区划代码"].map(ids)
        values = frame[["area", "类型", "户籍人口", "户数", "登记选民", "党员", "代表", "成立日期", "备注"]]
        execute_values(
            cursor.cursor,
            "INSERT INTO peer_village (area_id, kind, population, households, voters, members, representatives, "
            "founded, remark, is_pilot) VALUES %s",
            [tuple(row) for row in values.astype(object).to_numpy()],
            template="(%s, %s, %s, %s, %s, %s, %s, %s, %s, false)",
            page_size=1_000,
        )
    return {"rows": len(frame)}


def floor(rows: int) -> dict[str, Any]:
    """The fastest way found: parse in this process, COPY, one checking upsert into an unprotected table."""
    import io  # noqa: PLC0415

    import python_calamine  # noqa: PLC0415

    book = python_calamine.CalamineWorkbook.from_path(sheet_data.workbook(rows))
    lines = book.get_sheet_by_index(0).to_python()[1:]
    text = io.StringIO()
    for line in lines:
        cells = (str(int(v)) if v.__class__ is float else str(v) for v in line)
        text.write("\t".join(cells) + "\n")
    text.seek(0)
    with transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE t (" + ", ".join(f"c{n} text" for n in range(12)) + ") ON COMMIT DROP"
        )
        cursor.copy_expert("COPY t FROM STDIN", text)
        cursor.execute(
            "SELECT count(*) FROM t WHERE c4 !~ '^[0-9]+$' OR c5 !~ '^[0-9]+$' OR c3 NOT IN ('村', '社区')"
        )
        cursor.execute(
            "INSERT INTO peer_village (area_id, kind, population, households, voters, members, representatives, "
            "founded, is_pilot, remark) SELECT a.id, 'village', c4::int, c5::int, c6::int, c7::int, c8::int, "
            "c9::date, c10 = '是', c11 FROM t JOIN accounts_area a ON a.code = c0 "
            "ON CONFLICT (area_id) DO UPDATE SET population = EXCLUDED.population, voters = EXCLUDED.voters"
        )
    return {"rows": len(lines)}


for _peer in (stock, tuned, with_pandas, floor):
    _peer.prepare = lambda rows: sheet_data.empty(PEER)
