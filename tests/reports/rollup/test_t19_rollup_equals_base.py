"""T19: every stored total equals what independent code adds up from the filed reports."""

import datetime
import random
from collections import defaultdict

import pytest
from django.utils import timezone

from accounts.scope import system_scoped
from reports.actions.rollup import fold, rebuild
from reports.models import DailyFigure, DailyRevision, DirtyMark, RollupRow
from reports.queries.drift import Drift, drift_of
from tests.cast import village_codes
from tests.helpers import as_owner
from tests.reports.filed import file_day

TOWNS = ("990101001", "990101102", "990102101")
FLOWS = ("visits", "talks")
DATES = ("audited_on", "list_published_on")
TODAY = timezone.localdate()


def base_totals(cast, first: datetime.date, last: datetime.date) -> dict:
    """(unit code, day, key) → total, added up village by village in Python from the revisions."""
    revisions = list(DailyRevision.objects.using("owner").order_by("date", "number"))
    figures = defaultdict(list)
    for figure in DailyFigure.objects.using("owner"):
        figures[figure.revision_id].append(figure)
    totals: dict = defaultdict(int)
    for town in TOWNS:
        path = cast.areas[town].path
        day = first
        while day <= last:
            filed = [r for r in revisions if r.area.code == town and r.date <= day]
            newest = max(filed, key=lambda r: (r.date, r.number)) if filed else None
            for unit in [code for code, area in cast.areas.items() if path.startswith(area.path)]:
                totals[unit, day, "townships"] += 1
                totals[unit, day, "filed"] += int(newest is not None and newest.date == day)
                for figure in figures[newest.pk] if newest else []:
                    for key in FLOWS:
                        if newest.date == day:
                            totals[unit, day, key] += getattr(figure, key) or 0
                    for key in DATES:
                        totals[unit, day, key] += int(getattr(figure, key) is not None)
                    totals[unit, day, "objections"] += figure.objections or 0
            day += datetime.timedelta(days=1)
    return totals


def stored_totals() -> dict:
    keys = ("townships", "filed", *FLOWS, *DATES, "objections")
    return {
        (row.area.code, row.date, key): getattr(row, key) or 0
        for row in RollupRow.objects.using("owner").select_related("area")
        for key in keys
    }


def random_day(dice: random.Random, town: str, day: datetime.date) -> dict:
    return {
        code: {
            "due": 1,
            "visits": dice.choice([None, 0, 1, 12]),
            "talks": dice.randint(0, 5),
            "objections": dice.choice([None, 0, 2]),
            "audited_on": dice.choice([None, day]),
            "list_published_on": dice.choice([None, day]),
            "marks": dice.choice([{}, {"visits": "na"}]),
        }
        for code, _, _ in village_codes(town)
    }


SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 20))]


@pytest.mark.parametrize("seed", SEEDS)
def test_t19_rollup_equals_base(worker_role, cast, seed):
    """Reports filed in any order, with gaps and corrections, folded at random moments."""
    dice = random.Random(seed)
    round = cast.rounds["9901"]
    first = round.reporting_from
    days = [first + datetime.timedelta(days=n) for n in range(6)]
    filings = [(town, day) for town in TOWNS for day in days if dice.random() < 0.6]
    dice.shuffle(filings)
    for town, day in filings:
        file_day(cast, town, day, random_day(dice, town, day))
        if dice.random() < 0.3:
            file_day(cast, town, day, random_day(dice, town, day), number=2)
        if dice.random() < 0.4:
            with system_scoped("rollup") as scope:
                fold(round, by=scope, until=days[-1])
    with system_scoped("rollup") as scope:
        fold(round, by=scope, until=days[-1])
    base = base_totals(cast, days[0], days[-1])
    stored = stored_totals()
    assert {key: base.get(key, 0) for key in stored} == stored
    assert {area for area, _, _ in stored} == {"99", "9901", "990101", "990102", *TOWNS}
    incremental = {key: value for key, value in stored.items()}
    with system_scoped("rollup") as scope:
        rebuild(round, by=scope, first=days[0], last=days[-1])
    assert stored_totals() == incremental


def test_t19_the_ten_minute_check_finds_a_changed_total_and_nothing_else(worker_role, cast):
    round = cast.rounds["9901"]
    figures = {code: {"visits": 4, "audited_on": TODAY} for code, _, _ in village_codes(TOWNS[0])}
    file_day(cast, TOWNS[0], TODAY, figures)
    with system_scoped("rollup") as scope:
        assert drift_of(round, TODAY) == []  # no totals yet
        fold(round, by=scope, until=TODAY)
        assert drift_of(round, TODAY) == []
    with as_owner():
        RollupRow.objects.using("owner").filter(area__code="9901", date=TODAY).update(visits=13)
    with system_scoped("rollup"):
        assert drift_of(round, TODAY) == [Drift("visits", 13, 12)]
    file_day(cast, TOWNS[1], TODAY, {code: {"visits": 1} for code, _, _ in village_codes(TOWNS[1])})
    with system_scoped("rollup"):
        assert drift_of(round, TODAY) is None  # something is still to be folded


