"""For T20 and for tests of actions: which acts a piece of code left behind."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from accounts.audit import registered
from tests.snapshot import superuser


@contextmanager
def recorded(*, committed: bool = True) -> Iterator[list[tuple[str, list[tuple[str, str]]]]]:
    """Fills a list with (act type, [(table, operation), …]) of every act opened inside the block.

    `committed`: look with a connection of its own; False looks inside the open transaction of `default`, where
    the scope in force must be an auditor's. An undeclared type fails the test.
    """
    found: list[tuple[str, list[tuple[str, str]]]] = []
    mark = _rows(committed, "SELECT coalesce(max(id), 0) FROM accounts_auditact", [])[0][0]
    yield found
    for number, type in _rows(
        committed, "SELECT id, type FROM accounts_auditact WHERE id > %s ORDER BY id", [mark]
    ):
        assert type in registered(), f"act type {type} is not declared in any audit_types.py"
        sql = "SELECT relation, op FROM accounts_auditevent WHERE act_id = %s ORDER BY id"
        found.append((type, _rows(committed, sql, [number])))


def _rows(committed: bool, sql: str, values: list) -> list[tuple]:
    if not committed:
        with connections["default"].cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()
    finally:
        connection.close()
