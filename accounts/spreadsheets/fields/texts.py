"""Columns of text and of codes."""

from __future__ import annotations

from typing import Any

from import_export import widgets

from accounts.spreadsheets import sqltext as q
from accounts.spreadsheets.fields.base import SheetField


class TextField(SheetField):
    """Text. A figure in a text column is taken when exact (`figures=True`), never when digits are lost."""

    def __init__(
        self,
        attribute: str,
        column_name: str,
        *,
        max_length: int = 255,
        pattern: str = "",
        figures: bool = True,
        null: bool = False,
        **options: Any,
    ) -> None:
        options.setdefault("merges", True)
        super().__init__(attribute, column_name, widget=widgets.CharWidget(), **options)
        self.max_length, self.pattern, self.figures, self.null = max_length, pattern, figures, null

    def problems(self, cell: q.Cell, key: str) -> list[str]:
        figure = "NULL" if self.figures else q.problem(key, "XL-037")
        odd = " ".join(f"WHEN '{letter}' THEN {q.problem(key, 'XL-037')}" for letter in "dthub")
        out = [
            *super().problems(cell, key),
            f"CASE {cell.tag} WHEN 'N' THEN {q.problem(key, 'XL-035')} WHEN 'n' THEN {figure} {odd} END",
            f"CASE WHEN length({cell.parsed}) > {self.max_length} THEN {q.problem(key, 'XL-046')} END",
        ]
        if self.pattern:
            wrong = f"{cell.parsed} !~ {q.literal(self.pattern)}"
            out.append(f"CASE WHEN {wrong} AND {cell.tag} IN ('s', 'w') THEN {q.problem(key, 'XL-047')} END")
        return out

    def typed(self, cell: q.Cell) -> str:
        return cell.parsed if self.null else f"coalesce({cell.parsed}, '')"


class CodeField(TextField):
    """Text made of digits that a table program spoils: a figure in it is always refused (ID numbers)."""

    def __init__(self, attribute: str, column_name: str, **options: Any) -> None:
        super().__init__(attribute, column_name, **{"figures": False, "merges": False, **options})

    def parsed(self, cell: q.Cell) -> str:
        return f"upper({q.half_width(cell.text)})"
