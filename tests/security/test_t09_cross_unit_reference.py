"""T09: no row may refer to another unit's row, whichever foreign key is used and whoever writes."""

import psycopg2
import pytest

from accounts.protection import protected_models
from accounts.protection.apply import links_of
from tests.snapshot import superuser

LINKS = [
    pytest.param(model, column, parent, id=f"{model._meta.db_table}.{column}")
    for model in protected_models()
    if model.access.has_unit and not model.access.derived
    for column, parent in links_of(model)
]


def misplaced_copy(cursor, model, column: str, parent: str) -> str:
    """Copy a row of one town, with `column` pointing at a row of a unit beside it; gives the SQLSTATE or 'accepted'."""
    table = model._meta.db_table
    cursor.execute(
        f"SELECT c.ctid, p.id FROM \"{table}\" c, \"{parent}\" p WHERE c.unit_path <> '' AND p.unit_path <> '' "
        "AND NOT starts_with(c.unit_path, p.unit_path) AND NOT starts_with(p.unit_path, c.unit_path) LIMIT 1"
    )
    found = cursor.fetchone()
    if found is None:
        return "no rows"
    row, foreign = found
    columns = [
        field.column
        for field in model._meta.local_concrete_fields
        if not field.generated and (not field.primary_key or field.column == column)
    ]
    values = [str(int(foreign)) if name == column else f'"{name}"' for name in columns]
    listed = ", ".join(f'"{name}"' for name in columns)
    try:
        cursor.execute(
            f'INSERT INTO "{table}" ({listed}) SELECT {", ".join(values)} FROM "{table}" WHERE ctid = %s',
            [row],
        )
    except psycopg2.Error as error:
        return error.pgcode
    return "accepted"


@pytest.fixture
def cursor(filled):
    connection = superuser()
    connection.autocommit = False
    with connection.cursor() as cursor:
        yield cursor
    connection.rollback()
    connection.close()


@pytest.mark.parametrize(("model", "column", "parent"), LINKS)
def test_t09_cross_unit_reference(cursor, model, column, parent):
    assert misplaced_copy(cursor, model, column, parent) == "42501"


def test_t09_negative_control_a_simple_key_accepts(cursor):
    """Without the trigger the foreign key itself is content: whatever stops the copy then is not the scope."""
    model, column, parent = LINKS[0].values
    cursor.execute(f'DROP TRIGGER d_same_line ON "{model._meta.db_table}"')
    assert misplaced_copy(cursor, model, column, parent) != "42501"


def test_t09_there_are_links_to_test():
    assert len(LINKS) > 0
