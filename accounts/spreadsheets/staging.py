"""From the rows file to typed rows: temporary tables, COPY, and one checking INSERT per sheet."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from accounts.spreadsheets import sqltext as q
from accounts.spreadsheets.fields import AreaField
from accounts.spreadsheets.headings import Heading
from accounts.spreadsheets.reader import BookRead, SheetRead
from accounts.spreadsheets.resources import SheetResource

# 合计, 全镇合计, 小 计: the whole cell. A village whose name merely begins like this is a row.
TOTAL_LINE = "^m?F?[sw].{0,12}(合|总|小|共)[[:space:]　]*计[:：]?[[:space:]　]*$"
NOTE_LINE = (
    "^m?[sw][[:space:]　]*((注|说明|附注|备注|填表说明)[[:space:]　]*([:：（(1]|$)"
    "|(填表人?|填报人?|填报单位|制表人?|审核人?|单位负责人|负责人|联系人|联系电话|填表日期|填报日期)[:：])"
)
NOTE_CELLS = 6


class Segment(io.RawIOBase):
    """A part of the rows file, as COPY wants to read it."""

    def __init__(self, path: Path, start: int, end: int) -> None:
        self.file = path.open("rb")
        self.file.seek(start)
        self.left = end - start

    def read(self, size: int = -1) -> bytes:
        size = self.left if size is None or size < 0 else min(size, self.left)
        data = self.file.read(size)
        self.left -= len(data)
        return data

    def close(self) -> None:
        self.file.close()
        super().close()


def drop_tables(cursor: Any) -> None:
    """Remove what an earlier run of the same transaction left."""
    cursor.execute(
        "DROP TABLE IF EXISTS pg_temp.cx_cells, pg_temp.cx_rows, pg_temp.cx_checked, pg_temp.cx_areas, "
        "pg_temp.cx_area_keys, pg_temp.cx_totals"
    )


def create_rows(cursor: Any, resource: SheetResource) -> None:
    """The table of typed rows: one column per declared field, named and typed as in the model."""
    columns = [
        f"{q.name(resource.column(field.attribute))} {resource.sql_type(field)}"
        for field in resource.sheet_fields.values()
    ]
    cursor.execute(
        "CREATE TEMP TABLE cx_rows (sheet smallint, row integer, problems text[], "
        + ", ".join(columns)
        + ") ON COMMIT DROP"
    )


def column_type(model_field: Any, connection: Any) -> str:
    """Plain SQL type of a model column (a foreign key's target type, no collation)."""
    return model_field.rel_db_type(connection) if model_field.is_relation else model_field.db_type(connection)


def create_areas(cursor: Any, field: AreaField, scope: Any) -> None:
    """Units of the field's level inside the scope, by code; names come with `add_area_names`."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.cx_areas, pg_temp.cx_area_keys")
    cursor.execute(
        """
        CREATE TEMP TABLE cx_areas ON COMMIT DROP AS
        SELECT a.id, a.code, a.name, a.short_name AS short, a.parent_id
        FROM accounts_area a
        WHERE a.level = %s AND a.path >= %s AND a.path < %s
          AND (%s::bigint[] IS NULL OR a.id = ANY (%s::bigint[]))
          AND (a.valid_to IS NULL OR a.valid_to > CURRENT_DATE)
        """,
        [int(field.level), scope.path, _end(scope.path), scope.units, scope.units],
    )
    cursor.execute("CREATE TEMP TABLE cx_area_keys (key text, n bigint, id bigint) ON COMMIT DROP")
    cursor.execute("ANALYZE pg_temp.cx_areas")


def add_area_names(cursor: Any) -> None:
    """Every name by which a unit may be written: its own, its short one, each also below its superior's."""
    cursor.execute(
        f"""
        INSERT INTO cx_area_keys
        SELECT key, count(DISTINCT id), min(id) FROM (
            SELECT unnest(ARRAY[k.key, k.short, k.parent || '/' || k.key, k.parent || '/' || k.short]) AS key, k.id
            FROM (SELECT a.id, a.short, {q.village_key("a.name")} AS key, {q.village_key("p.name")} AS parent
                  FROM cx_areas a LEFT JOIN accounts_area p ON p.id = a.parent_id) k
        ) keys WHERE key <> '' GROUP BY key
        """
    )
    cursor.execute("ANALYZE pg_temp.cx_area_keys")


def needs_names(cursor: Any, key: str, heading: Heading) -> bool:
    """Whether a row names its unit without a code; only then are names prepared."""
    code = heading.matched.get(f"{key}:code")
    if code is None:
        return True
    cursor.execute(
        f"SELECT EXISTS (SELECT FROM cx_cells WHERE row >= {heading.data_row} AND c{code} IS NULL)"
    )
    return cursor.fetchone()[0]


def _end(path: str) -> str:
    return path[:-1] + "0" if path else "~"


def load_sheet(
    cursor: Any, resource: SheetResource, book: BookRead, number: int, sheet: SheetRead, heading: Heading
) -> None:
    """COPY one sheet's lines, split off totals and notes, and insert its rows typed and checked."""
    cells = ", ".join(f"c{n + 1}" for n in range(sheet.width))
    cursor.execute("DROP TABLE IF EXISTS pg_temp.cx_cells")
    definition = ", ".join(f"c{n + 1} text" for n in range(sheet.width))
    cursor.execute(f"CREATE TEMP TABLE cx_cells (row integer, {definition}) ON COMMIT DROP")
    with Segment(book.rows_path, sheet.start, sheet.end) as segment:
        cursor.copy_expert(f"COPY pg_temp.cx_cells (row, {cells}) FROM STDIN", segment, 1 << 18)
    _keep_totals(cursor, number, sheet, heading)
    for key, _field in resource.area_fields():
        cursor.execute("SELECT NOT EXISTS (SELECT FROM cx_area_keys)")
        if cursor.fetchone()[0] and needs_names(cursor, key, heading):
            add_area_names(cursor)
    cursor.execute(insert_sql(resource, number, sheet, heading))


def line_kinds(width: int) -> tuple[str, str]:
    """SQL conditions: a total line, a line of notes under the table."""
    first = [f"c{n + 1}" for n in range(min(3, width))]
    total = " OR ".join(f"({c} LIKE '%计%' AND {c} ~ {q.literal(TOTAL_LINE)})" for c in first)
    all_cells = ", ".join(f"c{n + 1}" for n in range(width))
    note = f"num_nonnulls({all_cells}) <= {NOTE_CELLS} AND coalesce({all_cells}) ~ {q.literal(NOTE_LINE)}"
    return f"coalesce({total}, FALSE)", f"coalesce({note}, FALSE)"


def _keep_totals(cursor: Any, number: int, sheet: SheetRead, heading: Heading) -> None:
    total, note = line_kinds(sheet.width)
    cells = ", ".join(f"c{n + 1}" for n in range(sheet.width))
    cursor.execute(
        "CREATE TEMP TABLE IF NOT EXISTS cx_totals (sheet smallint, row integer, is_total boolean, cells text[]) "
        "ON COMMIT DROP"
    )
    cursor.execute(
        f"INSERT INTO cx_totals SELECT {number}, row, {total}, ARRAY[{cells}] FROM cx_cells "
        f"WHERE row >= {heading.data_row} AND ({total} OR {note})"
    )


def insert_sql(resource: SheetResource, number: int, sheet: SheetRead, heading: Heading) -> str:
    """The one statement that types and checks a sheet. Cells are split and parsed once, behind OFFSET 0."""
    columns, values, problems, joins, parsed = [], [], [], [], []
    for key, field in resource.sheet_fields.items():
        columns.append(q.name(resource.column(field.attribute)))
        if isinstance(field, AreaField):
            value, found, join = area_sql(key, field, heading)
            joins.append(join)
        else:
            cell = cell_of(heading, key)
            value, found = field.typed(cell), field.problems(cell, key)
            if cell.is_there:
                parsed.append(f"{field.parsed(cell)} AS {q.name('p_' + key)}")
            else:
                found = [q.problem(key, "XL-040")] if field.required else []
        values.append(f"({value})::{resource.sql_type(field)}")
        problems += found
    total, note = line_kinds(sheet.width)
    checks = ", ".join(problems) or "NULL"
    used = sorted(set(heading.matched.values()))
    split = ", ".join(q.cell_columns(col) for col in used)
    return (
        f"INSERT INTO cx_rows (sheet, row, problems, {', '.join(columns)}) "
        f"SELECT {number}, c.row, array_remove(ARRAY[{checks}]::text[], NULL), {', '.join(values)} "
        f"FROM (SELECT {', '.join(['c.*', *parsed])} FROM (SELECT row, {split} FROM cx_cells "
        f"WHERE row >= {heading.data_row} AND NOT {total} AND NOT {note} OFFSET 0) c OFFSET 0) c "
        + " ".join(joins)
    )


def cell_of(heading: Heading, key: str) -> q.Cell:
    """The cell of a declared column; an empty one when the sheet has no such column."""
    return q.Cell.of(heading.matched[key], key) if key in heading.matched else q.Cell()


def area_sql(key: str, field: AreaField, heading: Heading) -> tuple[str, list[str], str]:
    """(value, problems, join) of a unit column: by code, or by name within the superior, or by name."""
    code_cell, name_cell = cell_of(heading, f"{key}:code"), cell_of(heading, key)
    name, parent = name_cell.text, cell_of(heading, f"{key}:parent").text
    code = f"upper({q.half_width(code_cell.text)})"
    by_code, by_name = f"{key}_code", f"{key}_name"
    written = q.village_key(name)
    looked_for = f"CASE WHEN {code_cell.text} IS NULL THEN coalesce({q.village_key(parent)} || '/', '') || {written} END"
    join = (
        f"LEFT JOIN cx_areas {by_code} ON {by_code}.code = {code} "
        f"LEFT JOIN cx_area_keys {by_name} ON {by_name}.key = {looked_for}"
    )
    value = (
        f"CASE WHEN {code_cell.text} IS NULL THEN CASE WHEN {by_name}.n = 1 THEN {by_name}.id END "
        f"ELSE {by_code}.id END"
    )
    return value, [area_problem(key, code_cell, name, code, written)], join


def area_problem(key: str, code_cell: q.Cell, name: str, code: str, written: str) -> str:
    """The one problem of a unit column: unknown, of another unit, ambiguous, or name and code at odds."""
    by_code, by_name = f"{key}_code", f"{key}_name"
    code_key = f"{key}:code" if code_cell.is_there else key
    given, problem = f"{code_cell.text} IS NOT NULL", q.problem
    elsewhere = f"EXISTS (SELECT FROM accounts_area x WHERE x.code = {code})"
    differs = f"{written} NOT IN ({q.village_key(by_code + '.name')}, {by_code}.short)"
    return (
        f"CASE WHEN {code_cell.tag} IN ('e', 'f', 'x', 'd', 't') THEN {problem(code_key, 'XL-032')} "
        f"WHEN {code_cell.tag} = 'N' THEN {problem(code_key, 'XL-035')} "
        f"WHEN {given} AND {by_code}.id IS NULL THEN CASE WHEN {elsewhere} "
        f"THEN {problem(code_key, 'XL-051')} ELSE {problem(code_key, 'XL-050')} END "
        f"WHEN {given} AND {name} <> {by_code}.name THEN CASE WHEN {differs} "
        f"THEN {problem(key, 'XL-054', by_code + '.name')} END "
        f"WHEN {given} THEN NULL WHEN {name} IS NULL THEN {problem(key, 'XL-040')} "
        f"WHEN {by_name}.n IS NULL THEN {problem(key, 'XL-050')} "
        f"WHEN {by_name}.n > 1 THEN {problem(key, 'XL-052')} END"
    )
