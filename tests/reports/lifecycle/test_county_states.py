"""Each arrow of the county's diagram in docs/daily-report.md, and each arrow that is not there."""

import datetime
from itertools import product

import pytest

from accounts.errors import Refusal, codes
from reports.choices import CountyMove, CountyState
from reports.rules.county_states import TRANSITIONS, next_state, require_unlocked, state_at

ARROWS = {
    ("open", "forward"): "forwarded",
    ("forwarded", "supplement"): "forwarded",
    ("forwarded", "return"): "returned",
    ("forwarded", "reopen"): "reopened",
    ("returned", "forward"): "forwarded",
    ("reopened", "forward"): "forwarded",
    ("reopened", "end"): "forwarded",
}
END = datetime.datetime(2026, 12, 18, 17, tzinfo=datetime.UTC)
TICK = datetime.timedelta(microseconds=1)


def test_the_table_is_the_diagram():
    assert {(a.value, b.value): c.value for (a, b), c in TRANSITIONS.items()} == ARROWS


@pytest.mark.parametrize(("state", "move"), ARROWS)
def test_each_arrow(state, move):
    assert next_state(state, CountyMove(move)) == ARROWS[state, move]


REFUSED = [pair for pair in product(CountyState.values, CountyMove.values) if pair not in ARROWS]


@pytest.mark.parametrize(("state", "move"), REFUSED)
def test_each_refused_arrow(state, move):
    with pytest.raises(Refusal) as refusal:
        next_state(state, CountyMove(move))
    assert (codes(refusal.value), refusal.value.status) == (["move_not_allowed"], 409)


@pytest.mark.parametrize("state", CountyState.values)
def test_only_a_forwarded_day_is_locked_below(state):
    if state != CountyState.FORWARDED:
        require_unlocked(state, "东塘区", END.date())
        return
    with pytest.raises(Refusal) as refusal:
        require_unlocked(state, "东塘区", END.date())
    assert (codes(refusal.value), refusal.value.status) == (["day_is_forwarded"], 409)


def test_the_last_moment_of_a_reopening_still_counts():
    found = [state_at("reopened", END, now) for now in (END - TICK, END, END + TICK)]
    assert found == ["reopened", "reopened", "forwarded"]
