"""T15: a filed day is frozen for every role, through every door; its negative control."""

import pytest
from django.db import DatabaseError, connections, transaction

from accounts.scope import scoped
from reports.models import DailyFigure, DailyRevision
from tests.reports.daily.conftest import FIRST, TOWN
from tests.snapshot import superuser

FROZEN = ("reports_dailyrevision", "reports_dailyfigure")
PEOPLE = ("city", "county", "town", "sibling_town", "leader", "inspector")
CHANGES = ("UPDATE {table} SET unit_path = 'x'", "DELETE FROM {table}", "TRUNCATE {table} CASCADE")


@pytest.fixture
def filed(day):
    day.type(FIRST, "visits", "18")
    day.fill()
    day.file()
    return day


def content() -> list[str]:
    """Every byte of both tables, read by the superuser."""
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            rows = []
            for table in FROZEN:
                cursor.execute(f"SELECT t::text FROM {table} t ORDER BY 1")
                rows += [text for (text,) in cursor.fetchall()]
            return rows
    finally:
        connection.close()


def attempt(alias: str, sql: str) -> str:
    """SQLSTATE of the refusal, or '' when the statement ran."""
    try:
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            cursor.execute(sql)
    except DatabaseError as error:
        return error.__cause__.pgcode
    return ""


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("table", FROZEN)
def test_no_person_changes_a_filed_row_by_sql(filed, person, table):
    before = content()
    with scoped(getattr(filed.cast, person)):
        codes = [attempt("default", change.format(table=table)) for change in CHANGES]
    assert (codes, content()) == (["42501", "42501", "42501"], before)


@pytest.mark.parametrize("alias", ["login", "ledger"])
def test_no_other_alias_reaches_them(filed, alias):
    before = content()
    codes = {attempt(alias, change.format(table=table)) for change in CHANGES for table in FROZEN}
    assert (codes, content()) == ({"42501"}, before)


def test_even_the_owner_meets_the_trigger(filed):
    before = content()
    codes = {attempt("owner", change.format(table=table)) for change in CHANGES for table in FROZEN}
    assert (codes <= {"CX004", "CX010", "55006"}, content()) == (True, before)


def test_a_partition_is_no_back_door(filed):
    before = content()
    partition = f"reports_dailyfigure_{filed.date:%Y%m}"
    with scoped(filed.cast.town):
        codes = {attempt("default", change.format(table=partition)) for change in CHANGES}
    assert (codes, content()) == ({"42501"}, before)


def test_no_screen_and_no_api_call_changes_a_filed_day(filed, client_of):
    before = content()
    client = client_of("town")
    url = f"/reports/daily/{filed.date}/"
    api = f"/api/v1/daily/{filed.date}/"
    edit = {"edits": [{"village": FIRST, "key": "visits", "text": "9", "base": 1}]}
    statuses = [
        client.post(url, {"seen": "{}", f"c.{FIRST}.visits": "9"}).status_code,
        client.post(f"{url}check/", {"version": "1", "act": "file"}).status_code,
        client.put(f"{api}draft/", edit, content_type="application/json").status_code,
        client.post(f"{api}file/", {"version": 2}, content_type="application/json").status_code,
    ]
    assert (statuses, content()) == ([302, 302, 409, 409], before)


def test_another_township_cannot_add_a_revision_of_this_one(filed):
    revision = DailyRevision.objects.using("owner").get()
    copy = DailyFigure(
        date=filed.date,
        revision_id=revision.pk,
        area_id=filed.cast.areas[f"{TOWN}201"].pk,
        township_id=filed.township.pk,
        round_id=filed.round.pk,
    )
    with scoped(filed.cast.sibling_town), pytest.raises(DatabaseError):
        DailyFigure.objects.bulk_create([copy])


def test_negative_control_without_trigger_and_with_the_grant_the_row_changes(filed):
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute("GRANT UPDATE ON reports_dailyrevision TO cunxuan_web")
            cursor.execute(
                "CREATE POLICY open_door ON reports_dailyrevision FOR UPDATE TO cunxuan_web USING (true)"
            )
            cursor.execute("ALTER TABLE reports_dailyrevision DISABLE TRIGGER USER")
        before = content()
        with scoped(filed.cast.town):
            assert attempt("default", "UPDATE reports_dailyrevision SET reason = 'x'") == ""
        assert content() != before
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE reports_dailyrevision ENABLE TRIGGER USER")
            cursor.execute("DROP POLICY open_door ON reports_dailyrevision")
            cursor.execute("REVOKE UPDATE ON reports_dailyrevision FROM cunxuan_web")
        connection.close()
