"""The register of bad workbooks: a maker without arguments, the suffix, and what must come of it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import openpyxl

from tests.accounts.spreadsheets.conftest import HEADINGS, ROWS

SHEET = "xl/worksheets/sheet1.xml"
KINDS: dict[str, tuple[Callable[[], bytes], str, object]] = {}


def kind(expected: object, suffix: str = "xlsx"):
    """Register a maker with its outcome: a code with place, a list of cell problems, or a number of rows."""

    def register(maker: Callable[[], bytes]) -> Callable[[], bytes]:
        KINDS[maker.__name__] = (maker, suffix, expected)
        return maker

    return register


def made(rows=ROWS, headings=HEADINGS, edit=None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(headings)
    for row in rows:
        sheet.append(row)
    if edit:
        edit(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def patched(data: bytes, parts: dict[str, Callable[[bytes], bytes]] | None = None, extra=()) -> bytes:
    """The archive with some parts rewritten and others added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, (parts or {}).get(name, lambda c: c)(content))
        for name, content in extra:
            target.writestr(name, content)
    return out.getvalue()


def cell(row: int, col: int, value: object) -> list[list]:
    rows = [list(r) for r in ROWS]
    rows[row][col] = value
    return rows
