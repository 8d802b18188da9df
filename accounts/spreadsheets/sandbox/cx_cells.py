"""Turns the cells of a worksheet into typed text lines (COPY text format).

A line is `row number TAB cell TAB cell …`; a cell is `\\N` or one tag letter and the value:
s text (w: with white space around it, or not in composed form), n exact number, N number that has lost digits,
d date, t date and time, h time, u duration, b bool, e error value, f formula without a value,
F formula with its value, m value repeated from a merged cell, x text with a forbidden character.
"""

from __future__ import annotations

import datetime
import re
from typing import BinaryIO
from unicodedata import is_normalized

from cx_sheet import SheetFacts

EXACT = 10**15
FORBIDDEN = re.compile("[\x00\ufffe\uffff]")
EMPTY = "\\N"
# The same characters as SPACE_CHARACTERS in sqltext.py: what counts as white space around a text.
EDGES = " \t\n\r\v\f\u00a0\u3000\u200b\u200c\u200d\ufeff\u2003\u2002"


def text_cell(value: str) -> str:
    """A text cell, escaped for COPY; white space alone is an empty cell."""
    if not value.strip(EDGES):
        return EMPTY
    composed = value.isascii() or is_normalized("NFC", value)
    tag = "s" if composed and value.strip(EDGES) == value else "w"
    if value.isprintable() and "\\" not in value:
        return tag + value
    if FORBIDDEN.search(value):
        return "x" + escape(FORBIDDEN.sub("?", value))
    return tag + escape(value)


def escape(value: str) -> str:
    """COPY text escapes of backslash, tab and line ends."""
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def float_cell(value: float) -> str:
    """Exact text: whole floats as integers, else the shortest text that reads back equal."""
    if value.is_integer():
        if -EXACT < value < EXACT:
            return f"n{value:.0f}"
        return f"N{value:.0f}" if abs(value) < 1e30 else f"N{value!r}"
    if value != value or value in (float("inf"), float("-inf")):
        return f"e{value}"
    text = repr(value)
    return "n" + (format(value, ".20f").rstrip("0") if "e" in text and abs(value) > 1e-12 else text)


def integer_cell(value: int) -> str:
    """A whole number; beyond 15 digits the table program has already lost some."""
    return f"n{value}" if -EXACT < value < EXACT else f"N{value}"


CELL_TEXT = {
    str: text_cell,
    float: float_cell,
    int: integer_cell,
    bool: lambda value: "b1" if value else "b0",
    datetime.datetime: lambda value: "t" + value.isoformat(sep=" "),
    datetime.date: lambda value: "d" + value.isoformat(),
    datetime.time: lambda value: "h" + value.isoformat(),
    datetime.timedelta: lambda value: "u" + escape(str(value)),
    type(None): lambda value: EMPTY,
}


def write_sheet(sheet: object, facts: SheetFacts, target: BinaryIO) -> tuple[int, int]:
    """Write every row that holds a value; returns (rows written, width). Row numbers count from 1."""
    start = sheet.start
    left = start[1] if start else 0
    width = max((sheet.end[1] + 1) if start else 0, _marked_width(facts))
    fills = _merge_fills(facts)
    written = 0
    buffer: list[str] = []
    tail = [EMPTY] * width
    number = -1
    for number, values in enumerate(sheet.iter_rows() if start else ()):
        cells = [EMPTY] * left + [CELL_TEXT[type(value)](value) for value in values]
        if len(cells) < width:
            cells += tail[: width - len(cells)]
        marks = facts.marked.get(number)
        if marks:
            _apply_marks(cells, marks)
        if number in fills or number in fills["tops"]:
            _apply_fills(cells, number, fills)
        if cells.count(EMPTY) == width:
            continue
        written += 1
        buffer.append(f"{number + 1}\t" + "\t".join(cells) + "\n")
        if len(buffer) >= 2_000:
            target.write("".join(buffer).encode())
            buffer.clear()
    for row in sorted(row for row in facts.marked if row > number):
        cells = tail.copy()
        _apply_marks(cells, facts.marked[row])
        if cells.count(EMPTY) != width:
            written += 1
            buffer.append(f"{row + 1}\t" + "\t".join(cells) + "\n")
    target.write("".join(buffer).encode())
    return written, width


def _marked_width(facts: SheetFacts) -> int:
    kinds = ((col, kind) for row in facts.marked.values() for col, kind in row.items())
    return max((col + 1 for col, kind in kinds if kind in "fe"), default=0)


def _apply_marks(cells: list[str], marks: dict[int, str]) -> None:
    for col, kind in marks.items():
        if kind == "F":
            if col < len(cells) and cells[col] != EMPTY:
                cells[col] = "F" + cells[col]
        else:
            cells[col] = kind


def _merge_fills(facts: SheetFacts) -> dict:
    """Per row: columns to fill from the row above (vertical merges of one column)."""
    fills: dict = {"tops": {}, "values": {}}
    for top, left, bottom, right in facts.merges:
        if left == right and bottom > top:
            fills["tops"].setdefault(top, []).append(left)
            for row in range(top + 1, bottom + 1):
                fills.setdefault(row, []).append((left, top))
    return fills


def _apply_fills(cells: list[str], number: int, fills: dict) -> None:
    for col in fills["tops"].get(number, ()):
        if col < len(cells):
            fills["values"][number, col] = cells[col]
    for col, top in fills.get(number, ()):
        value = fills["values"].get((top, col), EMPTY)
        if col < len(cells) and cells[col] == EMPTY and value != EMPTY:
            cells[col] = "m" + value
