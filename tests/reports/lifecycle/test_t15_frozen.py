"""T15 for what the level above does: forwardings, returns and re-openings are frozen for every role."""

import pytest

from accounts.scope import scoped
from tests.reports.daily.test_frozen import CHANGES, attempt
from tests.snapshot import superuser

FROZEN = (
    "reports_countyforward",
    "reports_countyopening",
    "reports_sheetopening",
    "reports_sheetrecall",
    "reports_dailyrevision",
)
PEOPLE = ("city", "county", "town", "sibling_town", "leader", "inspector")


@pytest.fixture
def moved(stage):
    """Filed, forwarded, returned by the city, returned to a township, filed again; another return taken back."""
    stage.file_both()
    stage.forward()
    stage.send_back()
    stage.town.send_back()
    stage.town.file()
    stage.sibling.send_back()
    stage.sibling.recall()
    return stage


def content() -> dict[str, list[str]]:
    """Every byte of the tables, read by the superuser."""
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            found = {}
            for table in FROZEN:
                cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
                found[table] = [text for (text,) in cursor.fetchall()]
            return found
    finally:
        connection.close()


def test_there_is_a_row_to_protect_in_each_table(moved):
    assert {table: len(rows) for table, rows in content().items()} == {
        "reports_countyforward": 1,
        "reports_countyopening": 1,
        "reports_sheetopening": 2,
        "reports_sheetrecall": 1,
        "reports_dailyrevision": 3,
    }


@pytest.mark.parametrize("person", PEOPLE)
def test_no_person_changes_them_by_sql(moved, person):
    before = content()
    with scoped(getattr(moved.cast, person)):
        codes = {attempt("default", change.format(table=table)) for table in FROZEN for change in CHANGES}
    assert (codes, content()) == ({"42501"}, before)


@pytest.mark.parametrize("alias", ["login", "ledger"])
def test_no_other_alias_reaches_them(moved, alias):
    before = content()
    codes = {attempt(alias, change.format(table=table)) for table in FROZEN for change in CHANGES}
    assert (codes, content()) == ({"42501"}, before)


def test_even_the_owner_meets_the_trigger(moved):
    before = content()
    codes = {attempt("owner", change.format(table=table)) for table in FROZEN for change in CHANGES[:2]}
    assert (codes, content()) == ({"CX004"}, before)


def test_negative_control_without_trigger_and_with_the_grant_a_forwarding_changes(moved):
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute("GRANT UPDATE ON reports_countyforward TO cunxuan_web")
            cursor.execute(
                "CREATE POLICY open_door ON reports_countyforward FOR UPDATE TO cunxuan_web USING (true)"
            )
            cursor.execute("ALTER TABLE reports_countyforward DISABLE TRIGGER USER")
        before = content()
        with scoped(moved.cast.county):
            assert attempt("default", "UPDATE reports_countyforward SET digest_method = 'x'") == ""
        assert content() != before
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE reports_countyforward ENABLE TRIGGER USER")
            cursor.execute("DROP POLICY open_door ON reports_countyforward")
            cursor.execute("REVOKE UPDATE ON reports_countyforward FROM cunxuan_web")
        connection.close()
