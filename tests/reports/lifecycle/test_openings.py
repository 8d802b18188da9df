"""退回, 重开, 收回 and their end, at the township's day."""

import datetime

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connections

from accounts.errors import Refusal, codes
from accounts.scope import scoped, system_scoped
from reports.actions.lifecycle import end_openings, return_day
from reports.models import DailyDraft, DailyFigure, DailyRevision, DailySheet, SheetOpening
from reports.queries.clock import database_now
from reports.queries.day import day_of
from reports.queries.settings import in_force_for
from reports.rules.openings import read_end, require_end
from reports.rules.timing import SHANGHAI
from tests.helpers import as_owner
from tests.reports.daily.conftest import FIRST
from tests.reports.lifecycle.conftest import HOUR, end_now, insert_as, owned


@pytest.fixture
def town(stage):
    """岭下街道 has filed yesterday."""
    stage.town.type(FIRST, "visits", "18")
    stage.town.fill()
    stage.town.file()
    return stage.town


def refused(call) -> tuple[list[str], int]:
    with pytest.raises(Refusal) as refusal:
        call()
    return codes(refusal.value), refusal.value.status


def test_a_returned_day_is_corrected_in_the_same_sheet_and_names_who_returned_it(town):
    opening = town.send_back()
    assert (town.state, opening.number, opening.ends_at) == ("returned", 1, None)
    town.type(FIRST, "visits", "20", base=1)
    revision = town.file()
    assert (town.state, town.sheet.opening, town.revisions()) == ("filed", None, [1, 2])
    assert (revision.opening_id, revision.request, revision.reason) == (
        opening.pk,
        None,
        "走访户次与台账不符",
    )
    assert (revision.consented_by_id, revision.consented_by_name) == (town.cast.county.pk, "测试county")
    assert revision.changes == [{"village": FIRST, "key": "visits", "from": 18, "to": 20}]
    figures = owned(DailyFigure).filter(area__code=FIRST).order_by("revision__number")
    assert [row.visits for row in figures] == [18, 20]


def test_the_filed_figures_stand_while_the_day_is_returned(town):
    town.send_back()
    town.type(FIRST, "visits", "20", base=1)
    assert owned(DailyFigure).get(area__code=FIRST).visits == 18


def test_a_reopened_day_is_open_until_its_end_and_then_falls_back(town, worker_role):
    town.reopen()
    assert town.state == "reopened"
    town.type(FIRST, "visits", "20", base=1)
    end_now(town.sheet)
    assert refused(lambda: town.type(FIRST, "visits", "21", base=2)) == (["day_is_filed"], 409)
    assert refused(town.file) == (["reopening_ended"], 409)
    assert (town.state, town.revisions()) == ("reopened", [1])
    before = town.version
    assert run_timer() == 1
    assert (town.state, town.sheet.opening, town.sheet.open_until) == ("filed", None, None)
    assert (town.version, run_timer()) == (before + 1, 0)


def run_timer() -> int:
    with system_scoped("lifecycle") as by:
        return end_openings(by=by)


def test_what_has_run_out_may_be_opened_again_before_the_timer_has_come(town):
    town.reopen()
    end_now(town.sheet)
    before = town.version
    with scoped(town.cast.county) as by:
        return_day(*town.where, version=before + 1, reason="再核一次", by=by)
    assert (town.state, town.version) == ("returned", before + 2)


def test_the_county_takes_back_what_it_opened_and_the_draft_stays(town):
    town.send_back()
    town.type(FIRST, "visits", "20", base=1)
    town.recall()
    assert (town.state, town.revisions()) == ("filed", [1])
    town.send_back("再核")
    assert [(c["village"], c["to"]) for c in town.file().changes] == [(FIRST, 20)]


def test_a_consent_taken_back_is_asked_and_given_again(town):
    town.ask("甲")
    town.answer(consent=True)
    town.recall()
    town.ask("乙")
    town.answer(consent=True)
    assert (town.file().reason, town.revisions()) == ("乙", [1, 2])


@pytest.mark.parametrize("person", ["city", "town", "sibling_town", "leader", "reviewer"])
def test_nobody_but_the_county_office_opens_a_townships_day(town, person):
    for act in (town.send_back, town.reopen, town.recall):
        with pytest.raises(PermissionDenied):
            act(by=person)
    assert town.state == "filed"


def test_another_county_does_not_open_it(town):
    for act in (town.send_back, town.reopen):
        with pytest.raises(PermissionDenied):
            act(by="other_county")
    assert owned(SheetOpening).count() == 0