def test_a_second_fold_changes_nothing(worker_role, cast):
    round = cast.rounds["9901"]
    file_day(cast, TOWNS[0], TODAY, random_day(random.Random(1), TOWNS[0], TODAY))
    with system_scoped("rollup") as scope:
        assert fold(round, by=scope, until=TODAY) > 0
    before = list(RollupRow.objects.using("owner").order_by("pk").values())
    with system_scoped("rollup") as scope:
        assert fold(round, by=scope, until=TODAY) == 0
    assert list(RollupRow.objects.using("owner").order_by("pk").values()) == before
    assert DirtyMark.objects.using("owner").count() == 0


def test_gaps_keep_unfiled_not_applicable_and_unknown_apart(worker_role, cast):
    round = cast.rounds["9901"]
    codes = [code for code, _, _ in village_codes(TOWNS[0])]
    full = {
        key.name: 0 for key in DailyFigure._meta.local_fields if key.get_internal_type() == "IntegerField"
    }
    figures = {code: {**full, "visits": 3} for code in codes}
    figures[codes[0]].update(visits=None, marks={"visits": "na"})
    figures[codes[1]].update(visits=None, marks={"visits": "unknown"}, talks=None)
    file_day(cast, TOWNS[0], TODAY, figures)
    with system_scoped("rollup") as scope:
        fold(round, by=scope, until=TODAY)
    for code in ("990101001", "990101", "9901", "99"):
        row = RollupRow.objects.using("owner").get(area__code=code, date=TODAY)
        assert (row.visits, row.gaps["visits"], row.gaps["talks"]) == (3, [0, 1, 1], [1, 0, 0]), code


def test_a_step_not_reached_is_not_a_gap(worker_role, cast):
    round = cast.rounds["9901"]
    codes = [code for code, _, _ in village_codes(TOWNS[0])]
    figures = {code: {"by_election": None, "voted_on": None} for code in codes}
    figures[codes[0]]["voted_on"] = TODAY
    file_day(cast, TOWNS[0], TODAY, figures)
    with system_scoped("rollup") as scope:
        fold(round, by=scope, until=TODAY)
    row = RollupRow.objects.using("owner").get(area__code="990101", date=TODAY)
    assert row.gaps["by_election"] == [1, 0, 0]


def test_a_township_that_has_not_filed_keeps_its_levels_and_has_no_flows(worker_role, cast):
    round = cast.rounds["9901"]
    yesterday = TODAY - datetime.timedelta(days=1)
    figures = {
        code: {"objections": 2, "visits": 5, "audited_on": yesterday, "due": 1}
        for code, _, _ in village_codes(TOWNS[0])
    }
    file_day(cast, TOWNS[0], yesterday, figures)
    with system_scoped("rollup") as scope:
        fold(round, by=scope, until=TODAY)
    row = RollupRow.objects.using("owner").get(area__code=TOWNS[0], date=TODAY)
    assert (row.filed, row.objections, row.visits, row.audited_on) == (0, 6, None, 3)
    assert row.source_date == yesterday
    never = RollupRow.objects.using("owner").get(area__code=TOWNS[1], date=TODAY)
    assert (never.filed, never.due, never.objections, never.source_date) == (0, 3, None, None)


def test_ranks_follow_the_share_of_the_due_and_ties_share_a_rank(worker_role, cast):
    round = cast.rounds["9901"]
    for town, done in ((TOWNS[0], 3), (TOWNS[1], 1)):
        figures = {
            code: {"due": 1, "audited_on": TODAY if n < done else None}
            for n, (code, _, _) in enumerate(village_codes(town))
        }
        file_day(cast, town, TODAY, figures)
    with system_scoped("rollup") as scope:
        fold(round, by=scope, until=TODAY)
    ranks = {
        row.area.code: (row.ranks["audited_on"], row.ranks["voted_on"])
        for row in RollupRow.objects.using("owner")
        .filter(date=TODAY, level__in=(3, 4))
        .select_related("area")
    }
    assert ranks == {
        "990101001": (1, 1),
        "990101102": (2, 1),
        "990102101": (1, 1),
        "990101": (1, 1),
        "990102": (2, 1),
    }
