"""T15 for the audit tables: no role changes a byte; the control is the grant first, the trigger behind it."""

import psycopg2
import pytest

from tests.accounts.audit.lab import connect
from tests.snapshot import superuser

TABLES = ["act", "event", "chain", "head", "anchor", "denial", "cut", "carried"]
ROLES = [
    "cunxuan_web",
    "cunxuan_worker",
    "cunxuan_login",
    "cunxuan_auditor",
    "cunxuan_sealer",
    "cunxuan_backup",
    "cunxuan_owner",
]
READERS = {"cunxuan_web", "cunxuan_worker", "cunxuan_auditor", "cunxuan_backup", "cunxuan_owner"}


def seed() -> None:
    """A committed anchor and a committed refusal, so that every table has a row to change."""
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_take_anchor(), audit_record_denial(1, 'x', '')")
    connection.close()


def change(table: str) -> list[str]:
    column = {"act": "reason", "event": "relation", "denial": "attempts", "carried": "relation"}.get(
        table, "hash"
    )
    name = f"accounts_audit{table}"
    return [f"UPDATE {name} SET {column} = {column}", f"DELETE FROM {name}", f"TRUNCATE {name} CASCADE"]


def test_t15_no_role_is_granted_anything_but_reading(db):
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT grantee, substr(table_name, 15), privilege_type
                 FROM information_schema.role_table_grants
                WHERE table_name LIKE 'accounts\\_audit%' AND grantee <> 'cunxuan_gatekeeper'"""
        )
        found = set(cursor.fetchall())
    connection.close()
    assert found == {(role, table, "SELECT") for role in READERS for table in TABLES}


@pytest.mark.parametrize("role", ROLES)
def test_t15_no_role_writes_the_audit_tables(committed, role):
    connection = connect(role)
    refused = []
    seed()
    for statement in [text for table in TABLES for text in change(table)]:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                refused.append(statement)
        except psycopg2.Error as error:
            refused.append(error.pgcode)
        connection.rollback()
    connection.close()
    # The owner is a member of the gatekeeper before PostgreSQL 16, so for it the trigger may be what refuses.
    assert set(refused) <= ({"42501", "CX004"} if role == "cunxuan_owner" else {"42501"})
    assert len(refused) == 24


@pytest.mark.parametrize("table", TABLES)
def test_t15_even_the_gatekeeper_only_appends(db, table):
    connection = superuser()
    with connection.cursor() as cursor:
        for statement in change(table):
            cursor.execute("BEGIN; SET LOCAL ROLE cunxuan_gatekeeper; SELECT audit_take_anchor()")
            cursor.execute("SELECT audit_record_denial(1, 'x', '')")
            with pytest.raises(psycopg2.Error) as error:
                cursor.execute(statement)
            assert error.value.pgcode == "CX004"
            cursor.execute("ROLLBACK")
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditanchor SET seq = seq + 1, delivered_at = now()",
        "UPDATE accounts_auditanchor SET delivered_at = NULL",
        "UPDATE accounts_audithead SET seq = seq + 1",
        "UPDATE accounts_audithead SET hash = sha256('forged')",
        "UPDATE accounts_audithead SET chain_id = gen_random_uuid()",
        "UPDATE accounts_auditdenial SET attempts = 0",
        "UPDATE accounts_auditdenial SET assignment_id = 2, attempts = attempts + 1",
    ],
)
def test_t15_head_anchors_and_counters_move_in_one_way_only(db, statement):
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL ROLE cunxuan_gatekeeper; SELECT audit_take_anchor()")
        cursor.execute("SELECT audit_record_denial(1, 'x', '')")
        with pytest.raises(psycopg2.Error) as error:
            cursor.execute(statement)
        assert error.value.pgcode == "CX004"
        cursor.execute("ROLLBACK")
    connection.close()


def test_t15_negative_control_without_the_trigger_a_row_changes(db):
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute("BEGIN; SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE accounts_auditact SET reason = 'changed'")
        assert cursor.rowcount > 0
        cursor.execute("ROLLBACK")
    connection.close()
