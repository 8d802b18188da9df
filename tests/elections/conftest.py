"""A round of the cast's first city with its records opened, and the figures of one village filled in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pytest

from accounts.scope import scoped
from elections import actions
from elections.models import Org, Round

ROUND = {
    "name": "2026 年村(社区)换届",
    "year": 2026,
    "starts_on": dt.date(2026, 10, 1),
    "ends_on": dt.date(2027, 3, 31),
    "reporting_from": dt.date(2026, 11, 1),
    "reporting_to": dt.date(2027, 1, 31),
    "excluded_dates": [],
    "law_profile": "",
    "is_current": True,
    "practice": False,
}
VILLAGE = "990101001201"


@dataclass
class Opened:
    """The round and how many records its opening made."""

    round: Round
    created: int


@pytest.fixture
def between(db, cast) -> None:
    """The cast's own round of the first city is over; a new one may become the current one."""
    with scoped(cast.city) as city:
        actions.change_round(cast.rounds["9901"], {"is_current": False}, version=1, by=city)


@pytest.fixture
def opened(between, cast) -> Opened:
    with scoped(cast.city) as city:
        round = actions.create_round(city.area, ROUND, by=city)
        return Opened(round, actions.open_orgs(round, by=city))


@pytest.fixture
def village(opened, cast):
    """Read the record of one code as its township does: `village()` or `village(code)`."""

    def read(code: str = VILLAGE, key: str = "town") -> Org:
        with scoped(getattr(cast, key)) as scope:
            rows = Org.objects.visible_to(scope).filter(round=opened.round)
            return rows.select_related("area", "round").get(area__code=code)

    return read
