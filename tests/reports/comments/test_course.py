"""From the draft to the end: what each action allows, refuses and leaves in the audit; who sees what in between."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connections, transaction
from django.http import Http404
from django.test.utils import CaptureQueriesContext

from accounts import audit
from accounts.errors import Refusal
from accounts.models import AuditAct
from accounts.scope import scoped, system_scoped
from reports.actions import comment_replies
from reports.actions.comment_drafting import open_comments, senders_without_round
from reports.actions.comment_notes import add_note, pin_comment
from reports.actions.comment_sending import send_comment, send_comments
from reports.actions.comment_settings import change_rule
from reports.actions.comments import (
    Draft,
    Edited,
    StaleComment,
    edit_comment,
    merge_comments,
    refresh_figures,
    restore_comment,
    skip_comment,
)
from reports.models import Comment, CommentReply, CommentRound, CommentSentence
from reports.queries.clock import database_now
from reports.queries.comment_rules import rules_in_force
from reports.queries.comments import comment_page
from tests.helpers import as_owner
from tests.reports.comments.conftest import CUT_OFF, TOWN

MISSING = "990101102"


def send(drafted, code: str = TOWN, key: str = "county", **more):
    comment = drafted.to(code)
    with scoped(getattr(drafted.cast, key)) as by:
        return send_comment(comment.pk, by=by, version=comment.version, **more)


def texts(comment: Comment) -> list[str]:
    return list(CommentSentence.objects.using("owner").filter(comment=comment).values_list("text", flat=True))


def acts(comment: Comment) -> list[str]:
    rows = AuditAct.objects.using("owner").filter(subject_id=str(comment.pk), subject_kind="reports.comment")
    return list(rows.order_by("pk").values_list("type", flat=True))


def draft_of(comment: Comment, **changes) -> Draft:
    sentences = CommentSentence.objects.using("owner").filter(comment=comment)
    facts = {
        "title": comment.title, "demand": comment.demand, "channel": "letter",
        "sentences": [Edited(one.pk, one.text) for one in sentences],
    }  # fmt: skip
    return Draft(**{**facts, **changes})


def test_the_drafts_say_what_the_day_says(drafted):
    day = f"{drafted.day.month}月{drafted.day.day}日"
    assert texts(drafted.to(TOWN)) == [f"{day}日报迟报 1 份，近七日共迟 1 份。"]
    assert texts(drafted.to(MISSING))[0] == f"{day}日报缺报 1 份，近七日共缺 7 份。"
    assert drafted.to(TOWN).title == "关于日报迟报的点评"


def test_every_fact_has_figure_unit_day_and_door(drafted):
    (sentence,) = CommentSentence.objects.using("owner").filter(comment=drafted.to(TOWN))
    assert [(fact["what"], fact["value"], fact["unit"], fact["day"]) for fact in sentence.facts] == [
        ("late", 1, TOWN, drafted.day.isoformat()),
        ("late_week", 1, TOWN, drafted.day.isoformat()),
    ]
    assert sentence.facts[0]["url"] == f"/reports/completeness/?unit={TOWN}&to={drafted.day}"
    assert (sentence.rule, sentence.rule_version) == ("late", 1)


def test_a_round_is_opened_once(drafted):
    assert drafted.open(3) == 0
    assert CommentRound.objects.using("owner").filter(date=drafted.day).count() == 3


def queries_of(made, senders, by) -> int:
    """Queries of a drafting that is taken back again."""
    point = transaction.savepoint()
    with CaptureQueriesContext(connections["default"]) as queries:
        open_comments(made.round, senders, made.day, CUT_OFF, by=by, now=database_now())
    transaction.savepoint_rollback(point)
    return len(queries)


def test_drafting_takes_the_same_number_of_queries_for_one_sender_and_for_all(worker_role, cast):
    from tests.reports.comments.conftest import Drafted

    made, taken = Drafted(cast), []
    made.file(late=True)
    made.fold()
    for count in (1, 2):
        with system_scoped("comments") as by:
            senders = senders_without_round(made.round, 3, made.day)[:count]
            assert len(senders) == count
            taken.append(queries_of(made, senders, by))
    assert taken[0] == taken[1]


def test_the_database_refuses_a_sentence_without_a_figure(drafted):
    comment = drafted.to(TOWN)
    for facts, name in (([], "sentence_cites_a_figure"), ([{"value": 1}], "sentence_facts_complete")):
        with pytest.raises(DatabaseError) as refused, as_owner():
            CommentSentence.objects.using("owner").create(
                comment=comment, area=comment.area, position=9, text="落后了。", facts=facts
            )
        assert refused.value.__cause__.diag.constraint_name == name


def test_a_draft_is_its_senders_alone_and_what_was_sent_is_between_the_two(drafted):
    """City: its own drafts, and what the county sent. Sibling units never, the recipient from the sending on."""
    comment = drafted.to(TOWN)
    assert [key for key in EVERYBODY if comment.pk in drafted.seen_by(key)] == ["county"]
    send(drafted)
    assert [key for key in EVERYBODY if comment.pk in drafted.seen_by(key)] == ["city", "county", "town"]
    with scoped(drafted.cast.sibling_town):
        assert CommentSentence.objects.filter(comment_id=comment.pk).count() == 0
        assert CommentReply.objects.filter(comment_id=comment.pk).count() == 0
    with scoped(drafted.cast.town):
        assert CommentSentence.objects.filter(comment_id=comment.pk).count() == 1


EVERYBODY = (
    "city", "other_city", "county", "other_county", "town", "sibling_town", "cousin_town", "leader", "inspector",
    "reviewer", "auditor", "admin",
)  # fmt: skip


def test_without_the_filter_the_database_says_the_same(drafted):
    comment = drafted.to(TOWN)
    send(drafted)
    for key, seen in (("sibling_town", False), ("other_county", False), ("town", True), ("city", True)):
        with scoped(getattr(drafted.cast, key)):
            assert Comment.objects.filter(pk=comment.pk).exists() is seen, key


def change(person, model, where: dict, changes: dict) -> None:
    """An update past the actions, as an injected statement would do it."""
    with scoped(person) as by:
        audit.act(by, "test.cast")
        model.objects.filter(**where).update(**changes)


def test_the_recipient_changes_nothing_but_the_course(drafted):
    comment = send(drafted)
    for changes in (
        {"demand": "不用了"},
        {"state": "closed", "closed_at": database_now()},
        {"due_at": database_now()},
    ):
        with pytest.raises(DatabaseError) as refused:
            change(drafted.cast.town, Comment, {"pk": comment.pk}, changes)
        assert refused.value.__cause__.pgcode in ("42501", "CX004")


def test_what_was_sent_stays_also_for_its_sender(drafted):
    comment = send(drafted)
    for model, where, changes in (
        (Comment, {"pk": comment.pk}, {"title": "改题"}),
        (CommentSentence, {"comment": comment}, {"text": "改了"}),
    ):
        with pytest.raises(DatabaseError) as refused:
            change(drafted.cast.county, model, where, changes)
        assert refused.value.__cause__.pgcode == "CX004"


def test_the_officer_edits_and_an_uncited_number_keeps_the_comment_back(drafted):
    comment = drafted.to(TOWN)
    (sentence,) = CommentSentence.objects.using("owner").filter(comment=comment)
    with scoped(drafted.cast.county) as by:
        edited = draft_of(comment, sentences=[Edited(sentence.pk, "迟报 1 份，影响 58 个村。")])
        edit_comment(comment.pk, edited, version=1, by=by)
        page = comment_page(
            by,
            Comment.objects.select_related("area", "recipient", "round").get(pk=comment.pk),
            database_now(),
        )
        assert [check.code for check in page.review.found] == ["uncited_number"]
    with pytest.raises(Refusal) as refused, scoped(drafted.cast.county) as by:
        send_comment(comment.pk, by=by, version=2)
    assert (refused.value.code, refused.value.messages) == (
        "uncited_number",
        ["正文中的“58”没有出处。给它加引用，或删去这个数"],
    )
    assert acts(comment) == ["comment.edited"]


def test_a_sentence_that_lost_its_figures_is_refused(drafted):
    comment = drafted.to(TOWN)
    (sentence,) = CommentSentence.objects.using("owner").filter(comment=comment)
    with pytest.raises(Refusal) as refused, scoped(drafted.cast.county) as by:
        edit_comment(
            comment.pk, draft_of(comment, sentences=[Edited(sentence.pk, "请抓紧。")]), version=1, by=by
        )
    assert refused.value.code == "sentence_without_figure"


def test_two_tabs_meet_a_conflict(drafted):
    comment = drafted.to(TOWN)
    with scoped(drafted.cast.county) as by:
        edit_comment(comment.pk, draft_of(comment, title="先改的"), version=1, by=by)
    with pytest.raises(StaleComment) as stale, scoped(drafted.cast.county) as by:
        edit_comment(comment.pk, draft_of(comment, title="后改的"), version=1, by=by)
    assert (stale.value.status, stale.value.comment.title) == (409, "先改的")


def test_a_figure_that_moved_is_flagged_and_taken_or_accepted(drafted):
    comment = drafted.to(MISSING)
    drafted.file(MISSING)
    drafted.fold()
    with pytest.raises(Refusal) as refused, scoped(drafted.cast.county) as by:
        send_comment(comment.pk, by=by, version=1)
    assert (refused.value.code, refused.value.status) == ("figure_moved", 409)
    with scoped(drafted.cast.county) as by:
        refresh_figures(comment.pk, version=1, by=by)
    assert "缺报 0 份，近七日共缺 6 份" in texts(comment)[0]
    assert send(drafted, MISSING).number == 1


def test_a_note_of_the_day_is_cited_with_its_figure(drafted):
    comment = drafted.to(TOWN)
    with scoped(drafted.cast.county) as by:
        note = add_note(
            drafted.round,
            drafted.cast.areas[TOWN],
            drafted.day,
            text="群众来访 4 批",
            figure=4,
            measure="批",
            by=by,
        )
        edit_comment(comment.pk, draft_of(comment, cite=[f"note:{note.pk}"]), version=1, by=by)
    assert texts(comment)[1] == "群众来访 4 批。"


def test_skipping_needs_a_reason_and_can_be_taken_back(drafted):
    comment = drafted.to(TOWN)
    with pytest.raises(Refusal) as refused, scoped(drafted.cast.county) as by:
        skip_comment(comment.pk, reason=" ", by=by)
    assert refused.value.code == "reason_required"
    with scoped(drafted.cast.county) as by:
        skip_comment(comment.pk, reason="已电话说过", by=by)
        assert restore_comment(comment.pk, by=by).state == "draft"
    assert acts(comment) == ["comment.skipped", "comment.restored"]


def test_a_pinned_comment_is_merged_into_the_days(drafted):
    comment = drafted.to(TOWN)
    with scoped(drafted.cast.county) as by:
        pinned = pin_comment(drafted.round, drafted.cast.areas[TOWN], drafted.day, "due", by=by)
        assert pin_comment(drafted.round, drafted.cast.areas[TOWN], drafted.day, "due", by=by).pk == pinned.pk
        merge_comments(comment.pk, pinned.pk, by=by)
    assert len(texts(comment)) == 2
    pinned = Comment.objects.using("owner").get(pk=pinned.pk)
    assert (pinned.state, pinned.merged_into_id) == ("skipped", comment.pk)
    with pytest.raises(Refusal) as refused, scoped(drafted.cast.county) as by:
        merge_comments(comment.pk, drafted.to(MISSING).pk, by=by)
    assert refused.value.code == "merge_other_unit"


def test_all_are_sent_at_once_with_numbers_in_the_order_of_the_tree(drafted):
    ids = [drafted.to(code).pk for code in (MISSING, TOWN)]
    with scoped(drafted.cast.county) as by:
        done = send_comments(ids, by=by, channel="bulletin")
    assert [(one.recipient.code, one.number, one.channel) for one in done.sent] == [
        (TOWN, 1, "bulletin"),
        (MISSING, 2, "bulletin"),
    ]
    assert done.kept == []


def test_the_whole_correspondence(drafted):
    comment = send(drafted)
    with scoped(drafted.cast.town) as by:
        comment_replies.acknowledge(comment.pk, by=by)
        comment_replies.reply(comment.pk, text="已补报", by=by)
    with scoped(drafted.cast.county) as by:
        again = comment_replies.ask_again(comment.pk, text="原因是什么", by=by)
        assert again.due_at > comment.due_at
    with scoped(drafted.cast.town) as by:
        comment_replies.reply(comment.pk, text="经办人换岗", by=by)
    with scoped(drafted.cast.county) as by:
        assert comment_replies.close(comment.pk, text="已办结", by=by).closed_at is not None
    entries = CommentReply.objects.using("owner").filter(comment=comment).order_by("pk")
    assert [(entry.kind, entry.text) for entry in entries] == [
        ("acknowledge", ""), ("reply", "已补报"), ("ask_again", "原因是什么"), ("reply", "经办人换岗"), ("close", "已办结"),
    ]  # fmt: skip
    assert acts(comment) == [
        "comment.sent", "comment.acknowledged", "comment.replied", "comment.asked_again", "comment.replied",
        "comment.closed",
    ]  # fmt: skip


def test_each_side_keeps_to_its_moves(drafted):
    comment = send(drafted)
    for key, act, error in (
        ("county", lambda by: comment_replies.acknowledge(comment.pk, by=by), PermissionDenied),
        ("city", lambda by: comment_replies.reply(comment.pk, text="x", by=by), PermissionDenied),
        ("town", lambda by: comment_replies.close(comment.pk, text="x", by=by), PermissionDenied),
        ("sibling_town", lambda by: comment_replies.acknowledge(comment.pk, by=by), Http404),
    ):
        with pytest.raises(error), scoped(getattr(drafted.cast, key)) as by:
            act(by)


@pytest.mark.parametrize(
    ("text", "code"),
    [(" ", "text_required"), ("电话 13812345678", "personal_number_refused"), ("长" * 601, "text_too_long")],
)
def test_a_reply_that_says_nothing_or_too_much_is_refused(drafted, text, code):
    comment = send(drafted)
    with pytest.raises(Refusal) as refused, scoped(drafted.cast.town) as by:
        comment_replies.reply(comment.pk, text=text, by=by)
    assert refused.value.code == code


def test_what_is_overdue_goes_one_level_up_once(drafted):
    comment = send(drafted)
    later = comment.due_at + datetime.timedelta(hours=24)
    for moment, raised in (
        (later, 0),
        (later + datetime.timedelta(seconds=1), 1),
        (later + datetime.timedelta(days=1), 0),
    ):
        with system_scoped("comments") as by:
            assert comment_replies.escalate(drafted.round, by=by, now=moment) == raised
    assert Comment.objects.using("owner").get(pk=comment.pk).escalated_to_id == drafted.cast.areas["9901"].pk


def test_a_rule_changed_drafts_by_its_new_version(drafted):
    with scoped(drafted.cast.city) as by:
        change_rule(
            drafted.round,
            "late",
            version=1,
            enabled=True,
            params={"least": 1},
            wording="迟报 {late} 份，请注意。",
            by=by,
        )
    with pytest.raises(Refusal) as refused, scoped(drafted.cast.city) as by:
        change_rule(
            drafted.round,
            "late",
            version=1,
            enabled=False,
            params={"least": 1},
            wording="迟报 {late} 份。",
            by=by,
        )
    assert refused.value.code == "rule_changed"
    with scoped(drafted.cast.town):
        late = next(rule for rule in rules_in_force(drafted.round) if rule.code == "late")
    assert (late.version, late.wording) == (2, "迟报 {late} 份，请注意。")
    with pytest.raises(PermissionDenied), scoped(drafted.cast.county) as by:
        change_rule(
            drafted.round, "late", version=2, enabled=False, params={"least": 1}, wording="{late}", by=by
        )
