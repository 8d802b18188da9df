"""县级上报: what is confirmed, what is missing, what is locked, what the city opens again."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError

from accounts.errors import Refusal, codes
from accounts.scope import system_scoped
from reports.actions.lifecycle import end_openings
from reports.models import CountyDay, CountyForward, CountyOpening, DailySheet
from reports.queries.clock import database_now
from reports.queries.county_day import forward_number, is_intact
from reports.rules.forwarding import digest
from tests.helpers import as_owner
from tests.reports.daily.conftest import FIRST
from tests.reports.lifecycle.conftest import (
    COUNTY,
    HOUR,
    SIBLING,
    TOWN,
    end_now,
    insert_as,
    owned,
    set_cut_off,
)


def refused(call) -> tuple[list[str], int]:
    with pytest.raises(Refusal) as refusal:
        call()
    return codes(refusal.value), refusal.value.status


def test_a_full_county_is_forwarded_with_every_revision_named(stage):
    stage.file_both()
    forward = stage.forward()
    revisions = {line["code"]: line for line in forward.lines}
    assert (list(revisions), forward.missing, forward.townships) == ([TOWN, SIBLING], [], 2)
    assert (revisions[TOWN]["number"], revisions[TOWN]["zero"], revisions[TOWN]["late"]) == (1, True, True)
    assert (forward.number, forward.late, forward.reason) == (1, True, "")
    assert forward.digest == digest(COUNTY, stage.date, 1, forward.lines, [])
    assert (forward_number(forward), is_intact(forward)) == (f"SB-{COUNTY}-{stage.date:%Y%m%d}-01", True)
    assert (stage.day.state, stage.day.version, stage.day.forwards) == ("forwarded", 2, 1)
    assert [owned(DailySheet).get(area__code=code).confirmed for code in (TOWN, SIBLING)] == [1, 1]


def test_the_same_version_forwarded_again_gives_the_same_forwarding(stage):
    stage.file_both()
    first, second = stage.forward(version=1), stage.forward(version=1)
    assert (first.pk, len(stage.forwards())) == (second.pk, 1)


def test_a_missing_township_is_named_with_a_reason(stage):
    stage.town.fill()
    stage.town.file()
    assert refused(stage.forward) == (["reason_required"], 400)
    assert refused(lambda: stage.forward(reasons={SIBLING: " "})) == (["reason_required"], 400)
    assert refused(lambda: stage.forward(reasons={SIBLING: "长" * 101})) == (["reason_too_long"], 400)
    assert refused(lambda: stage.forward(reasons={SIBLING: "找 13800138000"})) == (
        ["personal_number_refused"],
        400,
    )
    forward = stage.forward(reasons={SIBLING: "台风停电，报表员未到岗"})
    assert forward.missing == [{"code": SIBLING, "name": "上坡镇", "reason": "台风停电，报表员未到岗"}]
    assert [line["code"] for line in forward.lines] == [TOWN]


def test_nothing_is_forwarded_when_nobody_has_filed(stage):
    assert refused(lambda: stage.forward(reasons={TOWN: "停电", SIBLING: "停电"})) == (["nothing_filed"], 409)


@pytest.mark.parametrize(("cut_off", "code"), [(datetime.time(23, 59), "before_cut_off"), (None, "")])
def test_before_the_townships_cut_off_nobody_is_missing(cast, stage, cut_off, code):
    day = type(stage)(cast, stage.date + datetime.timedelta(days=1)) if cut_off else stage
    if cut_off:
        set_cut_off(cast, 4, cut_off)
    day.town.fill()
    day.town.file()
    if code:
        assert refused(lambda: day.forward(reasons={SIBLING: "停电"})) == ([code], 409)
    else:
        assert day.forward(reasons={SIBLING: "停电"}).number == 1


def test_a_day_to_come_is_not_forwarded(cast, stage):
    tomorrow = type(stage)(cast, stage.date + datetime.timedelta(days=2))
    assert refused(tomorrow.forward) == (["day_not_come"], 400)


def test_a_forwarded_day_is_locked_below(stage):
    stage.file_both()
    stage.forward()
    assert refused(stage.town.send_back) == (["day_is_forwarded"], 409)
    assert refused(stage.town.reopen) == (["day_is_forwarded"], 409)
    stage.town.ask()
    assert refused(lambda: stage.town.answer(consent=True)) == (["day_is_forwarded"], 409)
    stage.town.answer(consent=False)
    assert stage.town.state == "filed"


@pytest.mark.parametrize("opened", ["send_back", "reopen"])
def test_the_city_opens_it_and_the_county_forwards_it_again(stage, opened):
    stage.file_both()
    stage.forward()
    opening = getattr(stage, opened)()
    stage.town.ask()
    stage.town.answer(consent=True)
    assert refused(stage.forward) == (["townships_still_open"], 409)
    stage.town.type(FIRST, "visits", "20", base=1)
    stage.town.file()
    again = stage.forward()
    assert (again.number, again.opening_id, again.opened_by_id) == (2, opening.pk, stage.cast.city.pk)
    assert again.reason == opening.reason
    assert [(line["code"], line["number"]) for line in again.lines] == [(TOWN, 2), (SIBLING, 1)]
    assert (stage.day.state, stage.day.opening, stage.day.open_until) == ("forwarded", None, None)
    assert stage.forwards()[0].lines[0]["number"] == 1


def test_a_reopened_county_day_falls_back_with_what_was_opened_below(stage, worker_role):
    stage.file_both()
    stage.forward()
    opening = stage.reopen()
    stage.town.send_back()
    assert stage.town.sheet.open_until == opening.ends_at
    assert refused(lambda: stage.sibling.reopen(database_now() + 3 * HOUR)) == (["end_after_county"], 400)
    stage.sibling.reopen(database_now() + HOUR)
    for row in (stage.day, stage.town.sheet, stage.sibling.sheet):
        end_now(row)
    assert refused(stage.town.file) == (["reopening_ended"], 409)
    assert refused(stage.forward) == (["county_day_moved_on"], 409)
    with system_scoped("lifecycle") as by:
        assert end_openings(by=by) == 3
    assert (stage.day.state, stage.town.state, stage.sibling.state) == ("forwarded", "filed", "filed")
    assert len(stage.forwards()) == 1


def test_a_township_that_files_after_the_forwarding_is_forwarded_as_a_supplement(stage):
    stage.town.fill()
    stage.town.file()
    stage.forward(reasons={SIBLING: "停电"})
    assert refused(stage.forward) == (["move_not_allowed"], 409)
    stage.sibling.fill()
    stage.sibling.file()
    supplement = stage.forward()
    assert (supplement.number, supplement.reason, supplement.missing) == (2, "补报 1 个乡镇", [])
    assert stage.sibling.sheet.confirmed == 1


def test_a_correction_filed_before_a_reopening_ran_out_is_forwarded_as_a_supplement(stage):
    """Found by T16: the county's last forwarding stands again, but its township has a newer report by then."""
    stage.file_both()
    stage.forward()
    stage.reopen()
    stage.town.send_back()
    stage.town.file()
    end_now(stage.day)
    assert (stage.town.sheet.revisions, stage.town.sheet.confirmed) == (2, 1)
    supplement = stage.forward(version=stage.day.version + 1)  # the end of the opening is a move
    assert (supplement.number, supplement.reason) == (2, "补报 1 个乡镇")
    assert stage.town.sheet.confirmed == 2
    assert refused(stage.forward) == (["move_not_allowed"], 409)