@pytest.mark.parametrize("person", ["city", "town", "other_county"])
def test_the_database_lets_only_the_county_above_write_an_opening(town, person):
    opening = SheetOpening(
        round_id=town.round.pk, area_id=town.township.pk, date=town.date, kind="returned", number=1,
        reason="越级", opened_by=getattr(town.cast, person), opened_by_name="x", opened_by_office="x",
        author_id=town.cast.sibling_town.pk,
    )  # fmt: skip
    with pytest.raises(DatabaseError):
        insert_as(getattr(town.cast, person), "daily.returned", opening)


def test_an_opener_is_never_the_author(town):
    opening = SheetOpening(
        round_id=town.round.pk, area_id=town.township.pk, date=town.date, kind="returned", number=1,
        reason="自己退自己", opened_by=town.cast.county, opened_by_name="x", opened_by_office="x",
        author_id=town.cast.county.pk,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="sheet_opening_opener_is_second_person"):
        insert_as(town.cast.county, "daily.returned", opening)


def test_a_day_that_is_not_filed_is_not_returned(stage):
    assert refused(lambda: stage.town.send_back()) == (["day_not_filed"], 409)
    stage.town.type(FIRST, "visits", "1")
    assert refused(lambda: stage.town.send_back()) == (["move_not_allowed"], 409)


def test_a_reason_is_asked_for_and_holds_no_number_of_a_person(town):
    assert refused(lambda: town.send_back("  ")) == (["reason_required"], 400)
    assert refused(lambda: town.send_back("问 13800138000")) == (["personal_number_refused"], 400)
    assert refused(lambda: town.send_back("长" * 201)) == (["reason_too_long"], 400)


def test_the_officer_decides_about_the_revision_on_the_screen(town):
    seen = town.version
    town.ask()
    town.answer(consent=True)
    town.file()
    assert refused(lambda: town.send_back(version=seen)) == (["sheet_moved_on"], 409)


NOW = datetime.datetime(2026, 12, 18, 9, tzinfo=SHANGHAI)
TICK = datetime.timedelta(microseconds=1)
WEEK = datetime.timedelta(days=7)


@pytest.mark.parametrize(
    ("ends_at", "latest", "code"),
    [
        (None, None, "end_required"),
        (NOW, None, "end_required"),
        (NOW + TICK, None, ""),
        (NOW + WEEK, None, ""),
        (NOW + WEEK + TICK, None, "end_too_late"),
        (NOW + HOUR, NOW + HOUR, ""),
        (NOW + HOUR + TICK, NOW + HOUR, "end_after_county"),
    ],
)
def test_the_end_of_a_reopening(ends_at, latest, code):
    if not code:
        assert require_end(ends_at, NOW, latest) == ends_at
        return
    with pytest.raises(Refusal) as refusal:
        require_end(ends_at, NOW, latest)
    assert codes(refusal.value) == [code]


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-18T09:00", NOW),
        (" 2026-12-18 09:00 ", NOW),
        ("2026-12-18T01:00+00:00", NOW),
        ("明天", None),
        ("", None),
        ("0001-01-01T00:00+23:00", None),
    ],
)
def test_a_typed_moment_is_of_shanghai(text, moment):
    assert read_end(text) == moment


def test_the_database_judges_the_end_not_the_application(town):
    town.reopen()
    end_now(town.sheet)
    with time_machine.travel(database_now() - datetime.timedelta(hours=3), tick=True):
        assert refused(town.file) == (["reopening_ended"], 409)
    assert owned(DailyRevision).count() == 1


def test_each_move_is_in_the_audit_with_its_reason(town):
    town.send_back("甲")
    town.recall(reason="乙")
    town.reopen(reason="丙")
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT type, reason FROM accounts_auditact WHERE type IN "
            "('daily.returned', 'daily.recalled', 'daily.reopened') ORDER BY id DESC LIMIT 3"
        )
        assert cursor.fetchall() == [
            ("daily.reopened", "丙"),
            ("daily.recalled", "乙"),
            ("daily.returned", "甲"),
        ]


def test_the_sheet_and_its_opening_belong_together_by_constraint(town):
    for change in ({"state": "returned"}, {"state": "reopened"}, {"open_until": database_now()}):
        with pytest.raises(DatabaseError, match="sheet_"), as_owner():
            owned(DailySheet).filter(area=town.township).update(**change)


def test_a_correction_starts_from_the_filed_figures_where_no_draft_is_kept(town):
    with as_owner():
        owned(DailyDraft).all().delete()
    town.send_back()
    with scoped(town.cast.town) as by:
        shown = day_of(in_force_for(by.area), by.area, town.date, own=True).rows
    assert [row.values["visits"] for row in shown if row.code == FIRST] == [18]
    town.type(FIRST, "talks", "3", base=0)
    assert [(c["village"], c["key"], c["to"]) for c in town.file().changes] == [(FIRST, "talks", 3)]
    assert owned(DailyFigure).get(area__code=FIRST, revision__number=2).visits == 18
