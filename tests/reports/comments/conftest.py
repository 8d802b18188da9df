"""A county whose day is in the roll-up and whose comments are drafted."""

from __future__ import annotations

import datetime

import pytest

from accounts.scope import scoped, system_scoped
from reports.actions.comment_drafting import open_comments, senders_without_round
from reports.actions.rollup import fold
from reports.models import Comment
from reports.queries.clock import database_now
from reports.rules.comment_measures import STEPS
from reports.rules.days import local_day
from tests.cast import village_codes
from tests.reports.filed import file_day

TOWN = "990101001"
CUT_OFF = datetime.time(17)


class Drafted:
    """Short words for what the tests do with the comments of yesterday."""

    def __init__(self, cast) -> None:
        self.cast, self.round = cast, cast.rounds["9901"]
        self.day = local_day(database_now()) - datetime.timedelta(days=1)

    def file(self, town: str = TOWN, back: int = 0, *, late: bool = False, number: int = 1, **values) -> None:
        day = self.day - datetime.timedelta(days=back)
        done = dict.fromkeys(
            STEPS, day - datetime.timedelta(days=9)
        )  # nothing to say but about the report itself
        figures = {code: {"due": 1, **done, **values} for code, _, _ in village_codes(town)}
        file_day(self.cast, town, day, figures, late=late, number=number)

    def fold(self) -> None:
        with system_scoped("rollup") as by:
            fold(self.round, by=by, until=self.day)

    def open(self, level: int) -> int:
        with system_scoped("comments") as by:
            senders = senders_without_round(self.round, level, self.day)
            return open_comments(self.round, senders, self.day, CUT_OFF, by=by, now=database_now())

    def to(self, code: str) -> Comment:
        """The comment to a unit."""
        rows = Comment.objects.using("owner").select_related("area", "recipient")
        return rows.get(recipient__code=code)

    def seen_by(self, key: str) -> list[int]:
        with scoped(getattr(self.cast, key)) as by:
            return list(Comment.objects.visible_to(by).order_by("pk").values_list("pk", flat=True))


@pytest.fixture
def drafted(worker_role, cast) -> Drafted:
    """岭下街道 was late, 上坡镇 missing: the county has a draft to each, the city one to each county."""
    made = Drafted(cast)
    made.file(back=1)
    made.file(late=True)
    made.fold()
    assert made.open(3) == 3
    assert made.open(2) == 2
    return made
