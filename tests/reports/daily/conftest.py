"""A township's day in the cast, ready to be filed."""

from __future__ import annotations

import datetime

import pytest

from accounts.scope import scoped
from reports.actions.drafts import confirm_carried, fill_zeros, save_draft
from reports.actions.filing import file_day
from reports.queries.clock import database_now
from reports.rules.days import local_day
from reports.rules.edits import Edit

TOWN = "990101001"
FIRST, SECOND, COMMUNITY = "990101001201", "990101001202", "990101001001"


class Day:
    """Short words for what the tests do to one day of 岭下街道."""

    def __init__(self, cast, date: datetime.date) -> None:
        self.cast, self.date = cast, date
        self.round, self.township = cast.rounds["9901"], cast.areas[TOWN]

    @property
    def where(self) -> tuple:
        return self.round, self.township, self.date

    def type(self, village: str, key: str, text: str, base: int = 0):
        with scoped(self.cast.town) as by:
            return save_draft(*self.where, [Edit(village, key, text, base)], by=by)

    def fill(self) -> None:
        with scoped(self.cast.town) as by:
            fill_zeros(*self.where, by=by)
            confirm_carried(*self.where, by=by)

    def file(self, version: int = 1):
        with scoped(self.cast.town) as by:
            return file_day(*self.where, version=version, by=by)

    def on(self, date: datetime.date) -> Day:
        return Day(self.cast, date)


@pytest.fixture
def today(committed) -> datetime.date:
    return local_day(database_now())


@pytest.fixture
def day(cast, today) -> Day:
    """Today of 岭下街道, three villages, nothing typed."""
    return Day(cast, today)
