"""What a sheet looks like, without saying which engine writes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "int", "rate", "date", "number"]
NUMBERING = "甲乙丙丁戊己庚辛壬癸"


@dataclass(frozen=True)
class Column:
    """One column. `groups` are the merged headings above it, outermost first (at most two).

    kind: text is always written as text; int, number (two decimals at most) and rate (a fraction, shown as 12.3%)
    as figures; date as a day. A text in a figure column (未报, ／) is written as text. `total` says whether the
    column is added up when the sheet asks for a total; `wrap` lets a long text make its row higher.
    """

    heading: str
    kind: Kind = "text"
    width: float = 10
    groups: tuple[str, ...] = ()
    total: bool = True
    wrap: bool = False

    @property
    def path(self) -> tuple[str, ...]:
        return (*self.groups, self.heading)


@dataclass
class Sheet:
    """One worksheet in the office's layout; `rows` is consumed once, in order, and never kept.

    totals      ready rows put above (`totals_first`) or below the data, values only
    sum_total   label of a total that the writer adds up itself while the rows pass (below the data)
    numbering   adds the line of column numbers 甲 乙 1 2 3 under the headings
    """

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Any]]
    title: str = ""
    unit: str = ""
    date: str = ""
    preparer: str = ""
    totals: Sequence[Sequence[Any]] = ()
    totals_first: bool = False
    sum_total: str = ""
    notes: Sequence[str] = ()
    paper: Literal["A3", "A4"] = "A4"
    landscape: bool = True
    freeze_columns: int = 1
    numbering: bool = False
    export_number: str = ""
    stamp: str = ""  # who took it and when, for the foot of each page
    office: str = ""

    @property
    def depth(self) -> int:
        """Number of heading rows."""
        return max((len(column.path) for column in self.columns), default=1)

    @property
    def is_plain(self) -> bool:
        """Whether one heading row with distinct headings is enough."""
        headings = [column.heading for column in self.columns]
        return self.depth == 1 and not self.numbering and len(set(headings)) == len(headings)

    def info(self) -> str:
        """The line under the title: 填报单位, 日期, 单位, 填表人."""
        parts = [
            f"填报单位：{self.office}" if self.office else "",
            self.date,
            f"填表：{self.preparer}" if self.preparer else "",
            f"单位：{self.unit}" if self.unit else "",
        ]
        return "　　".join(part for part in parts if part)

    def footer(self) -> str:
        """Page footer in the table program's codes."""
        number = f"导出号 {self.export_number}" if self.export_number else ""
        left, right = (text.replace("&", "&&") for text in (number, self.stamp or self.office))
        return f"&L&9{left}&C&9第 &P 页，共 &N 页&R&9{right}"

    def numbers(self) -> list[str | int]:
        """The line of column numbers: 甲 乙 for text columns on the left, 1 2 3 for the rest."""
        labels, figure = [], 0
        for position, column in enumerate(self.columns):
            if figure == 0 and column.kind == "text" and position < len(NUMBERING):
                labels.append(NUMBERING[position])
            else:
                figure += 1
                labels.append(figure)
        return labels


@dataclass
class Adder:
    """Adds up the figure columns of the rows that pass through."""

    sheet: Sheet
    sums: list[int | float | None] = field(init=False)
    rows: int = 0

    def __post_init__(self) -> None:
        figures = ("int", "number")
        self.sums = [0 if column.kind in figures and column.total else None for column in self.sheet.columns]
        self.positions = [n for n, value in enumerate(self.sums) if value is not None]

    def passing(self, rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
        sums = self.sums
        for row in rows:
            self.rows += 1
            for position in self.positions:
                value = row[position]
                if value.__class__ is int or value.__class__ is float:
                    sums[position] += value
            yield row

    def total(self) -> list[Any]:
        """The total row: the label in the first column that is not added up."""
        label = next((n for n, value in enumerate(self.sums) if value is None), None)
        return [self.sheet.sum_total if n == label else value for n, value in enumerate(self.sums)]


def safe_name(name: str, taken: Iterable[str] = ()) -> str:
    """A worksheet name the table program accepts: at most 31 characters, no []:*?/\\, unique."""
    clean = "".join("_" if c in "[]:*?/\\'" or ord(c) < 32 else c for c in name).strip()[:31] or "Sheet"
    used = {other.lower() for other in taken}
    candidate, number = clean, 1
    while candidate.lower() in used:
        number += 1
        suffix = f"({number})"
        candidate = clean[: 31 - len(suffix)] + suffix
    return candidate
