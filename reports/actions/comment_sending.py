"""发出: one draft or all of them, each with the next number of its series."""

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connections, transaction
from django.http import Http404

from accounts import audit
from accounts.errors import Refusal
from reports import audit_types
from reports.actions.comments import StaleComment, require_side
from reports.choices_comments import CommentChannel, CommentMove, CommentState, Side
from reports.models import Comment
from reports.queries.clock import database_now
from reports.queries.comment_checks import reviewed
from reports.queries.comment_rules import setting_of
from reports.rules.comment_checks import Check, blocking
from reports.rules.comments import next_state
from reports.rules.days import local_day

if TYPE_CHECKING:
    from accounts.scope import Scope

AT_MOST = 1000


@dataclass(frozen=True)
class Sent:
    """What became of an order to send: the comments that went out, and those kept back with the reasons."""

    sent: list[Comment]
    kept: list[tuple[Comment, list[Check]]]


def send_comment(
    pk: int,
    *,
    by: "Scope",
    version: int,
    channel: str = "",
    due_at: datetime.datetime | None = None,
    accept_moved: bool = False,
) -> Comment:
    """Send one draft. Refuses with the first finding of the checks; a moved figure needs `accept_moved`."""
    done = send_comments(
        [pk], by=by, channel=channel, due_at=due_at, accept_moved=accept_moved, version=version
    )
    if done.kept:
        raise done.kept[0][1][0].refusal
    return done.sent[0]


@transaction.atomic
def send_comments(
    ids: Sequence[int],
    *,
    by: "Scope",
    channel: str = "",
    due_at: datetime.datetime | None = None,
    accept_moved: bool = False,
    version: int | None = None,
) -> Sent:
    """Send drafts of the own unit; those with findings stay drafts. Numbers follow the order of the tree."""
    if channel and channel not in CommentChannel.values:
        raise Refusal("channel_unknown", "方式只有电话、函、通报", field="channel", source="点评")
    comments = _drafts(ids, by, version)
    if not comments:
        return Sent([], [])
    now = database_now()
    setting = setting_of(comments[0].round)
    due = due_at or now + datetime.timedelta(hours=setting.reply_hours)
    if due <= now:
        raise Refusal("due_in_the_past", "回复时限要晚于现在", field="due_at", source="点评")
    kept, sending = [], []
    for review in reviewed(by, comments, now):
        stops = blocking(review.found, accept_moved=accept_moved)
        if stops:
            kept.append((review.comment, stops))
        else:
            sending.append(review.comment)
    if sending:
        audit.act(
            by, audit_types.COMMENTS_SENT, sending[0] if len(sending) == 1 else Comment,
            after={"sent": len(sending), "kept": len(kept), "channel": channel, "accept_moved": accept_moved},
        )  # fmt: skip
        _number(sending, channel, local_day(now).year)
        for comment in sending:
            comment.state, comment.version = CommentState.SENT, comment.version + 1
            comment.sent_at, comment.due_at = now, due
            comment.sent_by_id, comment.sent_by_name = by.assignment_id, by.name
            comment.updated_at = now
        Comment.objects.bulk_update(
            sending,
            ["state", "version", "sent_at", "due_at", "sent_by", "sent_by_name", "updated_at", "channel", "year", "number"],
        )  # fmt: skip
    return Sent(sending, kept)


def _drafts(ids: Sequence[int], by: "Scope", version: int | None) -> list[Comment]:
    """The drafts named, locked in the order of the tree; 404 and 403 as for one."""
    if len(ids) > AT_MOST:
        raise Refusal("too_many_comments", f"一次最多发 {AT_MOST:,} 件，分几次发", field="ids", source="点评")
    rows = Comment.objects.visible_to(by).select_related("area", "recipient", "round")
    seen = list(rows.filter(pk__in=ids))
    if len(seen) != len(set(ids)):
        raise Http404
    for comment in seen:
        require_side(comment, by, Side.SENDER)
    found = list(rows.filter(pk__in=ids).select_for_update(of=("self",)).order_by("recipient_path", "pk"))
    for comment in found:
        next_state(comment.state, CommentMove.SEND)
        if version is not None and version != comment.version:
            raise StaleComment(comment)
    return found


def _number(comments: Sequence[Comment], channel: str, year: int) -> None:
    """Give each comment its channel and the next number of its series."""
    for comment in comments:
        comment.channel, comment.year = channel or comment.channel, year
    for name, count in sorted(Counter(comment.channel for comment in comments).items()):
        first = take_numbers(comments[0].area_id, year, name, count)
        series = (comment for comment in comments if comment.channel == name)
        for number, comment in enumerate(series, start=first):
            comment.number = number


def take_numbers(area_id: int, year: int, channel: str, count: int) -> int:
    """The first of `count` numbers. The series' row stays locked until the transaction ends, so a failure leaves no gap."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO reports_commentseries AS s (area_id, year, channel, last, unit_path) "
            "VALUES (%s, %s, %s, %s, '') "
            "ON CONFLICT (area_id, year, channel) DO UPDATE SET last = s.last + excluded.last RETURNING s.last",
            [area_id, year, channel, count],
        )
        return cursor.fetchone()[0] - count + 1
