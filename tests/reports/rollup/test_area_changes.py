"""T19 with a tree that changes: each day's totals are the sums of the units that stood there that day."""

import datetime
from collections import defaultdict

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Area
from accounts.queries.tree_check import broken
from accounts.queries.trees import tree_on
from accounts.scope import scoped, system_scoped
from reports.actions.rollup import fold
from reports.models import DailyFigure, DailyRevision, RollupRow
from reports.queries.clock import database_now
from reports.queries.completeness import completeness
from reports.queries.drift import drift_of
from reports.queries.rollup import totals_table
from reports.queries.season import Season
from reports.rules.rollup_layouts import layouts
from tests.accounts.areas.conftest import change as change
from tests.cast import village_codes
from tests.reports.filed import file_day
from tests.snapshot import Snapshot

TODAY = timezone.localdate()
DAY = datetime.timedelta(days=1)
TOWN = "990101102"


def visits(town: str, number: int) -> dict:
    return {
        code: {"due": 1, "orgs": 1, "visits": number, "objections": number}
        for code, _, _ in village_codes(town)
    }


def folded(cast) -> None:
    with system_scoped("rollup") as scope:
        fold(cast.rounds["9901"], by=scope, until=TODAY)


def row(code: str, day: datetime.date) -> RollupRow | None:
    return RollupRow.objects.using("owner").filter(area__code=code, date=day, round__isnull=False).first()


def unsummed() -> list[str]:
    """Units and days whose stored row is not the sum of the rows of its children that day."""
    wrong = []
    with system_scoped("areas"):
        for day in sorted({r.date for r in RollupRow.objects.all()}):
            below = defaultdict(list)
            rows = {r.area_id: r for r in RollupRow.objects.filter(date=day, round__isnull=False)}
            for unit in tree_on(day):
                if unit.level == 5 or unit.id not in rows:
                    continue
                below[unit.parent_id].append(rows[unit.id])
            for parent, children in below.items():
                if parent not in rows:
                    continue
                for key in ("townships", "filed", "visits", "objections", "orgs"):
                    added = sum(getattr(child, key) or 0 for child in children)
                    if added != (getattr(rows[parent], key) or 0):
                        wrong.append(f"{rows[parent].area} {day} {key}")
    return wrong


def test_a_moved_township_counts_where_it_stood_each_day(change, cast):
    for day in (TODAY - DAY, TODAY):
        for town, number in (("990101001", 1), (TOWN, 10), ("990102101", 100)):
            file_day(cast, town, day, visits(town, number))
    folded(cast)
    digests = list(
        DailyRevision.objects.using("owner").order_by("pk").values_list("digest", "mac", "area", "date")
    )
    done = change("move", units=[TOWN], parent="990102")
    assert [row(code, TODAY - DAY).visits for code in ("990101", "990102", "9901")] == [33, 300, 333]
    assert [row(code, TODAY).visits for code in ("990101", "990102", "9901")] == [3, 330, 333]
    assert [row(code, TODAY).townships for code in ("990101", "990102", "9901")] == [1, 2, 3]
    assert unsummed() == []
    after = list(
        DailyRevision.objects.using("owner").order_by("pk").values_list("digest", "mac", "area", "date")
    )
    assert after == digests
    assert done.outcome["rows"]["reports_dailyfigure"] == 6
    with system_scoped("rollup"):
        assert drift_of(cast.rounds["9901"], TODAY) == []


def test_the_former_county_reads_the_total_and_not_the_rows(change, cast):
    for town in ("990101001", TOWN):
        file_day(cast, town, TODAY - DAY, visits(town, 5))
    folded(cast)
    change("move", units=[TOWN], parent="990102")
    layout = next(iter(layouts([]).values()))
    with scoped(cast.county) as scope:
        season = Season((cast.rounds["9901"],))
        table = totals_table(scope, season, cast.areas["990101"], TODAY - DAY, layout)
        assert table.townships == 2
        assert row("990101", TODAY - DAY).visits == 30
        assert [line.code for line in table.lines] == ["990101001"]
        assert not DailyFigure.objects.filter(area__code__startswith=TOWN).exists()
    with scoped(cast.other_county) as scope:
        table = totals_table(scope, season, Area.objects.get(code="990102"), TODAY - DAY, layout)
        assert TOWN not in [line.code for line in table.lines]  # it stood elsewhere that day
        assert DailyFigure.objects.filter(area__code__startswith=TOWN).count() == 3


