"""Compares checked rows with the database: new, changed, same or error, in one statement; then one upsert."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connections, models
from django.db.models import NOT_PROVIDED

from accounts.spreadsheets import sqltext as q
from accounts.spreadsheets.headings import Heading
from accounts.spreadsheets.resources import SheetResource
from accounts.spreadsheets.staging import column_type


@dataclass(frozen=True)
class Target:
    """The table a resource writes: columns of the sheet, key columns, constant columns as SQL text."""

    resource: SheetResource
    constants: dict[str, str]
    absent: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, resource: SheetResource, values: Mapping[str, Any], headings: Mapping[int, Heading] | None = None
    ) -> Target:
        """The target of an import; a column that a sheet leaves out keeps what the database has."""
        fixed = {}
        for field_name, value in values.items():
            model_field = resource._meta.model._meta.get_field(field_name)
            value = value.pk if isinstance(value, models.Model) else value
            kind = column_type(model_field, connections["default"])
            fixed[model_field.column] = f"{q.literal(value)}::{kind}"
        absent: dict[str, list[int]] = {}
        for number, heading in (headings or {}).items():
            for key, sheet_field in resource.sheet_fields.items():
                if key not in heading.matched and f"{key}:code" not in heading.matched:
                    absent.setdefault(resource.column(sheet_field.attribute), []).append(number)
        return cls(resource, fixed, absent)

    @property
    def model(self) -> type[models.Model]:
        return self.resource._meta.model

    @property
    def table(self) -> str:
        """What the rows are compared with: the model's table, or one that the resource has prepared."""
        return q.name(self.resource.existing or self.model._meta.db_table)

    @property
    def version(self) -> str:
        """SQL of what changes with an existing row."""
        return "m.version::text" if self.resource.existing else "m.xmin::text"

    @property
    def key(self) -> list[str]:
        """Columns that name a row, constants included."""
        return [self.resource.column(name) for name in self.resource._meta.import_id_fields]

    @property
    def columns(self) -> list[str]:
        """Columns that the sheet gives."""
        return [self.resource.column(f.attribute) for f in self.resource.sheet_fields.values()]

    @property
    def compared(self) -> list[str]:
        return [column for column in self.columns if column not in self.key]

    def given(self, column: str) -> str:
        """SQL of the value a row asks for: the sheet's, or the stored one where the sheet has no such column."""
        new = f"r.{q.name(column)}"
        if column not in self.absent or column in self.key:
            return new
        sheets = ", ".join(map(str, self.absent[column]))
        stored = f"m.{q.name(self.model._meta.pk.column)} IS NOT NULL AND r.sheet IN ({sheets})"
        return f"CASE WHEN {stored} THEN m.{q.name(column)} ELSE {new} END AS {q.name(column)}"

    def join(self) -> str:
        """Condition that ties an existing row `m` to a sheet row `r`."""
        return " AND ".join(
            f"m.{q.name(c)} = {self.constants[c] if c in self.constants else 'r.' + q.name(c)}"
            for c in self.key
        )


def lock_existing(cursor: Any, target: Target) -> None:
    """Lock the rows that may be updated, so that what is compared is what is overwritten."""
    primary = q.name(target.model._meta.pk.column)
    cursor.execute(
        f"SELECT count(*) FROM (SELECT m.{primary} FROM {target.table} m JOIN cx_rows r ON {target.join()} "
        "FOR UPDATE OF m) locked"
    )


def classify(cursor: Any, target: Target) -> None:
    """Create `cx_checked`: the rows with their final problems, existing values (`old_…`) and status."""
    key = [column for column in target.key if column in target.columns]
    partition = ", ".join(f"r.{q.name(c)}" for c in key)
    primary = q.name(target.model._meta.pk.column)
    inner = [
        "r.sheet", "r.row", "r.problems", f"m.{primary} AS m_id", f"{target.version} AS m_version",
        "count(*) OVER same_key AS twins", "min(r.row) OVER same_key AS first_row",
        "max(r.row) OVER same_key AS last_row",
        *(target.given(c) for c in target.columns),
        *(f"m.{q.name(c)} AS {q.name('old_' + c)}" for c in target.compared),
        *([] if target.resource.existing else other_columns(target)),
    ]  # fmt: skip
    known = " AND ".join(f"e.{q.name(c)} IS NOT NULL" for c in key) or "TRUE"
    other = "CASE WHEN e.row = e.first_row THEN e.last_row ELSE e.first_row END"
    first_key = next(
        n for n, f in target.resource.sheet_fields.items() if target.resource.column(f.attribute) in key
    )
    checks = [f"CASE WHEN e.twins > 1 AND {known} THEN {q.problem(first_key, 'XL-060', other)} END"]
    if target.resource.update_only:
        checks.append(f"CASE WHEN e.m_id IS NULL AND {known} THEN {q.problem(first_key, 'XL-053')} END")
    if not target.resource.existing:
        checks += constraint_checks(target)
    pairs = [(q.name(c), q.name("old_" + c)) for c in target.compared]
    differs = " OR ".join(f"s.{new} IS DISTINCT FROM s.{old}" for new, old in pairs) or "FALSE"
    kept = ", ".join(
        ["e.sheet", "e.row", "e.m_id", "e.m_version", *(f"e.{q.name(c)}" for c in target.columns),
         *(f"e.{old}" for _new, old in pairs)]
    )  # fmt: skip
    cursor.execute(
        f"""
        CREATE TEMP TABLE cx_checked ON COMMIT DROP AS
        SELECT s.*, CASE WHEN cardinality(s.problems) > 0 THEN 'error' WHEN s.m_id IS NULL THEN 'new'
                         WHEN {differs} THEN 'changed' ELSE 'same' END AS status
        FROM (
            SELECT {kept}, e.problems || array_remove(ARRAY[{", ".join(checks)}]::text[], NULL) AS problems
            FROM (
                SELECT {", ".join(inner)} FROM cx_rows r LEFT JOIN {target.table} m ON {target.join()}
                WINDOW same_key AS (PARTITION BY {partition})
            ) e
        ) s
        """
    )


