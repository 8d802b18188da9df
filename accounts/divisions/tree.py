"""Write the division list into `Area`: COPY into a temporary table, then one INSERT … SELECT per level.

Only what the list knows is written (name, short name, kind, pinyin). Managing parent, path, part in the
electorate and dates of a unit that is already there belong to the offices and are left alone, so a second
run changes nothing and a functional zone keeps its townships.
"""

import io
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import psycopg2
from django.db import connections, transaction

from accounts import audit, audit_types
from accounts.choices import Level
from accounts.divisions.source import Division, SourceError
from accounts.models import Area

TABLE = "accounts_area"
BULK = 100_000
EDITION = date(2023, 6, 30)

STAGE = """
    CREATE TEMPORARY TABLE division_stage (
        code text COLLATE "C", name text, short_name text, level smallint, kind text,
        parent_code text COLLATE "C", pinyin text, initials text, in_electorate boolean
    ) ON COMMIT DROP
"""

CHANGE = f"""
    UPDATE {TABLE} area
       SET name = stage.name, short_name = stage.short_name, kind = stage.kind,
           pinyin = stage.pinyin, initials = stage.initials, updated_at = now()
      FROM division_stage stage
     WHERE area.code = stage.code
       AND (area.name, area.short_name, area.kind, area.pinyin, area.initials) IS DISTINCT FROM
           (stage.name, stage.short_name, stage.kind, stage.pinyin, stage.initials)
"""  # noqa: S608 (constant table name)

ADD = f"""
    INSERT INTO {TABLE} (code, name, short_name, level, kind, parent_id, path, pinyin, initials,
                         sort_order, in_electorate, valid_from, created_at, updated_at)
    SELECT stage.code, stage.name, stage.short_name, stage.level, stage.kind, parent.id,
           coalesce(parent.path, '') || stage.code || '/', stage.pinyin, stage.initials,
           0, stage.in_electorate, %s, now(), now()
      FROM division_stage stage
      LEFT JOIN {TABLE} parent ON parent.code = stage.parent_code
     WHERE stage.level = %s
       AND NOT EXISTS (SELECT FROM {TABLE} area WHERE area.code = stage.code)
     ORDER BY stage.code
"""  # noqa: S608


@dataclass(frozen=True)
class LoadResult:
    """What one run did, in units (not rows of files)."""

    read: int
    added: int
    changed: int

    @property
    def unchanged(self) -> int:
        return self.read - self.added - self.changed


def load(divisions: Iterable[Division], *, valid_from: date = EDITION, using: str = "owner") -> LoadResult:
    """Bring the area tree up to the list; all or nothing, safe to run twice."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        audit.act(None, audit_types.AREAS_LOADED, Area, using=using)
        cursor.execute(f"LOCK TABLE {TABLE} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(STAGE)
        _copy(cursor, divisions)
        cursor.execute("CREATE UNIQUE INDEX ON division_stage (code)")
        cursor.execute("ANALYZE division_stage")
        read, new = _census(cursor)
        _refuse_orphans(cursor)
        cursor.execute(CHANGE)
        changed = cursor.rowcount
        added = 0
        with _indexes_afterwards(cursor, bulk=new >= BULK):
            for level in Level:
                cursor.execute(ADD, [valid_from, level.value])
                added += cursor.rowcount
        if added or changed:
            # Without statistics of the search expression a two-character search takes seconds.
            cursor.execute(f"ANALYZE {TABLE}")
    return LoadResult(read=read, added=added, changed=changed)


def _copy(cursor, divisions: Iterable[Division]) -> None:
    stream = _CopyStream(divisions)
    try:
        cursor.copy_expert("COPY division_stage FROM STDIN", stream)
    except psycopg2.Error:
        if stream.error:  # the driver reports what our own reader raised as a cancelled query
            raise stream.error from None
        raise


def _census(cursor) -> tuple[int, int]:
    """(units in the list, units not yet in the tree)."""
    cursor.execute(
        f"SELECT count(*), count(*) FILTER (WHERE area.id IS NULL)"  # noqa: S608
        f" FROM division_stage stage LEFT JOIN {TABLE} area ON area.code = stage.code"
    )
    return cursor.fetchone()


def _refuse_orphans(cursor) -> None:
    cursor.execute(
        f"""
        SELECT stage.code, stage.name FROM division_stage stage
         WHERE stage.parent_code <> ''
           AND NOT EXISTS (SELECT FROM division_stage parent WHERE parent.code = stage.parent_code)
           AND NOT EXISTS (SELECT FROM {TABLE} area WHERE area.code = stage.parent_code)
         ORDER BY stage.code LIMIT 1
        """  # noqa: S608
    )
    orphan = cursor.fetchone()
    if orphan:
        raise SourceError(f"区划清单中 {orphan[0]} {orphan[1]} 的上级不在清单内")


@contextmanager
def _indexes_afterwards(cursor, *, bulk: bool) -> Iterator[None]:
    """In a bulk load, drop plain indexes and the table's foreign keys to itself and build them at the end.

    Two thirds of the time of a whole-country load would go into keeping them up row by row.
    """
    if not bulk:
        yield
        return
    cursor.execute(
        """
        SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
         WHERE conrelid = %s::regclass AND confrelid = conrelid AND contype = 'f'
        """,
        [TABLE],
    )
    keys = cursor.fetchall()
    cursor.execute(
        """
        SELECT index.indexrelid::regclass::text, pg_get_indexdef(index.indexrelid) FROM pg_index index
         WHERE index.indrelid = %s::regclass
           AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = index.indexrelid)
        """,
        [TABLE],
    )
    indexes = cursor.fetchall()
    for name, _ in keys:
        cursor.execute(f'ALTER TABLE {TABLE} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    yield
    for _, definition in indexes:
        cursor.execute(definition)
    for name, definition in keys:
        cursor.execute(f'ALTER TABLE {TABLE} ADD CONSTRAINT "{name}" {definition}')


class _CopyStream(io.TextIOBase):
    """Text that COPY reads, made from divisions as it is asked for."""

    def __init__(self, divisions: Iterable[Division]) -> None:
        self.lines = map(_copy_line, divisions)
        self.rest = ""
        self.error: SourceError | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> str:
        wanted = size if size and size > 0 else sys.maxsize
        parts, length = [self.rest], len(self.rest)
        try:
            while length < wanted and (line := next(self.lines, "")):
                parts.append(line)
                length += len(line)
        except SourceError as error:
            self.error = error
            raise
        text = "".join(parts)
        self.rest = text[wanted:]
        return text[:wanted]


def _copy_line(unit: Division) -> str:
    if "\\" in unit.name or "\t" in unit.name or "\n" in unit.name:
        raise SourceError(f"区划清单中 {unit.code} 的名称含有制表符、换行或反斜杠")
    return (
        f"{unit.code}\t{unit.name}\t{unit.short_name}\t{unit.level:d}\t{unit.kind.value}\t{unit.parent_code}"
        f"\t{unit.pinyin}\t{unit.initials}\t{'t' if unit.in_electorate else 'f'}\n"
    )
