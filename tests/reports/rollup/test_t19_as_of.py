"""T19: totals as of a moment equal the stored totals of that moment, column by column."""

import datetime
import random
from dataclasses import replace

import pytest
from django.utils import timezone

from accounts.scope import scoped, system_scoped
from reports.actions.rollup import fold
from reports.models import RollupRow
from reports.queries.as_of import Past
from reports.queries.clock import database_now
from reports.queries.flags import Flags
from reports.queries.rollup import MODES, totals_table
from reports.queries.season import Season
from reports.queries.statistical import TREES
from reports.queries.township_sql import TOTALS, keys
from reports.rules.rollup_layouts import layouts
from tests.reports.filed import file_day
from tests.reports.rollup.test_t19_rollup_equals_base import TOWNS, random_day
from tests.reports.rollup.test_two_trees import MOVED, move

COLUMNS = (
    "round_id", "year", "area_id", "level", "unit_path", "date", "source_date", "source_revision_id", "gaps",
    "extras", "ranks", *TOTALS, *keys(),
)  # fmt: skip
TODAY = timezone.localdate()


def facts(row: RollupRow) -> dict:
    found = {column: getattr(row, column) for column in COLUMNS if column != "unit_path"}
    return {**found, "gaps": {key: list(gap) for key, gap in row.gaps.items()}}


def stored(days: list[datetime.date]) -> dict:
    """Every stored row of the round, and the snapshot of what it said."""
    with system_scoped("rollup"):
        rows = list(RollupRow.objects.filter(date__in=days, round__isnull=False))
    return {(row.area_id, row.date): facts(row) for row in rows}


def computed(cast, days: list[datetime.date], moment: datetime.datetime) -> dict:
    """The same rows as of a moment, asked for unit by unit as the screens do."""
    round = cast.rounds["9901"]
    found = {}
    with scoped(cast.people["city"]) as scope:
        past = Past(scope, Season((round,)), moment)
        for code in ("9901", "990101", "990102", *TOWNS):
            for row in past.rows(cast.areas[code], days):
                found[row.area_id, row.date] = facts(row)
    return found


def tables(cast, unit: str, moment: datetime.datetime | None) -> dict:
    """Every table of a unit in every mode and tree, without what is open now and the moment it was made at."""
    season = Season((cast.rounds["9901"],))
    found = {}
    with scoped(cast.people["city"]) as scope:
        past = Past(scope, season, moment) if moment else None
        for code, layout in layouts().items():
            for mode in MODES:
                for tree in TREES:
                    table = totals_table(scope, season, cast.areas[unit], TODAY, layout, mode, tree, past)
                    lines = [
                        replace(line, flags=Flags())
                        for line in (*table.lines, table.total)
                        if line is not None
                    ]
                    found[code, mode, tree] = (lines, table.townships, table.filed)
    return found


def fold_all(cast, until: datetime.date) -> None:
    with system_scoped("rollup") as scope:
        fold(cast.rounds["9901"], by=scope, until=until)


SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 20))]


@pytest.mark.parametrize("seed", SEEDS)
def test_t19_as_of_a_moment_equals_what_was_stored_then(worker_role, cast, seed):
    """Reports filed in any order with gaps and corrections; the totals of each moment are found again at the end."""
    dice = random.Random(seed)
    first = cast.rounds["9901"].reporting_from
    days = [first + datetime.timedelta(days=n) for n in range(6)]
    filings = [(town, day) for town in TOWNS for day in days if dice.random() < 0.6]
    dice.shuffle(filings)
    then = []
    for town, day in filings:
        file_day(cast, town, day, random_day(dice, town, day), late=dice.random() < 0.3)
        if dice.random() < 0.3:
            file_day(cast, town, day, random_day(dice, town, day), number=2)
        if dice.random() < 0.4:
            fold_all(cast, days[-1])
            with system_scoped("rollup"):
                then.append((database_now(), stored(days)))
    fold_all(cast, days[-1])
    with system_scoped("rollup"):
        then.append((database_now(), stored(days)))
    for moment, snapshot in then:
        assert computed(cast, days, moment) == snapshot
    assert len(then) > 1


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 10))])
def test_t19_as_of_now_equals_the_stored_tables_in_every_mode_and_tree(worker_role, cast, seed):
    dice = random.Random(seed)
    move(cast, MOVED, "990102")
    for day in (TODAY - datetime.timedelta(days=n) for n in range(9)):
        for town in TOWNS:
            if dice.random() < 0.7:
                file_day(cast, town, day, random_day(dice, town, day))
    fold_all(cast, TODAY)
    with system_scoped("rollup"):
        now = database_now()
    for unit in ("9901", "990101", "990102", *TOWNS):
        assert tables(cast, unit, now) == tables(cast, unit, None)
