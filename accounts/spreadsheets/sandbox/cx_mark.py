"""Marks the bad cells in a copy of the uploaded workbook: fill, comment and an explaining column."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

import openpyxl
from cx_archive import kind_of, open_checked
from cx_refuse import RefusedFile
from cx_sheet import check_extent, sheet_parts
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

MAX_CELLS = 120_000
BAD = PatternFill("solid", fgColor="FFFCEBE9")
HEADING = "错误说明"


def mark(source: BinaryIO, target: BinaryIO, marks: list) -> None:
    """Write the marked copy. `marks`: [sheet, row, column, text] from 1; column 0 is the row."""
    if kind_of(source) != "xlsx":
        raise RefusedFile("XL-003")
    archive = open_checked(source)
    cells = 0
    for name, _state, part in sheet_parts(archive):
        rows, columns = check_extent(archive, part, name)
        cells += rows * columns
    if cells > MAX_CELLS:
        raise RefusedFile("XL-014", detail="marking")
    source.seek(0)
    try:
        book = openpyxl.load_workbook(source, keep_links=False)
    except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, IndexError) as error:
        raise RefusedFile("XL-010", detail=type(error).__name__) from None
    for sheet in book.worksheets:
        _mark_sheet(sheet, [m for m in marks if m[0] == sheet.title])
    book.save(target)


def _mark_sheet(sheet, marks: list) -> None:
    if not marks:
        return
    extra = sheet.max_column + 1
    rows: dict[int, list[str]] = {}
    for _name, row, col, text in marks:
        if row < 1:
            continue
        rows.setdefault(row, []).append(text)
        if not col:
            continue
        cell = sheet.cell(row, col)
        cell.fill = BAD
        if not isinstance(cell, MergedCell):
            cell.comment = Comment(text, "导入核对", height=80, width=260)
    first = min(rows, default=1)
    note = sheet.cell(max(first - 1, 1), extra)
    if not isinstance(note, MergedCell):
        note.value = HEADING
        note.font = Font(bold=True)
    for row, texts in rows.items():
        cell = sheet.cell(row, extra)
        cell.value = "；".join(texts)
        cell.data_type = "s"
        cell.font = Font(color="FFB3241B")
    sheet.column_dimensions[openpyxl.utils.get_column_letter(extra)].width = 48
