"""Each arrow of the diagram in docs/daily-report.md, and each arrow that is not there."""

from itertools import product

import pytest

from accounts.errors import Refusal, codes
from reports.choices import Move, SheetState
from reports.rules.states import EDITABLE, TRANSITIONS, next_state, require_editable

ARROWS = {
    ("draft", "file"): "filed",
    ("filed", "request_correction"): "correction_requested",
    ("correction_requested", "consent"): "correcting",
    ("correction_requested", "decline"): "filed",
    ("filed", "return"): "returned",
    ("filed", "reopen"): "reopened",
    ("correcting", "file_correction"): "filed",
    ("correcting", "recall"): "filed",
    ("correcting", "end"): "filed",
    ("returned", "file_correction"): "filed",
    ("returned", "recall"): "filed",
    ("returned", "end"): "filed",
    ("reopened", "file_correction"): "filed",
    ("reopened", "recall"): "filed",
    ("reopened", "end"): "filed",
}


def test_the_table_is_the_diagram():
    assert {(a.value, b.value): c.value for (a, b), c in TRANSITIONS.items()} == ARROWS


@pytest.mark.parametrize(("state", "move"), ARROWS)
def test_each_arrow(state, move):
    assert next_state(state, Move(move)) == ARROWS[state, move]


REFUSED = [pair for pair in product(SheetState.values, Move.values) if pair not in ARROWS]


@pytest.mark.parametrize(("state", "move"), REFUSED)
def test_each_refused_arrow(state, move):
    with pytest.raises(Refusal) as refusal:
        next_state(state, Move(move))
    assert (codes(refusal.value), refusal.value.status) == (["move_not_allowed"], 409)


@pytest.mark.parametrize("state", SheetState.values)
def test_only_a_draft_and_an_opened_day_are_typed_into(state):
    if state in EDITABLE:
        require_editable(state)
    else:
        with pytest.raises(Refusal):
            require_editable(state)
