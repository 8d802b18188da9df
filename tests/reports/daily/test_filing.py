"""Typing, filing and correcting a day through the actions."""

import datetime
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from accounts.errors import Refusal, codes
from accounts.scope import scoped
from reports.actions.corrections import answer_correction, request_correction
from reports.actions.filing import IssuesRefusal
from reports.models import DailyDraft, DailyFigure, DailyRevision, DailySheet, DirtyMark
from reports.queries.receipts import digest_of
from tests.reports.daily.conftest import COMMUNITY, FIRST, SECOND


def owned(model):
    return model.objects.using("owner")


def test_first_save_opens_the_day_with_a_draft_for_every_village(day):
    outcome = day.type(FIRST, "visits", "18")
    assert [(saved["text"], saved["stamp"]) for saved in outcome.saved] == [("18", 1)]
    assert owned(DailySheet).values_list("state", "version", "revisions").get() == ("draft", 1, 0)
    villages = owned(DailyDraft).values_list("area__code", flat=True)
    assert sorted(villages) == sorted([FIRST, SECOND, COMMUNITY])


def test_filing_freezes_every_village_with_typed_derived_and_marked_figures(day):
    day.type(FIRST, "visits", "18")
    day.type(SECOND, "talks", "不详")
    day.type(COMMUNITY, "committee_formed_on", day.date.strftime("%m-%d"))
    day.fill()
    revision = day.file()
    assert (revision.number, revision.villages, revision.is_zero) == (1, 3, False)
    filed = {row.area.code: row for row in owned(DailyFigure).select_related("area")}
    assert (filed[FIRST].visits, filed[FIRST].voters, filed[FIRST].villages) == (18, 800, 1)
    assert (filed[SECOND].talks, filed[SECOND].marks) == (None, {"talks": "unknown"})
    assert filed[COMMUNITY].committee_formed_on == day.date
    assert {row.unit_path for row in filed.values()} == {row.area.path for row in filed.values()}
    assert owned(DirtyMark).values_list("revision_id", flat=True).get() == revision.pk


def test_digest_can_be_computed_again_from_the_filed_rows(day):
    day.type(FIRST, "visits", "18")
    day.type(SECOND, "note", "雨，走访减少")
    day.fill()
    revision = day.file()
    with scoped(day.cast.county):
        assert digest_of(DailyRevision.objects.get(pk=revision.pk)) == revision.digest


def test_a_report_with_zeros_only_is_a_zero_report(day):
    day.fill()
    assert day.file().is_zero is True


def test_an_error_blocks_and_all_issues_come_at_once(day):
    day.fill()
    day.type(FIRST, "petitions", "-1", base=1)
    day.type(SECOND, "objections", "1")
    day.type(SECOND, "objections_handled", "2")
    with pytest.raises(IssuesRefusal) as refusal:
        day.file()
    assert [(issue.code, issue.village_code) for issue in refusal.value.issues] == [
        ("DR-014", FIRST),
        ("DR-040", SECOND),
        ("DR-086", SECOND),
        ("DR-087", SECOND),
    ]
    assert owned(DailyRevision).count() == 0


def test_a_warning_blocks_until_its_reason_is_given_and_the_reason_is_filed(day):
    day.fill()
    day.type(FIRST, "visits", "", base=1)
    with pytest.raises(IssuesRefusal):
        day.file()
    day.type(FIRST, "reason:DR-021:visits", "村里停电，明日补报")
    assert day.file().warnings == [
        {
            "code": "DR-021",
            "village": FIRST,
            "key": "visits",
            "message": "未报",
            "reason": "村里停电，明日补报",
        }
    ]


def test_the_same_version_filed_again_gives_the_same_receipt(day):
    day.fill()
    first, second = day.file(), day.file()
    assert (first.pk, first.digest) == (second.pk, second.digest)
    assert owned(DailyRevision).count() == 1


def test_eight_clicks_at_once_are_one_filing(day):
    day.fill()

    def click(_):
        try:
            return day.file().pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(click, range(8)))
    assert len(set(receipts)) == 1
    assert (owned(DailyRevision).count(), owned(DailyFigure).count(), owned(DirtyMark).count()) == (1, 3, 1)


def test_a_version_nobody_filed_is_a_conflict(day):
    day.fill()
    with pytest.raises(Refusal) as refusal:
        day.file(version=7)
    assert (codes(refusal.value), refusal.value.status) == (["sheet_moved_on"], 409)


def test_two_people_at_one_cell_meet_a_conflict_and_nothing_is_lost(day):
    day.type(FIRST, "visits", "18")
    outcome = day.type(FIRST, "visits", "20", base=0)
    assert outcome.saved == []
    assert [(c["yours"], c["theirs"], c["by"], c["stamp"]) for c in outcome.conflicts] == [
        ("20", "18", "测试town", 1)
    ]
    assert day.type(FIRST, "visits", "20", base=1).conflicts == []


