"""Columns of days."""

from __future__ import annotations

from typing import Any

from import_export import widgets

from accounts.spreadsheets import sqltext as q
from accounts.spreadsheets.fields.base import SheetField


class DateField(SheetField):
    """A day: a date cell, or text 2026-05-01, 2026.5.1, 2026/5/1, 2026年5月1日, 20260501. Nothing shorter."""

    sql_type = "date"
    kind = "date"
    align = "center"

    def __init__(
        self, attribute: str, column_name: str, *, min_year: int = 1900, max_year: int = 2100, **options: Any
    ) -> None:
        super().__init__(attribute, column_name, widget=widgets.DateWidget("%Y-%m-%d"), **options)
        self.min_year, self.max_year = min_year, max_year

    def parsed(self, cell: q.Cell) -> str:
        written = day_sql(q.half_width(cell.text))
        midnight = f"{cell.text} LIKE '% 00:00:00'"
        return (
            f"CASE WHEN {cell.tag} = 'd' THEN {cell.text}::date "
            f"WHEN {cell.tag} = 't' AND {midnight} THEN left({cell.text}, 10)::date "
            f"WHEN {cell.tag} IN ('s', 'w', 'n') THEN ({written}) END"
        )

    def limits(self) -> str:
        return f"在 {self.min_year} 至 {self.max_year} 年之间"

    def problems(self, cell: q.Cell, key: str) -> list[str]:
        year = f"extract(year FROM {cell.parsed})"
        return [
            *super().problems(cell, key),
            self.unread(cell, key, "XL-043"),
            f"CASE WHEN {year} NOT BETWEEN {self.min_year} AND {self.max_year} "
            f"THEN {q.problem(key, 'XL-042', q.literal(self.limits()))} END",
        ]


def day_sql(text: str) -> str:
    """SQL of the day a text means, or NULL: a year of four digits, a month and a day that exist."""
    parts = (
        f"coalesce(regexp_match({text}, '^([0-9]{{4}})(?:-|/|[.]|年)([0-9]{{1,2}})(?:-|/|[.]|月)([0-9]{{1,2}})日?$'), "
        f"regexp_match({text}, '^([0-9]{{4}})([0-9]{{2}})([0-9]{{2}})$'))"
    )
    last = "extract(day FROM make_date(p.y, p.m, 1) + interval '1 month - 1 day')"
    return (
        "SELECT CASE WHEN p.y > 0 AND p.m BETWEEN 1 AND 12 "
        f"THEN CASE WHEN p.d BETWEEN 1 AND {last} THEN make_date(p.y, p.m, p.d) END END "
        f"FROM (SELECT d[1]::int AS y, d[2]::int AS m, d[3]::int AS d FROM (SELECT {parts} AS d OFFSET 0) d) p"
    )
