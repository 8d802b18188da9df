"""Columns of an import sheet, declared on a SheetResource.

Each is an import-export Field: heading, attribute and widget work as there. What is added is how the column
is checked and typed in one SQL statement: `parsed`, `problems` and `typed` return SQL over the parts of a cell
(`sqltext.Cell`; letters: `sandbox/cx_cells.py`). `parsed` is computed once a row, the others refer to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from import_export import fields, widgets

from accounts.spreadsheets import sqltext as q
from accounts.spreadsheets.headings import Wanted

INTEGER_LIMIT = 2_147_483_647


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
        **options: Any,
    ) -> None:
        super().__init__(attribute=attribute, column_name=column_name, **options)
        # Merged headings above the column; `column_name` begins with them (现任班子人数 under 现任班子).
        self.groups = groups
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


class AreaField(SheetField):
    """A unit inside the user's scope, by 12-digit code, by name, or by name within the superior's name.

    Takes up to three sheet columns: the name, the code (`code_heading`) and the superior (`parent_heading`).
    """

    sql_type = "bigint"
    kind = "area"

    def __init__(
        self,
        attribute: str = "area",
        column_name: str = "村(社区)",
        *,
        level: int,
        code_heading: str = "区划代码",
        parent_heading: str = "乡镇(街道)",
        code_aliases: Iterable[str] = ("代码", "行政区划代码", "村代码", "统计用区划代码"),
        parent_aliases: Iterable[str] = ("乡镇", "乡镇街道", "镇街", "所属乡镇", "街道", "乡镇(街道)名称"),
        **options: Any,
    ) -> None:
        options.setdefault(
            "aliases", ("村", "村名", "村(居)", "行政村", "村居", "单位", "村社区", "村(社区)名称")
        )
        options.setdefault("required", True)
        super().__init__(attribute, column_name, merges=True, width=16, **options)
        self.level, self.code_heading, self.parent_heading = int(level), code_heading, parent_heading
        self.code_aliases, self.parent_aliases = tuple(code_aliases), tuple(parent_aliases)

    def wanted(self, key: str) -> list[Wanted]:
        return [
            Wanted(f"{key}:code", self.code_heading, self.code_aliases, required=False),
            Wanted(f"{key}:parent", self.parent_heading, self.parent_aliases, required=False),
            Wanted(key, self.column_name, self.aliases, required=False),
        ]
