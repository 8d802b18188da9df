"""The course of a comment: the whole table, and the clocks."""

import datetime
import itertools
import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.choices import Level
from accounts.errors import Refusal
from accounts.models import Area
from reports.choices_comments import CommentMove, CommentState, Side
from reports.rules.comments import TRANSITIONS, answering_office, is_overdue, moves, next_state, side_of

NOW = datetime.datetime(2026, 11, 20, 10, 0, tzinfo=datetime.UTC)
EXPECTED = {
    ("draft", "edit"): "draft",
    ("draft", "skip"): "skipped",
    ("skipped", "restore"): "draft",
    ("draft", "send"): "sent",
    ("sent", "acknowledge"): "acknowledged",
    ("sent", "reply"): "replied",
    ("acknowledged", "reply"): "replied",
    ("asked_again", "reply"): "replied",
    ("replied", "ask_again"): "asked_again",
    ("replied", "close"): "closed",
    ("acknowledged", "close"): "closed",
}


@pytest.mark.parametrize(("state", "move"), [*itertools.product(CommentState.values, CommentMove.values)])
def test_every_pair_of_state_and_move(state, move):
    if (state, move) in EXPECTED:
        assert next_state(state, move) == EXPECTED[state, move]
    else:
        with pytest.raises(Refusal) as refused:
            next_state(state, move)
        assert (refused.value.code, refused.value.status) == ("comment_move_impossible", 409)


def test_a_move_belongs_to_one_side():
    sides = {
        move: {side for (_, name), (side, _) in TRANSITIONS.items() if name == move} for move in CommentMove
    }
    assert {move: len(found) for move, found in sides.items()} == dict.fromkeys(CommentMove, 1)
    assert {move.value for move in CommentMove if side_of(move) is Side.RECIPIENT} == {"acknowledge", "reply"}


def test_moves_of_a_side():
    assert moves("replied", Side.SENDER) == ["ask_again", "close"]
    assert moves("sent", Side.RECIPIENT) == ["acknowledge", "reply"]
    assert moves("closed", Side.SENDER) == []


@pytest.mark.parametrize(
    ("state", "minutes", "overdue"),
    [
        ("sent", 0, False),
        ("sent", 1, True),
        ("asked_again", 1, True),
        ("replied", 99, False),
        ("closed", 99, False),
    ],
)
def test_overdue_begins_after_the_due_moment(state, minutes, overdue):
    assert is_overdue(state, NOW - datetime.timedelta(minutes=minutes), NOW) is overdue


@pytest.mark.parametrize(("level", "office"), [(Level.COUNTY, 7), (Level.TOWNSHIP, 7), (Level.VILLAGE, 3)])
def test_a_township_answers_for_its_villages(level, office):
    assert answering_office(Area(pk=7, parent_id=3, level=level)) == office


def test_the_page_draws_the_same_table():
    page = (Path(settings.BASE_DIR) / "docs/comments.md").read_text()
    drawn = re.findall(r"^    (\w+) --> (\w+): (\w+)", page, flags=re.M)
    assert {(state, move): following for state, following, move in drawn} == EXPECTED
