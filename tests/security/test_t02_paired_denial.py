"""T02: what succeeds on one's own unit is absent, with the same payload, on every other unit."""

import pytest
from django.test import Client

from tests.helpers import log_in
from tests.security.expected_routes import ROUTES
from tests.security.relations import ACTORS, COUNTY_STAFF, Others, normal, outside, pairs, seat_county_staff
from tests.security.stage import stage_of
from tests.security.test_t01_permission_matrix import verdict

PICKING = [route for route in ROUTES if route.picks]


@pytest.fixture
def stage_for(committed, settings, tmp_path, cast):
    settings.UPLOADS_DIR, settings.DATA_DIR = tmp_path / "uploads", tmp_path
    seat_county_staff(cast)
    yield lambda key: stage_of(key, cast)
    for key in COUNTY_STAFF:
        cast.people.pop(key)
        cast.users.pop(key)


def signed_in(cast, key: str) -> Client:
    return log_in(Client(), cast.users[key])


@pytest.mark.parametrize("key", ACTORS)
def test_t02_paired_denial(key, cast, stage_for):
    stage, others = stage_for(key), Others(cast, key)
    role = getattr(cast, key).role
    client = signed_in(cast, key)
    wrong, denials = [], 0
    for route in PICKING:
        for method, roles in route.methods.items():
            if role not in roles:
                continue
            for name, foreign, absent in pairs(route, method, stage, others, client):
                denials += 1
                if foreign[0] != 404:
                    wrong.append((route.name, method, name, foreign[0]))
                elif foreign != absent:
                    wrong.append((route.name, method, name, "differs from absent"))
            problem = verdict(route, method, role, stage.send(client, route, method))
            if problem:
                wrong.append((route.name, method, "own", problem))
    assert wrong == []
    assert denials > 0


def test_t02_every_route_that_picks_is_tried_by_somebody(cast, stage_for):
    roles = {getattr(cast, key).role for key in ACTORS}
    untried = [
        route.name for route in PICKING for allowed in route.methods.values() if not roles & set(allowed)
    ]
    assert untried == []


def test_t02_relations_of_a_township_are_all_there(cast):
    assert set(outside(cast, "town")) == {"parent", "sibling", "cousin", "other_county", "other_city"}


def test_t02_negative_control_an_unfiltered_page_is_seen(cast, stage_for, monkeypatch):
    """Where the page finds a foreign unit, the comparison sees it."""
    stage, others = stage_for("county"), Others(cast, "county")
    route = next(route for route in PICKING if route.name == "areas:detail")
    monkeypatch.setattr("accounts.querysets.AreaQuerySet.visible_to", lambda rows, scope: rows.all())
    found = list(pairs(route, "GET", stage, others, signed_in(cast, "county")))
    assert {foreign[0] for _, foreign, _ in found} == {200}


def test_t02_normal_form_keeps_what_tells_two_answers_apart(cast, stage_for):
    client = signed_in(cast, "town")
    stage = stage_for("town")
    page = next(route for route in PICKING if route.name == "elections:org")
    own = normal(stage.send(client, page, "GET"), "990101001201")
    other = normal(stage.but(village="990101001202").send(client, page, "GET"), "990101001202")
    assert own != other
