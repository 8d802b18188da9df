"""After sending: the unit acknowledges and replies, the sender asks again or closes, what is overdue goes up."""

import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, F, OuterRef, Subquery, When

from accounts import audit, free_text
from accounts.choices import Level
from accounts.errors import Refusal
from accounts.models import Area
from reports import audit_types
from reports.actions.comments import locked, save_course
from reports.choices_comments import CommentMove, ReplyKind
from reports.models import Comment, CommentReply
from reports.queries.clock import database_now
from reports.queries.comment_rules import setting_of
from reports.rules.comments import WAITING

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round

SOURCE = "点评流程"
LENGTH = 600


@transaction.atomic
def acknowledge(pk: int, *, by: "Scope", version: int | None = None) -> Comment:
    """签收."""
    comment, state = locked(pk, CommentMove.ACKNOWLEDGE, by=by, version=version)
    audit.act(by, audit_types.COMMENT_ACKNOWLEDGED, comment)
    _entry(comment, ReplyKind.ACKNOWLEDGE, "", by)
    comment.acknowledged_at = database_now()
    save_course(comment, state, "acknowledged_at")
    return comment


@transaction.atomic
def reply(pk: int, *, text: str, by: "Scope", version: int | None = None) -> Comment:
    """回复: what was done. A reply without acknowledgement acknowledges too."""
    comment, state = locked(pk, CommentMove.REPLY, by=by, version=version)
    text = _text(text, "写明做了什么、结果如何，再回复")
    audit.act(by, audit_types.COMMENT_REPLIED, comment)
    _entry(comment, ReplyKind.REPLY, text, by)
    now = database_now()
    comment.replied_at, comment.acknowledged_at = now, comment.acknowledged_at or now
    save_course(comment, state, "replied_at", "acknowledged_at")
    return comment


@transaction.atomic
def ask_again(
    pk: int,
    *,
    text: str,
    by: "Scope",
    version: int | None = None,
    due_at: datetime.datetime | None = None,
) -> Comment:
    """再问: what is still to be said, and by when; the clock starts again."""
    comment, state = locked(pk, CommentMove.ASK_AGAIN, by=by, version=version)
    text = _text(text, "写明还要说明什么，再问")
    now = database_now()
    due = due_at or now + datetime.timedelta(hours=setting_of(comment.round).reply_hours)
    if due <= now:
        raise Refusal("due_in_the_past", "回复时限要晚于现在", field="due_at", source=SOURCE)
    audit.act(by, audit_types.COMMENT_ASKED_AGAIN, comment, after={"due_at": due})
    _entry(comment, ReplyKind.ASK_AGAIN, text, by)
    comment.due_at, comment.escalated_at, comment.escalated_to = due, None, None
    save_course(comment, state, "due_at", "escalated_at", "escalated_to")
    return comment


@transaction.atomic
def close(pk: int, *, text: str, by: "Scope", version: int | None = None) -> Comment:
    """办结, with what came of it."""
    comment, state = locked(pk, CommentMove.CLOSE, by=by, version=version)
    text = _text(text, "写明办结的结果，如“已补报”")
    audit.act(by, audit_types.COMMENT_CLOSED, comment)
    _entry(comment, ReplyKind.CLOSE, text, by)
    comment.closed_at = database_now()
    save_course(comment, state, "closed_at")
    return comment


def _text(text: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise Refusal("text_required", missing, field="text", source=SOURCE)
    if len(text) > LENGTH:
        raise Refusal(
            "text_too_long", f"最多 {LENGTH} 字，现有 {len(text)} 字，精简后再交", field="text", source=SOURCE
        )
    if free_text.holds_personal_number(text):
        raise Refusal(free_text.CODE, free_text.MESSAGE, field="text", source=SOURCE)
    return text


def _entry(comment: Comment, kind: str, text: str, by: "Scope") -> None:
    if by.area is None or by.assignment is None:
        raise PermissionDenied
    CommentReply.objects.create(
        comment=comment,
        area=by.area,
        kind=kind,
        text=text,
        author=by.assignment,
        author_name=by.name,
        author_office=by.office,
    )


@transaction.atomic
def escalate(round: "Round", *, by: "Scope", now: datetime.datetime) -> int:
    """上提: every comment overdue by the set hours goes to the unit above its sender (a city keeps its own). One statement.

    Returns how many went up.
    """
    hours = setting_of(round).escalate_hours
    late = Comment.objects.filter(
        round=round,
        state__in=WAITING,
        due_at__lt=now - datetime.timedelta(hours=hours),
        escalated_at__isnull=True,
    )
    if not late.exists():
        return 0
    audit.act(by, audit_types.COMMENTS_ESCALATED, Comment, unit_path=round.area.path, after={"hours": hours})
    above = Case(When(level=Level.CITY, then=F("pk")), default=F("parent_id"))
    sender = Area.objects.filter(pk=OuterRef("area_id")).annotate(above=above).values("above")
    return late.update(escalated_at=now, escalated_to_id=Subquery(sender), updated_at=now)
