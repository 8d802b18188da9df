"""Marks the bad cells in a copy of the uploaded workbook: fill, comment and an explaining column that prints."""

from __future__ import annotations

import math
import zipfile
from typing import BinaryIO

import openpyxl
from cx_archive import kind_of, open_checked
from cx_refuse import RefusedFile
from cx_sheet import check_extent, sheet_parts
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import column_index_from_string, coordinate_to_tuple, get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

MAX_CELLS = 120_000
BAD = PatternFill("solid", fgColor="FFFCEBE9")
HEADING = "错误说明"
WIDTH = 44  # of the explaining column, in characters; a Chinese one takes two
LINE, SIZE = 14.5, 10  # points
TALLEST = 409  # what a table program accepts
# Paper (its number in the format) and how many characters across it, shrunk to fit, can still be read.
A4, A4_WIDTH = 9, 180
A3, A3_WIDTH = 8, 260


def mark(source: BinaryIO, target: BinaryIO, marks: list) -> None:
    """Write the marked copy. `marks`: [sheet, row, column, text, heading] from 1; column 0 is the row."""
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
    # Of a row: each sentence once, with the columns it is said of.
    rows: dict[int, dict[str, list[str]]] = {}
    for _name, row, col, text, heading in marks:
        if row < 1:
            continue
        rows.setdefault(row, {}).setdefault(text, []).append(heading or get_column_letter(col) if col else "")
        if not col:
            continue
        cell = sheet.cell(row, col)
        cell.fill = BAD
        if not isinstance(cell, MergedCell):
            cell.comment = Comment(text, "导入核对", height=80, width=260)
    _explain(sheet, extra, rows)
    _fit(sheet, extra)


def _explain(sheet, extra: int, rows: dict[int, dict[str, list[str]]]) -> None:
    """The column with the reasons, wrapped; a row that is too low for its reasons becomes higher."""
    note = sheet.cell(max(min(rows, default=1) - 1, 1), extra)
    if not isinstance(note, MergedCell):
        note.value = HEADING
        note.font = Font(bold=True)
    for row, said in rows.items():
        texts = [
            f"{'、'.join(filter(None, where))}：{text}" if any(where) else text
            for text, where in said.items()
        ]
        cell = sheet.cell(row, extra)
        cell.value = "\n".join(texts)
        cell.data_type = "s"
        cell.font = Font(color="FFB3241B", size=SIZE)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        lines = sum(-(-_width(text) // (WIDTH - 4)) for text in texts)
        sheet.row_dimensions[row].height = min(
            max(sheet.row_dimensions[row].height or LINE, lines * LINE), TALLEST
        )


def _fit(sheet, extra: int) -> None:
    """A4, or A3 where that would shrink it beyond reading, and then as many pages across as it takes."""
    sheet.column_dimensions[get_column_letter(extra)].width = WIDTH
    total = _across(sheet, extra)
    wide = total > A4_WIDTH
    sheet.page_setup.paperSize = A3 if wide else A4
    sheet.page_setup.orientation = "landscape"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth = max(1, math.ceil(total / A3_WIDTH)) if wide else 1
    sheet.page_setup.fitToHeight = 0
    if sheet.page_setup.fitToWidth > 1 and not sheet.print_title_cols:
        kept = (sheet.freeze_panes and coordinate_to_tuple(sheet.freeze_panes)[1] - 1) or 1
        sheet.print_title_cols = f"A:{get_column_letter(kept)}"


def _across(sheet, columns: int) -> float:
    """Width of the columns that are shown, in characters. One entry may stand for several neighbours."""
    known = {}
    for letter, one in sheet.column_dimensions.items():
        first = one.min or column_index_from_string(letter)
        for col in range(first, min(one.max or first, columns) + 1):
            known[col] = 0 if one.hidden else one.width
    usual = sheet.sheet_format.defaultColWidth or sheet.sheet_format.baseColWidth or 8
    return sum(known.get(col, usual) for col in range(1, columns + 1))


def _width(text: str) -> int:
    return sum(1 if ord(sign) < 0x2E80 else 2 for sign in text)
