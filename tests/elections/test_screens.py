"""Screens of the records: what each role gets, query counts with one and with three rows, the stale form."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.scope import scoped
from elections import actions
from tests.elections.conftest import VILLAGE

FILE = f"/orgs/{VILLAGE}/"


def queries_of(client, url: str) -> int:
    with CaptureQueriesContext(connections["default"]) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    ("url", "roles"),
    [
        ("/orgs/", {"city", "county", "town", "leader", "evaluator", "inspector"}),
        ("/orgs/counts/", {"city", "county", "town", "leader", "evaluator", "inspector"}),
        (FILE, {"city", "county", "town", "leader", "inspector"}),
        (f"{FILE}print/", {"city", "county", "town", "leader", "inspector"}),
        (f"{FILE}edit/", {"town"}),
        ("/elections/rounds/", {"city", "county", "town", "leader", "evaluator", "inspector", "reviewer"}),
        ("/elections/rounds/new/", {"city"}),
    ],
)
def test_who_opens_what(opened, client_of, url, roles):
    keys = ("city", "county", "town", "leader", "evaluator", "inspector", "reviewer", "wall", "hotline")
    assert {key for key in keys if client_of(key).get(url).status_code == 200} == roles


@pytest.mark.parametrize("key", ["sibling_town", "other_county", "foreign_town", "other_city"])
def test_a_foreign_file_is_absent(opened, client_of, key):
    client = client_of(key)
    foreign, absent = client.get(FILE), client.get("/orgs/990101001299/")
    assert (foreign.status_code, absent.status_code) == (404, 404)


def test_list_needs_the_same_queries_for_one_and_three_rows(opened, client_of):
    # of our own: round, way down, units below, names, count, page; the rest is the frame's
    client = client_of("town")
    client.get("/orgs/")
    assert queries_of(client, "/orgs/?q=溪东") == queries_of(client, "/orgs/?q=9901010")


def test_counts_need_the_same_queries_for_a_city_and_a_county(opened, client_of, settings):
    """What waits at 待办 depends on the level and is counted elsewhere: here it is remembered."""
    settings.WAITING_SECONDS = 600
    city = client_of("city")
    for query in ("", "?unit=990101"):
        city.get(f"/orgs/counts/{query}")
    assert queries_of(city, "/orgs/counts/") == queries_of(city, "/orgs/counts/?unit=990101")


def test_file_needs_the_same_queries_filled_or_not(opened, village, cast, client_of):
    client = client_of("town")
    client.get(FILE)
    empty = queries_of(client, FILE)
    for population in (5, 6, 7):
        org = village()
        with scoped(cast.town) as town:
            actions.change_org(org, {"population": population}, version=org.version, by=town)
    assert queries_of(client, FILE) == empty
