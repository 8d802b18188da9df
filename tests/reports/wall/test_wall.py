"""The wall: large totals, a page at a time, the same work for 12 units and for 5,000; a device that stays on."""

import datetime

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.formats import day_long
from reports.queries.wall import PAGE_ROWS
from tests.helpers import as_owner
from tests.snapshot import superuser

MANY = 5000
DAY = datetime.timedelta(days=1)


@pytest.fixture
def stored(committed, cast):
    """Totals of today of the city, and of 5,000 invented townships with them."""
    round, day = cast.rounds["9901"], timezone.localdate()
    with as_owner(), connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_area (code, name, short_name, level, kind, parent_id, path, in_electorate, "
            "sort_order, initials, pinyin, created_at, updated_at) "
            "SELECT '990109' || lpad(to_hex(n), 4, '0'), '镇' || n, '镇', 4, 'town', %s, %s || '990109' || "
            "lpad(to_hex(n), 4, '0') || '/', false, n, '', '', now(), now() FROM generate_series(1, %s) n",
            [cast.areas["990101"].pk, cast.areas["990101"].path, MANY],
        )
        cursor.execute(
            "INSERT INTO reports_rolluprow (round_id, year, area_id, level, date, townships, filed, late, zero, gaps, "
            "extras, ranks, unit_path, due) SELECT %s, %s, a.id, a.level, %s, 1, a.id %% 2, 0, 0, '{}', '{}', '{}', "
            "a.path, 10 FROM accounts_area a WHERE a.path LIKE %s AND a.level IN (2, 4)",
            [round.pk, round.year, day, cast.areas["9901"].path + "%"],
        )
    return cast


def ask(client, url: str):
    client.get(url)
    with CaptureQueriesContext(connections["default"]) as seen:
        answer = client.get(url)
    return answer, len(seen)


def test_five_thousand_units_take_the_work_of_none(stored, client_of):
    client = client_of("wall")
    many, queries = ask(client, "/wall/?level=township")
    none, least = ask(client, "/wall/?level=county")
    wall = many.context["wall"]
    assert (wall.units, wall.pages, len(wall.rows)) == (MANY + 3, -(-(MANY + 3) // PAGE_ROWS), PAGE_ROWS)
    assert (none.context["wall"].units, queries) == (0, least)
    assert len(many.content) < 20_000


def test_over_midnight_the_day_before_stands_until_today_has_totals(stored, client_of):
    client, today = client_of("wall"), timezone.localdate()
    assert client.get("/wall/").context["wall"].awaited is None
    with as_owner(), connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE reports_rolluprow SET date = date - 1")
    answer = client.get("/wall/?level=township")
    wall = answer.context["wall"]
    assert (wall.day, wall.awaited, wall.units) == (today - DAY, today, MANY + 3)
    assert f"{day_long(today)} 还没有汇总数，以下是 {day_long(today - DAY)} 的。" in answer.content.decode()
    assert "缺报" in answer.content.decode()
    with as_owner(), connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM reports_rolluprow")
    assert client.get("/wall/").context["wall"].own is None


def test_the_pages_go_round(stored, client_of):
    client = client_of("wall")
    last = client.get("/wall/?level=township").context["wall"].pages
    pages = [client.get(f"/wall/?level=township&page={page}").context["wall"] for page in (1, last, last + 9)]
    assert [(wall.page, wall.next_page) for wall in pages] == [(1, 2), (last, 1), (last, 1)]


def test_it_leads_nowhere_and_changes_nothing(stored, client_of):
    text = client_of("wall").get("/wall/?level=township").content.decode()
    assert "<a " not in text
    assert "<form" not in text
    assert "/logout/" not in text


def test_htmx_gets_the_part_that_changes(stored, client_of):
    answer = client_of("wall").get("/wall/", headers={"HX-Request": "true"})
    assert answer.content.decode().lstrip().startswith('<main id="wall"')


@pytest.mark.parametrize("query", ["?level=village", "?page=x", "?unit=9902"])
def test_what_is_not_shown_is_404(db, client_of, query):
    assert client_of("wall").get(f"/wall/{query}").status_code == 404


def token_ends(assignment_id: int):
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT max(expires_at) FROM accounts_scopetoken WHERE assignment_id = %s", [assignment_id]
            )
            return cursor.fetchone()[0]
    finally:
        connection.close()


@pytest.mark.parametrize(("hours", "renewed"), [(5.9, False), (6.1, True), (13, True)])
def test_a_device_stays_on_beyond_twelve_hours(committed, cast, client_of, hours, renewed):
    with time_machine.travel(timezone.now(), tick=True) as clock:
        client = client_of("wall")
        client.get("/wall/")
        before = token_ends(cast.wall.pk)
        clock.shift(hours * 3600)
        answer = client.get("/wall/")
    assert answer.status_code == 200
    assert (token_ends(cast.wall.pk) > before, "sessionid" in answer.cookies) == (renewed, renewed)
