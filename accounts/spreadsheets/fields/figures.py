"""Columns of whole numbers and of tenths."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from import_export import widgets

from accounts.spreadsheets import sqltext as q
from accounts.spreadsheets.fields.base import SheetField

INTEGER_LIMIT = 2_147_483_647


class IntField(SheetField):
    """A whole number between `min` and `max`; `blank_words` are read as no value (未报 and the like)."""

    sql_type = "integer"
    kind = "int"
    UNREAD = "XL-041"
    WHOLE = "^[+-]?[0-9]{1,15}$"
    align = "right"

    def __init__(
        self,
        attribute: str,
        column_name: str,
        *,
        min: int | None = 0,
        max: int | None = None,
        blank_words: Iterable[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(attribute, column_name, widget=widgets.IntegerWidget(), **options)
        self.min = -INTEGER_LIMIT if min is None else min
        self.max = INTEGER_LIMIT if max is None else max
        self.blank_words = tuple(blank_words)

    def figure(self, cell: q.Cell) -> str:
        """Text of the figure: blank words are no value, full-width digits are digits."""
        text = f"CASE {cell.tag} WHEN 'n' THEN {cell.text} ELSE nullif({q.half_width(cell.text)}, '') END"
        if not self.blank_words:
            return text
        words = ", ".join(q.literal(word) for word in self.blank_words)
        return f"CASE WHEN {cell.text} IN ({words}) THEN NULL ELSE {text} END"

    def parsed(self, cell: q.Cell) -> str:
        text = self.figure(cell)
        readable = f"{cell.tag} IN ('n', 's', 'w') AND {text} ~ '{self.WHOLE}'"
        return f"CASE WHEN {readable} THEN ({text})::bigint END"

    def problems(self, cell: q.Cell, key: str) -> list[str]:
        unread = self.unread(cell, key, self.UNREAD)
        if self.blank_words:
            words = ", ".join(q.literal(word) for word in self.blank_words)
            unread = f"CASE WHEN {cell.text} IN ({words}) THEN NULL ELSE {unread} END"
        outside = f"{cell.parsed} NOT BETWEEN {self.min} AND {self.max}"
        return [
            *super().problems(cell, key),
            unread,
            f"CASE WHEN {outside} THEN {q.problem(key, 'XL-042', q.literal(self.limits()))} END",
        ]

    def limits(self) -> str:
        """The allowed range in words, as the user writes the figure."""
        low, high = (self.written(limit) for limit in (self.min, self.max))
        return f"不小于 {low}" if self.max == INTEGER_LIMIT else f"在 {low} 至 {high} 之间"

    def written(self, figure: int) -> str:
        return str(figure)

    def typed(self, cell: q.Cell) -> str:
        return f"CASE WHEN {cell.parsed} BETWEEN {self.min} AND {self.max} THEN {cell.parsed} END"


class TenthsField(IntField):
    """A number with one decimal (average age 45.3), kept as tenths (453), as are `min` and `max`."""

    kind = "tenths"
    UNREAD = "XL-048"
    TENTHS = "^[+-]?[0-9]{1,9}([.][0-9]0*)?$"

    def written(self, figure: int) -> str:
        return f"{figure / 10:.1f}"

    def parsed(self, cell: q.Cell) -> str:
        text = self.figure(cell)
        readable = f"{cell.tag} IN ('n', 's', 'w') AND {text} ~ '{self.TENTHS}'"
        return f"CASE WHEN {readable} THEN (({text})::numeric * 10)::bigint END"
