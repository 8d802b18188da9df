"""T59 for comments: what nobody sent goes after a year, its sentences with it; what was sent stays for good."""

import datetime as dt

import pytest
from django.db import DatabaseError, connections, transaction

from accounts import audit
from accounts.models import AuditAct
from accounts.retention import rules
from accounts.scope import scoped, system_scoped
from reports import audit_types
from reports.actions.comment_sending import send_comment
from reports.actions.comments import merge_comments
from reports.comment_retention import DRAFTS_KEPT, forget_drafts, old_drafts
from reports.models import Comment, CommentSentence, CommentVersion
from tests.helpers import as_owner
from tests.reports.comments.conftest import TOWN

MISSING = "990101102"
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def a_year_later(drafted):
    """The county's comment to 岭下街道 is sent, that to 上坡镇 merged from another one: five drafts and a letter."""
    sent, kept = drafted.to(TOWN), drafted.to(MISSING)
    with as_owner():
        other = Comment.objects.using("owner").create(
            round=kept.round, area=kept.area, recipient=kept.recipient, date=kept.date, title="另一件"
        )
        copied = kept.sentences.using("owner").first()
        copied.pk, copied.comment = None, other
        copied.save(using="owner")
    with scoped(drafted.cast.county) as by:
        send_comment(sent.pk, by=by, version=sent.version)
        merge_comments(kept.pk, other.pk, by=by, version=kept.version)
    newest = max(Comment.objects.using("owner").values_list("updated_at", flat=True))
    return newest + DRAFTS_KEPT, sent.pk


def left() -> list[str]:
    return sorted(Comment.objects.using("owner").values_list("state", flat=True))


def run(now: dt.datetime) -> int:
    with system_scoped("retention"), transaction.atomic():
        return forget_drafts(now)


def test_drafts_go_after_a_year_and_what_was_sent_stays(a_year_later):
    limit, sent = a_year_later
    before = left()
    assert before.count("sent") == 1
    assert before.count("skipped") == 1
    oldest = min(Comment.objects.using("owner").filter(sent_at=None).values_list("updated_at", flat=True))
    assert run(oldest + DRAFTS_KEPT) == 0
    with system_scoped("retention"):
        assert (
            old_drafts(limit + MINUTE).count() == len(before) - 2
        )  # the merged one goes before what it went into
    assert run(limit + MINUTE) == len(before) - 1
    assert left() == ["sent"]
    assert set(CommentSentence.objects.using("owner").values_list("comment", flat=True)) == {sent}
    assert set(CommentVersion.objects.using("owner").values_list("comment", flat=True)) <= {sent}
    assert run(limit + 100 * DRAFTS_KEPT) == 0
    with system_scoped("retention"):
        assert AuditAct.objects.filter(type=audit_types.DRAFTS_FORGOTTEN).count() == 1


def test_the_database_keeps_what_was_sent_from_the_retention_too(a_year_later):
    _, sent = a_year_later
    with system_scoped("retention") as scope, transaction.atomic(), connections["default"].cursor() as cursor:
        audit.act(scope, audit_types.DRAFTS_FORGOTTEN)
        for table, key in (("reports_commentsentence", "comment_id"), ("reports_comment", "id")):
            with pytest.raises(DatabaseError, match="stay"), transaction.atomic():
                cursor.execute(f"DELETE FROM {table} WHERE {key} = %s", [sent])


def test_no_office_deletes_a_draft_or_what_it_was(a_year_later, drafted):
    drafts = list(Comment.objects.using("owner").filter(sent_at=None).values_list("pk", flat=True))
    with scoped(drafted.cast.county) as by, transaction.atomic(), connections["default"].cursor() as cursor:
        audit.act(by, audit_types.COMMENT_EDITED)
        cursor.execute("DELETE FROM reports_comment WHERE sent_at IS NULL")
        assert cursor.rowcount == 0
        with pytest.raises(DatabaseError, match="only the retention forgets"), transaction.atomic():
            cursor.execute("SELECT comment_versions_forget(%s)", [drafts])


def test_the_retention_forgets_no_former_state_of_what_was_sent(a_year_later):
    _, sent = a_year_later
    before = CommentVersion.objects.using("owner").filter(comment=sent).count()
    assert before >= 1
    with system_scoped("retention"), transaction.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SELECT comment_versions_forget(%s)", [[sent]])
        assert cursor.fetchone() == (0,)
    assert CommentVersion.objects.using("owner").filter(comment=sent).count() == before


def test_both_terms_stand_on_the_page_with_their_source(db, client_of):
    found = {
        rule.code: (rule.kept, rule.source) for rule in rules() if rule.code.startswith("reports.comment")
    }
    assert {code: kept for code, (kept, _) in found.items()} == {
        "reports.comment_drafts": "1 年",
        "reports.comments_sent": "永久",
    }
    page = client_of("admin").get("/system/retention/").content.decode()
    assert [source for _, source in found.values() if source not in page] == []
