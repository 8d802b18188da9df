"""Plain lists (one heading row) through the Rust writer: flat memory, about ten times as fast."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from accounts.spreadsheets.layout import Adder, Sheet

try:
    import rustpy_xlsxwriter as rust
except ImportError:  # a young library: the office writer takes over where it is missing
    rust = None

AVAILABLE = rust is not None
PAPER = {"A3": 8, "A4": 9}
NUMBER_FORMATS = {"int": "#,##0", "rate": "0.0%", "number": "#,##0.##", "date": "yyyy-mm-dd"}
ALIGN = {"int": "right", "rate": "right", "number": "right", "date": "center", "text": "left"}


def write(target: Path, sheets: list[Sheet]) -> list[int]:
    """Write the sheets; returns the data rows of each."""
    adders = [Adder(sheet) for sheet in sheets]
    heads = {sheet.name: _head_rows(sheet) for sheet in sheets}
    rust.write_worksheets(
        [(sheet.name, _records(sheet, adder)) for sheet, adder in zip(sheets, adders, strict=True)],
        str(target),
        header_row={name: rows for name, rows in heads.items() if rows},
        freeze_panes={
            sheet.name: {"row": heads[sheet.name] + 1, "col": sheet.freeze_columns} for sheet in sheets
        },
        column_widths={sheet.name: [float(c.width) for c in sheet.columns] for sheet in sheets},
        column_formats={
            sheet.name: [_format(c.kind, wrap=c.wrap) for c in sheet.columns] for sheet in sheets
        },
        header_format={sheet.name: _header_format() for sheet in sheets},
        merge_ranges={sheet.name: _merges(sheet) for sheet in sheets if heads[sheet.name]},
        page_setup={sheet.name: _page(sheet, heads[sheet.name]) for sheet in sheets},
    )
    return [adder.rows for adder in adders]


def _head_rows(sheet: Sheet) -> int:
    if len(sheet.columns) < 2:
        return 0
    return (1 if sheet.title else 0) + (1 if sheet.info() else 0)


def _merges(sheet: Sheet) -> list[tuple]:
    last = len(sheet.columns) - 1
    rows = []
    if sheet.title:
        title = rust.Format().set_bold().set_font_size(16).set_align("center").set_font_name("宋体")
        rows.append((0, 0, 0, last, sheet.title, title))
    if sheet.info():
        rows.append((len(rows), 0, len(rows), last, sheet.info(), rust.Format().set_font_size(10)))
    return rows


def _format(kind: str, *, wrap: bool = False) -> Any:
    made = rust.Format().set_align(ALIGN[kind]).set_border("thin").set_font_name("宋体").set_font_size(10)
    made = made.set_num_format(NUMBER_FORMATS.get(kind, "@"))
    return made.set_text_wrap() if wrap else made


def _header_format() -> Any:
    made = rust.Format().set_bold().set_align("center").set_border("thin").set_text_wrap()
    return made.set_font_name("宋体").set_font_size(10).set_background_color("#E9EDF3")


def _page(sheet: Sheet, head: int) -> dict[str, Any]:
    return {
        "landscape": sheet.landscape,
        "paper_size": PAPER[sheet.paper],
        "repeat_rows": (head, head),
        "fit_to_pages": (1, 0),
        "footer": sheet.footer(),
    }


def _records(sheet: Sheet, adder: Adder) -> Iterator[dict[str, Any]]:
    keys = [column.heading for column in sheet.columns]
    text = [n for n, column in enumerate(sheet.columns) if column.kind == "text"]
    for row in _rows(sheet, adder):
        record = dict(zip(keys, row, strict=False))
        for n in text:
            value = row[n] if n < len(row) else None
            if value is not None and value.__class__ is not str:
                record[keys[n]] = as_text(value)
        yield record
    for note in sheet.notes:
        yield {key: (note if n == 0 else None) for n, key in enumerate(keys)}


def _rows(sheet: Sheet, adder: Adder) -> Iterator[Iterable]:
    if sheet.totals_first:
        yield from sheet.totals
    yield from adder.passing(sheet.rows)
    if not sheet.totals_first:
        yield from sheet.totals
    if sheet.sum_total:
        yield adder.total()


def as_text(value: Any) -> str:
    """A value in a text column: 是/否 for a truth, the day for a date, else its digits."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return value.isoformat() if isinstance(value, datetime.date) else str(value)
