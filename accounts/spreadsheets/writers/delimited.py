"""Comma-separated text for other programs: UTF-8 with mark, CRLF, formula starts defused."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path
from typing import Any

from accounts.spreadsheets.layout import Adder, Sheet

# A text that begins with one of these could run in a table program; the reader takes the apostrophe back.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def defused(value: str) -> str:
    """The value with an apostrophe before a possible formula; `sandbox/cx_csv.unescape` undoes exactly this."""
    return "'" + value if value.startswith(DANGEROUS) else value


def cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime.date):
        return value.isoformat()
    return defused(str(value))


def write(target: Path, sheet: Sheet) -> int:
    """Headings (merged ones joined by /), rows, totals. Title and notes stay out: the file is for programs."""
    adder = Adder(sheet)
    with target.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([cell("/".join(column.path)) for column in sheet.columns])
        if sheet.totals_first:
            writer.writerows([cell(v) for v in row] for row in sheet.totals)
        text = [n for n, column in enumerate(sheet.columns) if column.kind == "text"]
        for row in adder.passing(sheet.rows):
            cells = [cell(value) for value in row]
            for n in text:
                if not isinstance(cells[n], str):
                    cells[n] = str(cells[n])
            writer.writerow(cells)
        if not sheet.totals_first:
            writer.writerows([cell(v) for v in row] for row in sheet.totals)
        if sheet.sum_total:
            writer.writerow([cell(v) for v in adder.total()])
    return adder.rows
