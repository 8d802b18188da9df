"""Cards of 今日 about comments: what to send, to answer, to judge, and what went up."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse

from accounts import deadlines, today
from accounts.choices import OFFICE_ROLES
from accounts.formats import day_long
from accounts.today import Card
from reports.choices_comments import CommentState
from reports.models import Comment
from reports.queries.comments import replies_ahead, replies_owed, reply_deadline, waiting_for

if TYPE_CHECKING:
    from accounts.scope import Scope

KIND = "点评"


def declare() -> None:
    """Register the provider."""
    today.register(30, comment_cards)
    deadlines.register(everyone=replies_owed, coming=replies_ahead)


def waiting_comments(scope: "Scope") -> int:
    """Number in the menu: answers owed, replies to judge, what went up. One query, shared with the cards."""
    if not scope.has(*OFFICE_ROLES) or scope.area is None:
        return 0
    return sum(comment.state != CommentState.DRAFT for comment in waiting_for(scope))


def comment_cards(scope: "Scope", now: datetime.datetime) -> Iterable[Card]:
    """What comments ask of this office now. One query, shared with the menu."""
    if not scope.has(*OFFICE_ROLES) or scope.area is None or scope.unit != scope.area:
        return []
    found = waiting_for(scope)
    drafts = [comment for comment in found if comment.state == CommentState.DRAFT]
    cards = [_card(scope, comment) for comment in found if comment.state != CommentState.DRAFT]
    return [*_draft_card(scope, drafts), *cards]


def _card(scope: "Scope", comment: Comment) -> Card:
    url = reverse("comments:comment", args=[comment.pk])
    number = f"{comment.get_channel_display()} {comment.number} 号"
    if comment.recipient_id == scope.area.pk:
        return reply_deadline(comment).card()
    if comment.state == CommentState.REPLIED:
        return Card(
            None, f"看点评回复：{comment.title}", number, comment.recipient.name, url, "办结或再问", KIND
        )
    target = f"{comment.area.name} → {comment.recipient.name}"
    return Card(comment.due_at, f"点评逾期上提：{comment.title}", number, target, url, "查看", KIND)


def _draft_card(scope: "Scope", drafts: list[Comment]) -> list[Card]:
    """Drafts of the newest day as one thing to do."""
    if not drafts:
        return []
    day = max(comment.date for comment in drafts)
    count = sum(comment.date == day for comment in drafts)
    query = {"unit": scope.area.code, "box": "out", "state": "draft", "date": day.isoformat()}
    url = f"{reverse('comments:list')}?{urlencode(query)}"
    detail, target = f"{day_long(day)}的数", f"{count} 个单位"
    return [Card(None, f"点评草稿 {count} 件待发", detail, target, url, "核对发出", KIND)]