def test_what_is_being_corrected_holds_the_forwarding_back_until_taken_back(stage):
    stage.file_both()
    stage.town.send_back()
    with pytest.raises(Refusal) as refusal:
        stage.forward()
    assert refusal.value.messages == ["岭下街道（退回）还没有改完；等其上报，或收回后再上报"]
    stage.town.recall()
    assert stage.forward().number == 1


def test_what_has_run_out_does_not_hold_it_back(stage):
    stage.file_both()
    stage.town.reopen()
    end_now(stage.town.sheet)
    assert stage.forward().number == 1
    assert (stage.town.state, stage.town.sheet.open_until) == ("filed", None)


@pytest.mark.parametrize("person", ["city", "town", "other_county", "leader", "reviewer"])
def test_only_the_county_itself_forwards(stage, person):
    stage.file_both()
    with pytest.raises(PermissionDenied):
        stage.forward(by=person)


@pytest.mark.parametrize("person", ["county", "town", "other_city", "other_county"])
def test_only_the_city_above_opens_a_county_day(stage, person):
    stage.file_both()
    stage.forward()
    for act in (stage.send_back, stage.reopen):
        with pytest.raises(PermissionDenied):
            act(by=person)
    assert stage.day.state == "forwarded"


def test_the_city_decides_about_the_forwarding_on_the_screen(stage):
    stage.file_both()
    stage.forward()
    assert refused(lambda: stage.send_back(version=9)) == (["county_day_moved_on"], 409)
    assert refused(lambda: stage.send_back("")) == (["reason_required"], 400)