def test_a_moved_village_counts_once_before_and_after_its_first_report_here(change, cast):
    for town, number in ((TOWN, 10), ("990101001", 1)):
        file_day(cast, town, TODAY - DAY, visits(town, number))
    change("move", units=[f"{TOWN}201"], parent="990101001")
    folded(cast)
    assert [row(code, TODAY).objections for code in (TOWN, "990101001", "990101")] == [30, 3, 33]
    file_day(cast, "990101001", TODAY, {**visits("990101001", 1), f"{TOWN}201": {"orgs": 1, "objections": 7}})
    folded(cast)
    assert [row(code, TODAY).objections for code in (TOWN, "990101001", "990101")] == [20, 10, 30]
    assert [row(code, TODAY - DAY).objections for code in (TOWN, "990101001", "990101")] == [30, 3, 33]
    assert unsummed() == []
    with system_scoped("rollup"):
        assert drift_of(cast.rounds["9901"], TODAY) == []


def test_denominators_are_the_units_open_that_day(change, cast):
    file_day(cast, TOWN, TODAY - DAY, visits(TOWN, 1))
    folded(cast)
    change("merge", units=["990101001", TOWN], code="990101103", name="坡下镇", unit_kind="town")
    assert [row("990101", day).townships for day in (TODAY - DAY, TODAY)] == [2, 1]
    assert row(TOWN, TODAY) is None
    assert row("990101103", TODAY - DAY) is None
    with scoped(cast.city) as scope:
        grid = completeness(
            scope, cast.rounds["9901"], cast.areas["9901"], [TODAY - DAY, TODAY], database_now()
        )
        asked = {
            line.area.code: [sum(c.states.values()) - c.states.get("off", 0) for c in line.cells]
            for line in grid.lines
        }
    assert (asked["990101001"], asked[TOWN], asked["990101103"]) == ([1, 0], [1, 0], [0, 1])
    assert asked["990101"] == [2, 1]
    assert unsummed() == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["move", "move_village", "merge", "split", "rename"]),
        st.integers(0, 9),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=4,
)


def one_step(change, n: int, kind: str, pick: int, ago: int) -> None:
    """A change of the third part of the tree that `pick` names; what the rules refuse does not happen."""
    from accounts.errors import Refusal

    day = TODAY - ago * DAY
    towns = list(
        Area.objects.using("owner")
        .filter(level=4, valid_to=None, path__startswith="99/9901/")
        .order_by("code")
    )
    town = towns[pick % len(towns)]
    villages = list(Area.objects.using("owner").filter(parent=town, valid_to=None).order_by("code"))
    other = towns[(pick + 1) % len(towns)]
    plan = {
        "move": {"units": [town.code], "parent": "990102" if town.path.startswith("99/9901/990101/") else "990101"},
        "move_village": {"units": [v.code for v in villages[:1]], "parent": other.code},
        "merge": {"units": [town.code, other.code], "code": other.code},
        "split": {"units": [town.code], "code": f"99010190{n}", "name": f"新{n}镇", "unit_kind": "town",
                  "children": [v.code for v in villages[:1]]},
        "rename": {"units": [town.code], "name": f"改{n}镇"},
    }[kind]  # fmt: skip
    try:
        change(kind.split("_")[0], day=day, **plan)
    except Refusal:
        return


@pytest.fixture
def filed(change, cast) -> Snapshot:
    """Three townships have filed and are summed up: the state that each sequence begins with."""
    for town in ("990101001", TOWN, "990102101"):
        file_day(cast, town, TODAY - 4 * DAY, visits(town, 3))
    folded(cast)
    return Snapshot.take()


@given(STEPS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_leaves_the_tree_and_the_sums_whole(change, cast, filed, steps):
    check_sequence(change, cast, filed, steps)


@pytest.mark.long
@given(STEPS)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_leaves_the_tree_and_the_sums_whole_long(change, cast, filed, steps):
    check_sequence(change, cast, filed, steps)


def check_sequence(change, cast, filed, steps) -> None:
    filed.restore()
    digests = list(DailyRevision.objects.using("owner").order_by("pk").values_list("digest", "mac"))
    for n, step in enumerate(steps):
        one_step(change, n, *step)
    folded(cast)
    with system_scoped("areas"):
        assert broken(TODAY - 5 * DAY, TODAY) == []
        everywhere = {day: [u.code for u in tree_on(day, "99/9901/") if u.level == 5]
                      for day in (TODAY - 4 * DAY, TODAY)}  # fmt: skip
    assert all(len(codes) == len(set(codes)) == 9 for codes in everywhere.values())
    assert sorted(everywhere[TODAY]) == sorted(everywhere[TODAY - 4 * DAY])  # no village lost
    assert unsummed() == []
    assert list(DailyRevision.objects.using("owner").order_by("pk").values_list("digest", "mac")) == digests
