"""Reads a comma or tab separated text file: UTF-8 (with or without mark), UTF-16 with mark, GB18030."""

from __future__ import annotations

import csv
from typing import BinaryIO

from cx_cells import EMPTY, text_cell
from cx_refuse import RefusedFile
from cx_sheet import MAX_COLS, MAX_ROWS

VIRUS_TEST = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "'")


def decode(data: bytes) -> str:
    """The text of the file; an encoding that cannot be told is refused, never guessed with losses."""
    if VIRUS_TEST in data:
        raise RefusedFile("XL-003", detail="eicar")
    encodings = ["utf-8-sig", "gb18030"]
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise RefusedFile("XL-018")


def unescape(value: str) -> str:
    """Take back the apostrophe that our own writer puts before a value that could start a formula."""
    return value[1:] if value[:1] == "'" and value[1:2] in DANGEROUS and value[1:2] else value


def write_rows(source: BinaryIO, target: BinaryIO) -> tuple[int, int]:
    """Typed text lines of the file; every cell is text. Returns (rows written, width)."""
    source.seek(0)
    text = decode(source.read())
    if "\x00" in text:
        raise RefusedFile("XL-018", detail="nul")
    first = text.partition("\n")[0]
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    csv.field_size_limit(1 << 20)
    try:
        rows = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise RefusedFile("XL-010", detail=str(error)) from None
    width = max((len(row) for row in rows), default=0)
    if len(rows) > MAX_ROWS or width > MAX_COLS:
        raise RefusedFile("XL-014", row=len(rows))
    written = 0
    for number, row in enumerate(rows, start=1):
        cells = [text_cell(unescape(value)) if value else EMPTY for value in row]
        cells += [EMPTY] * (width - len(cells))
        if cells.count(EMPTY) == width:
            continue
        written += 1
        target.write((f"{number}\t" + "\t".join(cells) + "\n").encode())
    return written, width
