"""T04: without a token the application's roles see and change nothing, table by table from the catalogue."""

import psycopg2
import pytest

from accounts.protection import protected_models
from tests.security.roles import connected_as, tables
from tests.snapshot import superuser

# Reference data is public by declaration; login's own tables are T12's matter.
REFERENCE = {model._meta.db_table for model in protected_models() if model.access.kind == "reference"}
# No right, no act, no scope, or an empty row that no constraint or partition takes: nothing was written.
REFUSALS = ("42501", "CX001", "CX002", "23502", "23514")


def outcome(cursor, statement: str) -> str:
    """'refused', or the number of rows seen or changed."""
    cursor.execute("SAVEPOINT attempt")
    try:
        cursor.execute(statement)
        count = str(cursor.rowcount)
    except psycopg2.Error as error:
        count = "refused" if error.pgcode in REFUSALS else f"{error.pgcode}: {error}"
    cursor.execute("ROLLBACK TO SAVEPOINT attempt")
    return count


@pytest.mark.parametrize("role", ["cunxuan_web", "cunxuan_worker"])
def test_t04_rls_no_scope(filled, role):
    seen = {}
    with connected_as(role) as cursor:
        for table in tables(cursor):
            if table in REFERENCE:
                continue
            for verb, statement in {
                "select": f'SELECT * FROM "{table}"',
                "update": f'UPDATE "{table}" SET {first_column(cursor, table)} = {first_column(cursor, table)}',
                "delete": f'DELETE FROM "{table}"',
                "insert": f'INSERT INTO "{table}" DEFAULT VALUES',
            }.items():
                result = outcome(cursor, statement)
                if result not in ("refused", "0"):
                    seen[table, verb] = result
    assert seen == {}


def first_column(cursor, table: str) -> str:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 "
        "AND NOT attisdropped AND attidentity = '' ORDER BY attnum LIMIT 1",
        [f'public."{table}"'],
    )
    return f'"{cursor.fetchone()[0]}"'


def test_t04_every_tenant_table_has_rows_to_hide(filled):
    """Otherwise T04 would pass on empty tables: a new table must be given a row (conftest.py)."""
    empty = []
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            for model in protected_models():
                if model.access.is_business:
                    cursor.execute(f'SELECT EXISTS (SELECT 1 FROM "{model._meta.db_table}")')
                    if not cursor.fetchone()[0]:
                        empty.append(model._meta.db_table)
    finally:
        connection.close()
    assert empty == []


def test_t04_negative_control_rows_show_when_row_security_is_disabled(committed):
    """Disabling (not: un-forcing, which changes nothing for a role that is no owner) must show rows."""
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE accounts_assignment DISABLE ROW LEVEL SECURITY")
            with connected_as("cunxuan_web") as web:
                web.execute("SELECT count(*) FROM accounts_assignment")
                shown = web.fetchone()[0]
            cursor.execute("ALTER TABLE accounts_assignment ENABLE ROW LEVEL SECURITY")
    finally:
        connection.close()
    assert shown > 0