def test_a_day_nobody_forwarded_is_not_returned(stage):
    assert refused(stage.send_back) == (["day_not_forwarded"], 409)


def test_the_database_keeps_the_opener_apart_from_the_author(stage):
    stage.file_both()
    forward = stage.forward()
    stage.send_back()
    opening = owned(CountyOpening).get()
    copy = CountyForward(
        round_id=forward.round_id, area_id=forward.area_id, date=forward.date, number=2, day_version=9,
        forwarded_by=stage.cast.county, forwarded_by_name="x", forwarded_by_office="x", due_at=forward.due_at,
        reason="x", opening=opening, opened_by=stage.cast.county, townships=2, digest="0" * 64,
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="forward_opener_is_second_person"):
        insert_as(stage.cast.county, "county.forwarded", copy)


@pytest.mark.parametrize("person", ["county", "town", "other_city"])
def test_the_database_lets_only_the_city_above_write_an_opening(stage, person):
    opening = CountyOpening(
        round_id=stage.round.pk, area_id=stage.county.pk, date=stage.date, kind="returned", number=1, reason="越级",
        opened_by=getattr(stage.cast, person), opened_by_name="x", opened_by_office="x",
        author_id=stage.cast.sibling_town.pk,
    )  # fmt: skip
    with pytest.raises(DatabaseError):
        insert_as(getattr(stage.cast, person), "county.returned", opening)


def test_a_personal_number_is_refused_in_a_reason_even_by_the_database(stage):
    stage.file_both()
    forward = stage.forward()
    copy = CountyForward(
        round_id=forward.round_id, area_id=forward.area_id, date=forward.date, number=2, day_version=9,
        forwarded_by=stage.cast.county, forwarded_by_name="x", forwarded_by_office="x", due_at=forward.due_at,
        reason="x", townships=2, digest="0" * 64, missing=[{"code": TOWN, "reason": "电话 13800138000"}],
    )  # fmt: skip
    with pytest.raises(DatabaseError, match="forward_missing_no_personal_number"):
        insert_as(stage.cast.county, "county.forwarded", copy)


def test_an_altered_forwarding_is_noticed(stage):
    stage.file_both()
    stage.forward()
    forward = owned(CountyForward).select_related("area").get()
    assert is_intact(forward)
    forward.lines[0]["number"] = 2
    assert not is_intact(forward)


def test_a_county_day_and_its_opening_belong_together_by_constraint(stage):
    stage.file_both()
    stage.forward()
    for change in (
        {"state": "returned"},
        {"state": "reopened"},
        {"open_until": database_now()},
        {"state": "open"},
    ):
        with pytest.raises(DatabaseError, match="county_day_"), as_owner():
            owned(CountyDay).update(**change)