def test_the_same_figure_typed_by_both_is_no_conflict(day):
    day.type(FIRST, "visits", "18")
    assert day.type(FIRST, "visits", "18", base=0).conflicts == []


def test_stocks_and_dates_are_carried_forward_unconfirmed_and_flows_are_not(day):
    yesterday = day.on(day.date - datetime.timedelta(days=1))
    yesterday.type(FIRST, "visits", "18")
    yesterday.type(FIRST, "discipline_cases", "2")
    yesterday.type(FIRST, "audited_on", yesterday.date.isoformat())
    yesterday.fill()
    yesterday.file()
    day.type(SECOND, "visits", "1")
    draft = owned(DailyDraft).get(area__code=FIRST, date=day.date)
    assert draft.values == {"discipline_cases": 2, "audited_on": yesterday.date.isoformat()}
    assert sorted(draft.carried) == ["audited_on", "discipline_cases"]
    with pytest.raises(IssuesRefusal) as refusal:
        day.file()
    assert {i.code for i in refusal.value.issues if i.village_code == FIRST} == {"DR-020", "DR-021"}
    day.fill()
    assert day.file().number == 1


def test_a_stock_that_falls_needs_a_note(day):
    yesterday = day.on(day.date - datetime.timedelta(days=1))
    yesterday.type(FIRST, "discipline_cases", "2")
    yesterday.fill()
    yesterday.file()
    day.type(FIRST, "discipline_cases", "1")
    day.fill()
    with pytest.raises(IssuesRefusal) as refusal:
        day.file()
    assert [issue.code for issue in refusal.value.issues] == ["DR-032"]


def correct(day, text: str = "25") -> DailyRevision:
    with scoped(day.cast.town) as by:
        request_correction(*day.where, reason="录入串行", by=by)
    with scoped(day.cast.county) as by:
        answer_correction(*day.where, consent=True, by=by)
    day.type(FIRST, "visits", text, base=1)
    return day.file(version=4)


def test_a_correction_is_a_new_revision_with_both_names_and_the_changes(day):
    day.type(FIRST, "visits", "5")
    day.fill()
    first = day.file()
    second = correct(day)
    assert (second.number, second.reason, second.consented_by_name) == (2, "录入串行", "测试county")
    assert second.changes == [{"village": FIRST, "key": "visits", "from": 5, "to": 25}]
    assert owned(DailyFigure).get(revision=first, area__code=FIRST).visits == 5
    assert owned(DailyFigure).get(revision=second, area__code=FIRST).visits == 25
    assert owned(DailySheet).get().state == "filed"


def test_a_declined_request_leaves_the_day_filed_and_may_be_asked_again(day):
    day.fill()
    day.file()
    for _ in range(2):
        with scoped(day.cast.town) as by:
            request_correction(*day.where, reason="录入串行", by=by)
        with scoped(day.cast.county) as by:
            answer_correction(*day.where, consent=False, answer="数据无误", by=by)
    assert owned(DailySheet).get().state == "filed"


def test_declining_needs_a_reason(day):
    day.fill()
    day.file()
    with scoped(day.cast.town) as by:
        request_correction(*day.where, reason="录入串行", by=by)
    with scoped(day.cast.county) as by, pytest.raises(ValidationError) as refusal:
        answer_correction(*day.where, consent=False, answer=" ", by=by)
    assert codes(refusal.value) == ["reason_required"]


def test_asking_needs_a_reason(day):
    day.fill()
    day.file()
    with scoped(day.cast.town) as by, pytest.raises(ValidationError) as refusal:
        request_correction(*day.where, reason="", by=by)
    assert "blank" in codes(refusal.value)


def test_filed_figures_are_not_typed_into(day):
    day.fill()
    day.file()
    with pytest.raises(Refusal) as refusal:
        day.type(FIRST, "visits", "9", base=1)
    assert (codes(refusal.value), refusal.value.status) == (["day_is_filed"], 409)


OUTSIDE = [(1, "day_not_come"), (-31, "day_not_asked"), (61, "day_not_asked")]


@pytest.mark.parametrize(("delta", "code"), OUTSIDE)
def test_days_that_have_not_come_or_lie_outside_are_refused(day, delta, code):
    with pytest.raises(Refusal) as refusal:
        day.on(day.date + datetime.timedelta(days=delta)).type(FIRST, "visits", "1")
    assert codes(refusal.value) == [code]


def test_a_note_with_a_mobile_number_is_not_kept(day):
    outcome = day.type(FIRST, "note", "联系 138 0013 8000")
    assert (outcome.saved, [r["code"] for r in outcome.refused]) == ([], ["DR-099"])
