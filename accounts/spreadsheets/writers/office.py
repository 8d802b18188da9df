"""The office's layout: title, info line, headings merged in one to three rows, column numbers, totals, notes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from accounts.spreadsheets.layout import Adder, Sheet
from accounts.spreadsheets.writers.plain import ALIGN, NUMBER_FORMATS, PAPER, as_text

FONT = "宋体"
WRAP = "wrap"
TEXTS = ("text", WRAP)
SAFE = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def write(target: Path, sheets: list[Sheet]) -> list[int]:
    """Write the sheets row by row; returns the data rows of each."""
    with xlsxwriter.Workbook(str(target), SAFE) as book:
        first = sheets[0]
        book.set_properties(
            {
                "title": first.title,
                "company": first.office,
                "author": first.stamp,
                "comments": f"导出号 {first.export_number}".rstrip(),
            }
        )
        formats = Formats(book)
        return [_write_sheet(book, sheet, formats) for sheet in sheets]


class Formats:
    """The cell formats of one workbook, made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        body = {"font_name": FONT, "font_size": 10, "border": 1, "valign": "vcenter"}
        self.title = book.add_format({"font_name": "方正小标宋简体", "font_size": 18, "align": "center"})
        self.info = book.add_format({"font_name": FONT, "font_size": 10})
        self.note = book.add_format({"font_name": FONT, "font_size": 9, "valign": "top"})
        self.head = book.add_format(
            {**body, "bold": True, "align": "center", "text_wrap": True, "bg_color": "#E9EDF3"}
        )
        self.number = book.add_format({**body, "align": "center", "font_size": 9})
        self.body = {}
        self.total = {}
        for kind, align in ALIGN.items():
            form = {**body, "align": align, "num_format": NUMBER_FORMATS.get(kind, "@")}
            self.body[kind] = book.add_format(form)
            self.total[kind] = book.add_format({**form, "bold": True, "bg_color": "#F1F4F8"})
        self.body[WRAP] = book.add_format({**body, "align": "left", "num_format": "@", "text_wrap": True})
        self.total[WRAP] = self.total["text"]


def _write_sheet(book: xlsxwriter.Workbook, sheet: Sheet, formats: Formats) -> int:
    page = book.add_worksheet(sheet.name)
    for position, column in enumerate(sheet.columns):
        page.set_column(position, position, column.width)
    row = _write_head(page, sheet, formats)
    _set_page(page, sheet, row)
    adder = Adder(sheet)
    kinds = [WRAP if column.wrap else column.kind for column in sheet.columns]
    if sheet.totals_first:
        row = _write_rows(page, row, sheet.totals, kinds, formats.total)
    row = _write_rows(page, row, adder.passing(sheet.rows), kinds, formats.body)
    if not sheet.totals_first:
        row = _write_rows(page, row, sheet.totals, kinds, formats.total)
    if sheet.sum_total:
        row = _write_rows(page, row, [adder.total()], kinds, formats.total)
    for note in sheet.notes:
        page.write_string(row, 0, note, formats.note)
        row += 1
    return adder.rows


def _write_head(page: Any, sheet: Sheet, formats: Formats) -> int:
    last, row = len(sheet.columns) - 1, 0
    if sheet.title:
        page.set_row(row, 30)
        _merged(page, row, 0, row, last, sheet.title, formats.title)
        row += 1
    if sheet.info():
        _merged(page, row, 0, row, last, sheet.info(), formats.info)
        row += 1
    first_head = row
    spans = heading_spans(sheet)
    for level in range(sheet.depth):
        for (top, left), (bottom, right, text) in spans.items():
            if top <= level <= bottom:
                for col in range(left, right + 1):
                    is_first = level == top and col == left
                    page.write_string(row, col, text if is_first else "", formats.head)
        row += 1
    for (top, left), (bottom, right, _text) in spans.items():
        if (top, left) != (bottom, right):
            # Row by row writing forbids merge_range for several rows; the cells are written, the span is noted.
            page.merge.append([first_head + top, left, first_head + bottom, right])
    if sheet.numbering:
        for col, label in enumerate(sheet.numbers()):
            write = page.write_number if isinstance(label, int) else page.write_string
            write(row, col, label, formats.number)
        row += 1
    page.repeat_rows(first_head, row - 1)
    return row


def heading_spans(sheet: Sheet) -> dict[tuple[int, int], tuple[int, int, str]]:
    """(top, left) -> (bottom, right, text) of every heading cell; equal neighbours join, leaves reach down."""
    spans: dict[tuple[int, int], tuple[int, int, str]] = {}
    depth = sheet.depth
    for level in range(depth):
        start = 0
        while start < len(sheet.columns):
            path = sheet.columns[start].path
            if level >= len(path):
                start += 1
                continue
            is_leaf = level == len(path) - 1
            end = start
            while not is_leaf and end + 1 < len(sheet.columns):
                following = sheet.columns[end + 1].path
                if following[: level + 1] != path[: level + 1] or len(following) <= level + 1:
                    break
                end += 1
            spans[level, start] = (depth - 1 if is_leaf else level, end, path[level])
            start = end + 1
    return spans


def _merged(page: Any, top: int, left: int, bottom: int, right: int, text: str, form: Any) -> None:
    page.write_string(top, left, text, form)
    if (top, left) != (bottom, right):
        page.merge.append([top, left, bottom, right])


def _set_page(page: Any, sheet: Sheet, first_data: int) -> None:
    page.freeze_panes(first_data, sheet.freeze_columns)
    if sheet.landscape:
        page.set_landscape()
    page.set_paper(PAPER[sheet.paper])
    page.fit_to_pages(1, 0)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer(sheet.footer())
    page.center_horizontally()


def _write_rows(page: Any, row: int, rows: Iterable[Sequence[Any]], kinds: list[str], forms: dict) -> int:
    write_string, write_number, write_blank = page.write_string, page.write_number, page.write_blank
    pairs = [(col, kind, forms[kind]) for col, kind in enumerate(kinds)]
    for values in rows:
        for (col, kind, form), value in zip(pairs, values, strict=False):
            if value is None:
                write_blank(row, col, None, form)
            elif kind in TEXTS:
                write_string(row, col, value if value.__class__ is str else as_text(value), form)
            elif value.__class__ is str:
                write_string(row, col, value, form)
            elif kind == "date" and isinstance(value, datetime.date):
                page.write_datetime(row, col, value, form)
            else:
                write_number(row, col, value, form)
        row += 1
    return row
