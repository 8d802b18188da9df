"""Reminders before and at the due time, in one text, and never twice."""

import datetime as dt

import pytest
from django.db import IntegrityError, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts import deadlines
from accounts.actions.notices import Telling, tell
from accounts.choices import Role
from accounts.deadlines import Kind
from accounts.models import Notice
from accounts.notice_tasks import lead_of, remind_all, telling_of
from accounts.scope import scoped, system_scoped
from tests.accounts.jobs.conftest import effects, worker  # noqa: F401

DUE = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)  # 17:00 in China
LEADS = (60, 15)
FILE = Kind("test.file", "日报", "{day}日报", (Role.TOWNSHIP,))
minutes = st.integers(-10_000, 10_000)


@pytest.mark.parametrize(
    ("before", "lead"),
    [(61, None), (60, 60), (59, 60), (16, 60), (15, 15), (1, 15), (0, 0), (-1, 0)],
)
def test_which_reminder_is_due(before, lead):
    assert lead_of(DUE, DUE - dt.timedelta(minutes=before), LEADS) == lead


@given(minutes, st.lists(st.integers(1, 600), max_size=4))
def test_a_lead_is_never_told_before_its_time(before, leads):
    lead = lead_of(DUE, DUE - dt.timedelta(minutes=before), tuple(leads))
    assert (
        lead is None if before > max(leads, default=0) and before > 0 else lead is not None and before <= lead
    )


def test_the_text_is_the_deadlines_own(cast):
    one = FILE.at(cast.areas["990101001"], DUE, "/", day=dt.date(2026, 11, 22))
    assert one.text == "岭下街道 11月22日 星期日日报，11-22 17:00 截止"
    assert one.card().title == "11月22日 星期日日报"
    assert [telling_of(one, DUE - dt.timedelta(minutes=m), LEADS).text for m in (60, 15, 0)] == [
        f"{one.text}，还有 60 分",
        f"{one.text}，还有 15 分",
        f"{one.text}，已到时限",
    ]


@pytest.fixture
def towns(cast, monkeypatch):
    """A clock of two townships."""
    areas = [cast.areas["990101001"], cast.areas["990101102"]]
    monkeypatch.setattr(
        deadlines, "_everyone", [lambda now, first, last: [FILE.at(area, DUE, "/") for area in areas]]
    )


def told() -> list[tuple[int, str]]:
    return sorted(Notice.objects.using("owner").values_list("assignment_id", "kind"))


def test_each_office_hears_each_reminder_once(cast, worker, towns):  # noqa: F811
    both = sorted([cast.town.pk, cast.sibling_town.pk])
    for before, expected in ((61, 0), (60, 2), (59, 0), (15, 2), (14, 0), (0, 2), (-5, 0), (-31, 0)):
        with system_scoped("notices"):
            assert remind_all(DUE - dt.timedelta(minutes=before)) == expected, before
    assert told() == [(pk, kind) for pk in both for kind in ("due", "reminder", "reminder")]


def test_a_worker_that_was_away_tells_only_the_nearest(cast, worker, towns):  # noqa: F811
    with system_scoped("notices"):
        assert remind_all(DUE) == 2
    assert {kind for _, kind in told()} == {"due"}


def test_reminding_takes_one_statement_for_any_number(cast, worker, towns):  # noqa: F811
    with system_scoped("notices"), CaptureQueriesContext(connections["default"]) as seen:
        remind_all(DUE)
    assert len(seen) == 1


def item(area, dedup: str = "a") -> Telling:
    return Telling(area.pk, (Role.TOWNSHIP,), "chase", "催报", dedup)


def test_an_office_tells_its_own_units_and_no_others(committed, cast):
    with scoped(cast.county):
        assert tell([item(cast.areas["990101001"]), item(cast.areas["990102101"])]) == 1
    assert told() == [(cast.town.pk, "chase")]


@pytest.mark.parametrize("person", ["town", "wall", "leader", "admin"])
def test_others_tell_nobody(committed, cast, person):
    from django.db import DatabaseError

    with (
        scoped(getattr(cast, person)),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        tell([item(cast.areas["990101001"])])


def test_the_database_refuses_the_same_thing_twice(committed, cast):
    facts = {"assignment": cast.town, "kind": "chase", "text": "催报", "dedup": "same"}
    Notice.objects.using("owner").create(**facts)
    with pytest.raises(IntegrityError, match="notice_once"):
        Notice.objects.using("owner").create(**facts)
