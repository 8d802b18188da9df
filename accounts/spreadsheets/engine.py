"""The import engine: sandbox, typed rows, checks in SQL, preview, one upsert."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any

from django.db import connections, transaction
from import_export.results import Result, RowResult

from accounts import audit
from accounts.spreadsheets import classify, staging
from accounts.spreadsheets.codes import FileRefused
from accounts.spreadsheets.headings import Heading, find_heading, secret_mark
from accounts.spreadsheets.preview import Preview, Reading, collect
from accounts.spreadsheets.reader import BookRead, read_file
from accounts.spreadsheets.resources import SheetResource

Report = Callable[[int, int, str], None]


class StalePreview(Exception):
    """The data changed since the preview; `preview` is the new one and nothing was written."""

    def __init__(self, preview: Preview) -> None:
        super().__init__("stale")
        self.preview = preview


class SheetResult(Result):
    """import-export's result with the totals of a set-based import; rows are not kept one by one."""

    def __init__(self, preview: Preview) -> None:
        super().__init__()
        self.preview = preview
        self.total_rows = preview.rows
        self.totals[RowResult.IMPORT_TYPE_NEW] = preview.new
        self.totals[RowResult.IMPORT_TYPE_UPDATE] = preview.changed
        self.totals[RowResult.IMPORT_TYPE_SKIP] = preview.same
        self.totals[RowResult.IMPORT_TYPE_INVALID] = preview.errors

    def has_validation_errors(self) -> bool:
        return not self.preview.is_clean

    def has_errors(self) -> bool:
        return False


def find_headings(resource: SheetResource, book: BookRead) -> dict[int, Heading]:
    """Heading of each visible sheet in which one was found; refuses secrets and files without any."""
    if not any(sheet.is_read for sheet in book.sheets):
        raise FileRefused("XL-017")
    wanted = resource.wanted()
    found = {}
    for number, sheet in enumerate(book.sheets):
        if not sheet.is_read:
            continue
        lines = book.head(sheet)
        if row := secret_mark(lines):
            raise FileRefused("XL-026", sheet=sheet.name, row=row)
        heading = find_heading(lines, sheet.merges, wanted)
        if heading is not None:
            found[number] = heading
            require_unit(resource, heading)
    if not found:
        raise FileRefused("XL-020", sheet=next(s.name for s in book.sheets if s.is_read))
    best = max(len(heading.matched) for heading in found.values())
    return {n: heading for n, heading in found.items() if len(heading.matched) * 2 >= best}


def require_unit(resource: SheetResource, heading: Heading) -> None:
    """Note as missing a unit column that is given neither by name nor by code."""
    for key, field in resource.area_fields():
        if field.required and key not in heading.matched and f"{key}:code" not in heading.matched:
            heading.missing.append(field.column_name)


def require_complete(book: BookRead, headings: Mapping[int, Heading]) -> None:
    """Refuse missing, doubled and unknown headings, with the sheet and row of the heading."""
    for number, heading in headings.items():
        place = {"sheet": book.sheets[number].name, "row": heading.last_row}
        if heading.duplicate:
            raise FileRefused("XL-022", detail=heading.duplicate[0], **place)
        if heading.missing:
            raise FileRefused("XL-021", detail=heading.missing[0], **place)
        if heading.unknown:
            col, text = next(iter(heading.unknown.items()))
            raise FileRefused("XL-023", detail=text, col=col, **place)


def check(
    resource: SheetResource,
    reading: Reading,
    *,
    scope: Any,
    lock: bool = False,
    report: Report | None = None,
) -> tuple[classify.Target, Preview]:
    """Load and check the rows inside the current transaction; the temporary tables stay until its end."""
    target = classify.Target.of(resource, resource.constants(scope), reading.headings)
    report = report or (lambda done, total, stage: None)
    total = sum(reading.book.sheets[number].rows for number in reading.headings)
    done = 0
    with connections["default"].cursor() as cursor:
        staging.drop_tables(cursor)
        staging.create_rows(cursor, resource)
        resource.prepare(cursor, scope)
        for _key, field in resource.area_fields():
            staging.create_areas(cursor, field, scope)
        for number, heading in reading.headings.items():
            sheet = reading.book.sheets[number]
            report(done, total, "逐行核对")
            staging.load_sheet(cursor, resource, reading.book, number, sheet, heading)
            done += sheet.rows
        resource.judge(cursor, scope)
        keys = ", ".join(f'"{column}"' for column in target.key if column in target.columns)
        cursor.execute(f"ANALYZE pg_temp.cx_rows ({keys})")
        if lock:
            classify.lock_existing(cursor, target)
        report(done, total, "与库中比对")
        classify.classify(cursor, target)
        preview = collect(cursor, target, reading)
        if preview.is_clean:
            said = resource.remarks(cursor, scope)
            preview.remarks = [{"sheet": reading.name(n), "row": row, "text": text} for n, row, text in said]
    if preview.rows == 0:
        number, heading = next(iter(reading.headings.items()))
        raise FileRefused("XL-024", sheet=reading.name(number), row=heading.data_row)
    return target, preview


def write(
    resource: SheetResource,
    reading: Reading,
    *,
    scope: Any,
    digest: str = "",
    source_sha256: str = "",
    reason: str = "",
    report: Report | None = None,
) -> Preview:
    """Check again and write, in one transaction: all rows or none.

    With `digest` (of the preview the user confirmed) raises StalePreview when the data has changed since.
    `source_sha256` names the workbook in the audit: it outlives the file.
    A preview with errors writes nothing. Rows that are already the same are not touched.
    """
    with transaction.atomic(using="default"):
        target, preview = check(resource, reading, scope=scope, lock=True, report=report)
        if digest and preview.digest != digest:
            raise StalePreview(preview)
        if not preview.is_clean:
            return preview
        preview.written = (0, 0)
        if preview.new or preview.changed:
            counts = {"rows": preview.rows, "new": preview.new, "changed": preview.changed}
            if source_sha256:
                counts["sha256"] = source_sha256
            audit.act(scope, resource.audit_type, target.model, reason=reason, after=counts)
            if report:
                report(preview.rows, preview.rows, "写入")
            with connections["default"].cursor() as cursor:
                preview.written = resource.write_rows(cursor, target, scope=scope, report=report)
            if preview.written != (preview.new, preview.changed):
                raise StalePreview(preview)
    return preview


def import_file(
    resource: SheetResource, source: Path | str | IO[bytes], *, scope: Any, write: bool
) -> SheetResult:
    """One pass: read in the sandbox, check, and write when `write` and everything is right."""
    if isinstance(source, str | Path):
        with Path(source).open("rb") as opened:
            return import_file(resource, opened, scope=scope, write=write)
    with tempfile.TemporaryDirectory() as folder:
        book = read_file(source, Path(folder) / "rows.tsv")
        headings = find_headings(resource, book)
        require_complete(book, headings)
        reading = Reading(book, headings)
        if write:
            return SheetResult(_write(resource, reading, scope=scope))
        with transaction.atomic(using="default"):
            return SheetResult(check(resource, reading, scope=scope)[1])


_write = write
