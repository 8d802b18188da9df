"""What every column of a sheet is: heading, cell read by SQL, problems of the cell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from import_export import fields

from accounts.spreadsheets import sqltext as q
from accounts.spreadsheets.headings import Wanted


class SheetField(fields.Field):
    """A column: `column_name` is the heading we write, `aliases` other headings that mean the same."""

    sql_type = "text"
    kind = "text"
    align = "left"

    def __init__(
        self,
        attribute: str,
        column_name: str,
        *,
        aliases: Iterable[str] = (),
        required: bool = False,
        in_template: bool = True,
        width: int = 12,
        formulas: bool = False,
        merges: bool = False,
        export_from: str = "",
        groups: tuple[str, ...] = (),
        stored: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(attribute=attribute, column_name=column_name, **options)
        # Merged headings above the column; `column_name` begins with them (现任班子人数 under 现任班子).
        self.groups = groups
        # Not a column of the model: typed by `sql_type`, compared with the resource's own `existing`.
        self.stored = stored
        self.aliases, self.required, self.in_template = tuple(aliases), required, in_template
        self.width, self.formulas, self.merges = width, formulas, merges
        self.export_from = export_from or attribute

    def wanted(self, key: str) -> list[Wanted]:
        """The headings looked for; every declared column must be there unless it may be left out."""
        return [Wanted(key, self.column_name, self.aliases, required=self.in_template)]

    def parsed(self, cell: q.Cell) -> str:
        """SQL of what the cell says, NULL when it is empty or cannot be read; seen later as `cell.parsed`."""
        return cell.text

    def problems(self, cell: q.Cell, key: str) -> list[str]:
        """SQL expressions that are NULL or one problem entry (`field|code|detail`)."""
        out = [
            f"CASE {cell.tag} WHEN 'e' THEN {q.problem(key, 'XL-032')} WHEN 'f' THEN {q.problem(key, 'XL-030')} "
            f"WHEN 'x' THEN {q.problem(key, 'XL-036')} END"
        ]
        if not self.formulas:
            out.append(f"CASE {cell.lead} WHEN 'F' THEN {q.problem(key, 'XL-031')} END")
        if not self.merges:
            out.append(f"CASE {cell.lead} WHEN 'm' THEN {q.problem(key, 'XL-034')} END")
        if self.required:
            out.append(
                f"CASE WHEN {cell.text} IS NULL AND {cell.tag} IS DISTINCT FROM 'f' "
                f"AND {cell.tag} IS DISTINCT FROM 'e' THEN {q.problem(key, 'XL-040')} END"
            )
        return out

    def unread(self, cell: q.Cell, key: str, code: str, detail: str = "''") -> str:
        """Problem entry of a cell that holds something which `parsed` could not read."""
        return (
            f"CASE WHEN {cell.parsed} IS NULL AND {cell.text} IS NOT NULL AND {cell.tag} NOT IN ('e', 'f', 'x') "
            f"THEN {q.problem(key, code, detail)} END"
        )

    def typed(self, cell: q.Cell) -> str:
        """SQL of the value for the model's column."""
        return cell.parsed
