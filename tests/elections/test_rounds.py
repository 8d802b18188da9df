"""Rounds: dates, one current per city, who creates and changes them, and the opening of the records."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import ProgrammingError

from accounts.errors import codes
from accounts.scope import scoped
from elections import actions
from elections.models import Org, Round
from elections.queries.rounds import current_round, round_in_force
from tests.elections.conftest import ROUND


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (
            {
                "ends_on": dt.date(2026, 9, 30),
                "reporting_from": dt.date(2026, 9, 30),
                "reporting_to": dt.date(2026, 9, 30),
            },
            "round_dates_reversed",
        ),
        ({"reporting_to": dt.date(2026, 10, 31)}, "reporting_dates_reversed"),
        ({"reporting_from": dt.date(2026, 9, 30)}, "reporting_outside_round"),
        ({"reporting_to": dt.date(2027, 4, 1)}, "reporting_outside_round"),
        ({"year": 1999}, "round_year_implausible"),
        ({"name": "电话 13800138000"}, "personal_number_refused"),
        ({"excluded_dates": [dt.date(2026, 10, 31)]}, "excluded_date_outside"),
        ({"excluded_dates": [dt.date(2026, 11, 1)] * 2}, "excluded_date_twice"),
    ],
)
def test_round_refuses_bad_dates(between, cast, change, code):
    with scoped(cast.city) as city, pytest.raises(ValidationError) as refusal:
        actions.create_round(city.area, {**ROUND, **change}, by=city)
    assert code in codes(refusal.value)


def test_round_accepts_the_edges(between, cast):
    edges = {
        "reporting_from": ROUND["starts_on"],
        "reporting_to": ROUND["ends_on"],
        "excluded_dates": [ROUND["starts_on"], ROUND["ends_on"]],
    }
    with scoped(cast.city) as city:
        round = actions.create_round(city.area, {**ROUND, **edges}, by=city)
        round.refresh_from_db()
    assert (round.province.code, round.area.code, round.unit_path) == ("99", "9901", "99/9901/")
    assert not round.has_reporting_on(dt.date(2026, 10, 1))
    assert round.has_reporting_on(dt.date(2026, 10, 2))
    assert not round.has_reporting_on(dt.date(2027, 4, 1))


def test_one_current_round_per_city(opened, cast):
    with scoped(cast.city) as city, pytest.raises(ValidationError) as refusal:
        actions.create_round(city.area, {**ROUND, "name": "又一届"}, by=city)
    assert codes(refusal.value) == ["current_round_exists"]
    with scoped(cast.foreign_town) as stranger:
        assert current_round(stranger.unit) == cast.rounds["9902"]


def test_round_belongs_to_a_city(between, cast):
    with scoped(cast.county) as county, pytest.raises(ValidationError) as refusal:
        actions.create_round(county.area, ROUND, by=county)
    assert codes(refusal.value) == ["round_needs_city"]


def test_change_is_refused_on_an_older_state(opened, cast):
    with scoped(cast.city) as city:
        changed = actions.change_round(opened.round, {"name": "新名"}, version=1, by=city)
        assert (changed.name, changed.version) == ("新名", 2)
        with pytest.raises(ValidationError) as refusal:
            actions.change_round(opened.round, {"name": "旧名"}, version=1, by=city)
    assert codes(refusal.value) == ["stale_record"]


def test_below_the_city_reads_and_another_city_does_not(opened, cast):
    with scoped(cast.town) as town:
        assert current_round(town.unit) == opened.round
        assert round_in_force(town, str(opened.round.pk)) == opened.round
    with scoped(cast.foreign_town) as stranger:
        assert round_in_force(stranger, str(opened.round.pk)) is None
        assert list(Round.objects.all()) == [cast.rounds["9902"]]


def test_opening_makes_one_record_per_village_and_nothing_twice(opened, cast):
    assert opened.created == 9
    with scoped(cast.city) as city:
        assert actions.open_orgs(opened.round, by=city) == 0
        kinds = (
            Org.objects.visible_to(city)
            .filter(round=opened.round)
            .order_by("unit_path")
            .values_list("area__code", "kind")
        )
        assert [code for code, kind in kinds if kind == "community"] == ["990101001001", "990102101001"]


def test_opening_is_one_statement(between, cast, django_assert_num_queries):
    with scoped(cast.city) as city:
        round = actions.create_round(city.area, ROUND, by=city)
        with django_assert_num_queries(4):  # savepoint, act, insert, release
            actions.open_orgs(round, by=city)


def test_only_the_city_office_opens_records(between, cast):
    with scoped(cast.city) as city:
        round = actions.create_round(city.area, ROUND, by=city)
    for key in ("county", "town"):
        with pytest.raises(ProgrammingError, match="row-level security"), scoped(getattr(cast, key)) as scope:
            actions.open_orgs(round, by=scope)