def other_columns(target: Target) -> list[str]:
    """Columns of the model that constraints mention and the sheet does not give, with their effective value."""
    text = " ".join(sql for _constraint, sql in check_texts(target.model))
    out = []
    for model_field in target.model._meta.concrete_fields:
        column = model_field.column
        if column in target.columns or q.name(column) not in text:
            continue
        fixed = target.constants.get(column) or default_sql(model_field)
        out.append(f"CASE WHEN m.{q.name(target.model._meta.pk.column)} IS NULL THEN {fixed} "
                   f"ELSE m.{q.name(column)} END AS {q.name(column)}")  # fmt: skip
    return out


def default_sql(model_field: models.Field) -> str:
    """A model field's default as SQL text of its type (NULL when it has none)."""
    kind = column_type(model_field, connections["default"])
    value = None
    if model_field.default is not NOT_PROVIDED:
        value = model_field.get_default()
    elif (
        model_field.empty_strings_allowed
        and not model_field.null
        and model_field.get_internal_type() in TEXTS
    ):
        value = ""
    if value is None or isinstance(value, str | int | bool):
        return f"{q.literal(value)}::{kind}"
    editor = connections["default"].SchemaEditorClass(connections["default"], collect_sql=True)
    return f"{editor.quote_value(model_field.get_db_prep_save(value, connections['default']))}::{kind}"


TEXTS = ("CharField", "TextField", "SlugField")


def check_texts(model: type[models.Model]) -> list[tuple[models.CheckConstraint, str]]:
    """The model's check constraints with their SQL, columns unqualified."""
    editor = connections["default"].SchemaEditorClass(connections["default"], collect_sql=True)
    return [
        (constraint, constraint._get_check_sql(model, editor).replace("%%", "%"))
        for constraint in model._meta.constraints
        if isinstance(constraint, models.CheckConstraint)
    ]


def constraint_checks(target: Target) -> list[str]:
    """The model's named constraints, each with its own sentence, for rows that are otherwise right."""
    checks = []
    for constraint, sql in check_texts(target.model):
        said = q.problem("", "XL-061", q.literal(str(constraint.violation_error_message)))
        checks.append(f"CASE WHEN cardinality(e.problems) = 0 AND ({sql}) IS FALSE THEN {said} END")
    return checks


def write_rows(cursor: Any, target: Target) -> tuple[int, int]:
    """Write new and changed rows in one statement; returns (inserted, updated)."""
    if target.resource.update_only:
        return 0, _update(cursor, target)
    return _upsert(cursor, target)


def _assignments(target: Target, source: str) -> str:
    """SET list of an update: the sheet's columns, the clock columns, the version."""
    values = {column: f"{source}.{q.name(column)}" for column in target.compared}
    for model_field in target.model._meta.concrete_fields:
        if getattr(model_field, "auto_now", False):
            values[model_field.column] = "now()"
    if target.resource.version_field:
        column = target.resource.column(target.resource.version_field)
        values[column] = f"m.{q.name(column)} + 1"
    return ", ".join(f"{q.name(column)} = {value}" for column, value in values.items())


def _update(cursor: Any, target: Target) -> int:
    """For tables whose rows the user may change but not add (an INSERT … ON CONFLICT needs the right to insert)."""
    cursor.execute(
        f"UPDATE {target.table} m SET {_assignments(target, 'c')} FROM cx_checked c "
        f"WHERE c.status = 'changed' AND m.{q.name(target.model._meta.pk.column)} = c.m_id"
    )
    return cursor.rowcount


def _upsert(cursor: Any, target: Target) -> tuple[int, int]:
    values = {column: q.name(column) for column in target.columns} | target.constants
    for model_field in target.model._meta.concrete_fields:
        column = model_field.column
        if column in values or model_field.primary_key or column == "unit_path":
            continue
        if getattr(model_field, "auto_now", False) or getattr(model_field, "auto_now_add", False):
            values[column] = "CURRENT_DATE" if model_field.get_internal_type() == "DateField" else "now()"
        elif model_field.default is not NOT_PROVIDED or not (
            model_field.null or model_field.has_db_default()
        ):
            values[column] = default_sql(model_field)
    sets = _assignments(target, "EXCLUDED")
    cursor.execute(
        f"""
        WITH written AS (
            INSERT INTO {target.table} AS m ({", ".join(q.name(c) for c in values)})
            SELECT {", ".join(values.values())} FROM cx_checked WHERE status IN ('new', 'changed')
            ORDER BY sheet, row
            ON CONFLICT ({", ".join(q.name(c) for c in target.key)}) {f"DO UPDATE SET {sets}" if sets else "DO NOTHING"}
            RETURNING xmax::text = '0' AS fresh
        )
        SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM written
        """
    )
    return cursor.fetchone()
