"""Writing workbooks: one interface, three engines (office layout, plain list, delimited text)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from accounts.spreadsheets.layout import Column, Sheet, safe_name
from accounts.spreadsheets.writers import delimited, office, plain

__all__ = ["Column", "Sheet", "Written", "write_workbook"]


@dataclass(frozen=True)
class Written:
    """What was written: data rows per sheet, and the engine that did it."""

    rows: tuple[int, ...]
    engine: str

    @property
    def total_rows(self) -> int:
        return sum(self.rows)


def write_workbook(
    target: Path | str,
    sheets: Iterable[Sheet],
    *,
    engine: Literal["auto", "office", "plain"] = "auto",
) -> Written:
    """Write sheets to `target` (.xlsx, or .csv for exactly one sheet); rows stream, nothing is kept.

    Text is written as text, figures as numbers, totals as values; no cell is ever a formula or a link. `auto` takes
    the Rust writer for plain lists where it is installed, else the office writer.
    """
    target, sheets = Path(target), list(sheets)
    if not sheets:
        raise ValueError("a workbook has at least one sheet")
    taken: list[str] = []
    for sheet in sheets:
        sheet.name = safe_name(sheet.name, taken)
        taken.append(sheet.name)
    if target.suffix.lower() == ".csv":
        if len(sheets) != 1:
            raise ValueError("a .csv file holds one sheet")
        return Written((delimited.write(target, sheets[0]),), "csv")
    if engine == "auto" and not all([_has_rows(sheet) for sheet in sheets]):
        engine = "office"  # the plain writer takes its headings from the first row
    if engine == "plain" or (engine == "auto" and plain.AVAILABLE and all(s.is_plain for s in sheets)):
        return Written(tuple(plain.write(target, sheets)), "plain")
    return Written(tuple(office.write(target, sheets)), "office")


def _has_rows(sheet: Sheet) -> bool:
    """Whether a first row comes; it is put back."""
    rows = iter(sheet.rows)
    first = next(rows, None)
    sheet.rows = rows if first is None else chain([first], rows)
    return first is not None
