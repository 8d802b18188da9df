"""Columns of one of a few words: a choice of the model, yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from import_export import widgets

from accounts.spreadsheets import sqltext as q
from accounts.spreadsheets.fields.base import SheetField


class ChoiceField(SheetField):
    """One of the model's choices, written as its Chinese label; `words` maps further words to values."""

    align = "center"

    def __init__(
        self,
        attribute: str,
        column_name: str,
        *,
        choices: Any,
        words: Mapping[str, Any] | None = None,
        null: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(attribute, column_name, widget=widgets.CharWidget(), **options)
        pairs = choices.choices if hasattr(choices, "choices") else choices
        self.labels = {value: str(label) for value, label in pairs if value not in (None, "")}
        self.words = {label: value for value, label in self.labels.items()} | dict(words or {})
        self.null = null
        if all(isinstance(value, int) for value in self.labels):
            self.sql_type = "integer"

    def parsed(self, cell: q.Cell) -> str:
        whens = " ".join(f"WHEN {q.literal(w)} THEN {q.literal(v)}" for w, v in self.words.items())
        return f"CASE {cell.text} {whens} END"

    def problems(self, cell: q.Cell, key: str) -> list[str]:
        options = "、".join(self.labels.values())
        return [*super().problems(cell, key), self.unread(cell, key, "XL-044", q.literal(options[:120]))]

    def typed(self, cell: q.Cell) -> str:
        if self.null or self.required or self.sql_type == "integer":
            return cell.parsed
        return f"coalesce({cell.parsed}, '')"


class BoolField(SheetField):
    """是 or 否; an empty cell is `empty` (None: no value)."""

    sql_type = "boolean"
    kind = "bool"
    align = "center"
    TRUE, FALSE = ("是", "有", "√", "✓", "对", "1", "Y", "y"), ("否", "无", "×", "✕", "0", "N", "n", "不是")

    def __init__(
        self, attribute: str, column_name: str, *, empty: bool | None = False, **options: Any
    ) -> None:
        super().__init__(attribute, column_name, widget=widgets.BooleanWidget(), **options)
        self.empty = empty

    def parsed(self, cell: q.Cell) -> str:
        yes, no = (", ".join(q.literal(w) for w in words) for words in (self.TRUE, self.FALSE))
        return f"CASE WHEN {cell.text} IN ({yes}) THEN TRUE WHEN {cell.text} IN ({no}) THEN FALSE END"

    def problems(self, cell: q.Cell, key: str) -> list[str]:
        return [*super().problems(cell, key), self.unread(cell, key, "XL-045")]

    def typed(self, cell: q.Cell) -> str:
        return f"coalesce({cell.parsed}, {q.literal(self.empty)})"
