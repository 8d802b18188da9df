"""Comments as screens, API and workbook show them: the list, one comment with everything about it, cells with a mark."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from accounts.choices import OFFICE_ROLES, Level
from accounts.deadlines import Deadline
from accounts.models import Area
from reports.choices_comments import CommentState, ReplyKind, Side
from reports.models import Comment, CommentNote, CommentReply, CommentRound, CommentSentence
from reports.queries.comment_checks import Reviewed, reviewed, sentences_of
from reports.queries.comments_known import LOST, comments_known, reworded
from reports.rules.comment_text import Fact, Piece, pieces
from reports.rules.comments import OPEN, UNSENT, WAITING, answering_office, is_overdue, moves

if TYPE_CHECKING:
    from accounts.scope import Scope

PAGE: Final = 50
BOXES: Final = {"out": "发出的", "in": "收到的", "below": "下级发出的"}
# Filters of the list: what each shows. A state is itself; the others are made of states and clocks.
STATES: Final = {
    "": "全部",
    "draft": "草稿",
    "open": "在办",
    "overdue": "逾期",
    "replied": "待审回复",
    "closed": "办结",
    "escalated": "上提",
    "skipped": "不发",
}
# What the counts page counts and no filter of the list is: how far a comment has come at least.
REACHED: Final = {"sent": "已发出的", "acknowledged": "签收过的", "answered": "回复过的"}


@dataclass(frozen=True)
class Wanted:
    """What a list asks for; every part may be left out. `step`: levels of sender and recipient, as in 2-3.

    `moment`: the list as it stood then; its clocks stand at that moment.
    """

    unit: Area
    box: str = "out"
    state: str = ""
    of: str = ""
    date: datetime.date | None = None
    channel: str = ""
    first: datetime.date | None = None
    last: datetime.date | None = None
    step: str = ""
    moment: datetime.datetime | None = None


@dataclass(frozen=True)
class ListPage:
    """One page, newest first, and the id after which the next begins (None: the last page)."""

    rows: list[Comment]
    following: int | None
    counts: dict[str, int] = field(default_factory=dict)


def state_filter(state: str, now: datetime.datetime) -> Q:
    """Rows a filter of the list shows."""
    if state == "open":
        return Q(state__in=OPEN)
    if state == "overdue":
        return Q(state__in=WAITING, due_at__lt=now)
    if state == "escalated":
        return Q(state__in=WAITING, escalated_at__isnull=False)
    if state in REACHED:
        moment = {"sent": "sent_at", "acknowledged": "acknowledged_at", "answered": "replied_at"}[state]
        return Q(**{f"{moment}__isnull": False})
    return Q(state=state) if state else Q()


def comments_of(scope: "Scope", wanted: Wanted, now: datetime.datetime) -> QuerySet[Comment]:
    """Comments of a list, newest first: written by its unit, or to it. A township's villages answer through it."""
    now = wanted.moment or now
    rows = comments_known(scope, wanted.moment).filter(_side(wanted))
    if wanted.of:
        rows = rows.filter(recipient__code=wanted.of)
    if wanted.date:
        rows = rows.filter(date=wanted.date)
    if wanted.channel:
        rows = rows.filter(channel=wanted.channel)
    rows = rows.filter(in_period(wanted.first, wanted.last))
    if wanted.step:
        sender, recipient = wanted.step.split("-")
        rows = rows.filter(area__level=sender, recipient__level=recipient)
    rows = rows.filter(state_filter(wanted.state, now))
    return rows.select_related("area", "recipient", "escalated_to").order_by("-id")


def _side(wanted: Wanted) -> Q:
    """Rows of a box."""
    if wanted.box == "in":
        return Q(recipient=wanted.unit, sent_at__isnull=False)
    if wanted.box == "below":
        return Q(unit_path__startswith=wanted.unit.path, sent_at__isnull=False) & ~Q(area=wanted.unit)
    return Q(area=wanted.unit)


def in_period(first: datetime.date | None, last: datetime.date | None) -> Q:
    """Rows on figures of the days from `first` to `last`, both counted; an open end is left open."""
    since = Q(date__gte=first) if first else Q()
    return since & Q(date__lte=last) if last else since


def list_page(
    scope: "Scope", wanted: Wanted, now: datetime.datetime, *, before: int | None = None, size: int = PAGE
) -> ListPage:
    """One page of a list with the number of rows of every filter. Two queries, three as of a moment."""
    rows = comments_of(scope, wanted, now)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: size + 1])
    return ListPage(
        found[:size], found[size - 1].pk if len(found) > size else None, counts_of(scope, wanted, now)
    )


def counts_of(scope: "Scope", wanted: Wanted, now: datetime.datetime) -> dict[str, int]:
    """Number of comments under each filter of the list. One query."""
    every = comments_of(scope, replace(wanted, state=""), now)
    states = dict.fromkeys([*STATES, wanted.state])
    named = {state: Count("pk", filter=state_filter(state, now)) for state in states if state}
    return every.order_by().aggregate(all=Count("pk"), **named)


@dataclass(frozen=True)
class ShownSentence:
    """A sentence cut at its numbers; `numbers`: place of each of its facts among those of the whole comment, from 1."""

    sentence: CommentSentence
    parts: list[tuple[Piece, Fact | None, int]]
    first: int


@dataclass(frozen=True)
class CommentPage:
    """Everything the page of one comment shows."""

    comment: Comment
    side: Side | None
    moves: list[str]
    overdue: bool
    sentences: list[ShownSentence]
    replies: list[CommentReply]
    history: list[Comment]
    review: Reviewed | None = None
    notes: list[CommentNote] = field(default_factory=list)
    mergeable: list[Comment] = field(default_factory=list)
    lost: bool = False


def head_of(comment: Comment) -> str:
    """函〔2026〕36号 of what was sent, 草稿 before."""
    return (
        f"{comment.get_channel_display()}〔{comment.year}〕{comment.number}号" if comment.number else "草稿"
    )


def side_in(scope: "Scope", comment: Comment) -> Side | None:
    """Which side the reader stands on; None for the units above, which only read. A township is both for a village."""
    own = scope.area.pk if scope.area else None
    if own == comment.area_id:
        return Side.SENDER
    return Side.RECIPIENT if own == comment.recipient_id else None


def possible_moves(side: Side | None, comment: Comment) -> list[str]:
    """What this reader may do now."""
    if side is None:
        return []
    found = moves(comment.state, side)
    if side is Side.SENDER and answering_office(comment.recipient) == comment.area_id:
        found += moves(comment.state, Side.RECIPIENT)
    return found


def comment_page(scope: "Scope", comment: Comment, now: datetime.datetime) -> CommentPage:
    """One comment; a draft is reviewed against the figures as they are now. At most twelve queries."""
    side = side_in(scope, comment)
    draft = side is Side.SENDER and comment.state == CommentState.DRAFT
    review = reviewed(scope, [comment], now)[0] if draft else None
    sentences = review.sentences if review else sentences_of([comment])[comment.pk]
    return CommentPage(
        comment=comment,
        side=side,
        moves=possible_moves(side, comment),
        overdue=is_overdue(comment.state, comment.due_at, now),
        sentences=numbered(sentences),
        replies=list(comment.replies.all()) if comment.sent_at else [],
        history=history_with(scope, comment),
        review=review,
        notes=notes_on(scope, comment.area, comment.date, comment.recipient) if draft else [],
        mergeable=other_drafts(scope, comment) if draft else [],
    )


def comment_page_then(scope: "Scope", comment: Comment, moment: datetime.datetime) -> CommentPage:
    """One comment as it stood at a moment (`comments_known`) with what had been answered by then. At most four queries.

    `lost`: it was a draft whose words were changed since; they are not known any more.
    """
    lost = bool(reworded([comment]))
    replies = CommentReply.objects.filter(comment_id=comment.pk, at__lte=moment).order_by("at", "pk")
    known = comments_known(scope, moment).filter(area=comment.area_id, recipient=comment.recipient_id)
    others = known.exclude(pk=comment.pk).exclude(state__in=UNSENT)
    return CommentPage(
        comment=comment,
        side=side_in(scope, comment),
        moves=[],
        overdue=is_overdue(comment.state, comment.due_at, moment),
        sentences=[] if lost else numbered(sentences_of([comment])[comment.pk]),
        replies=list(replies) if comment.sent_at else [],
        history=list(others.order_by("-sent_at")[:8]),
        lost=lost,
    )


def numbered(sentences: Iterable[CommentSentence]) -> list[ShownSentence]:
    """Sentences with the running number of every figure they cite."""
    shown, before = [], 0
    for sentence in sentences:
        parts = [
            (
                piece,
                sentence.facts[piece.fact] if piece.fact is not None else None,
                before + piece.fact + 1 if piece.fact is not None else 0,
            )
            for piece in pieces(sentence.text, sentence.facts)
        ]
        shown.append(ShownSentence(sentence, parts, before + 1))
        before += len(sentence.facts)
    return shown


def history_with(scope: "Scope", comment: Comment) -> list[Comment]:
    """The last comments of the same sender to the same unit. One query."""
    rows = Comment.objects.visible_to(scope).filter(area=comment.area_id, recipient=comment.recipient_id)
    return list(rows.exclude(pk=comment.pk).exclude(state__in=UNSENT).order_by("-sent_at")[:8])


def other_drafts(scope: "Scope", comment: Comment) -> list[Comment]:
    """Other drafts to the same unit, which may be merged into this one. One query."""
    rows = Comment.objects.visible_to(scope).filter(area=comment.area_id, recipient=comment.recipient_id)
    return list(rows.filter(state=CommentState.DRAFT).exclude(pk=comment.pk).order_by("-id")[:20])


def notes_on(
    scope: "Scope",
    sender: Area,
    day: datetime.date,
    about: Area | None = None,
    *,
    until: datetime.datetime | None = None,
) -> list[CommentNote]:
    """Notes of a day that a comment of `sender` may cite, `about` a unit or anything in it. One query.

    `until`: those written by that moment.
    """
    rows = CommentNote.objects.visible_to(scope).filter(area=sender, date=day).select_related("about", "area")
    if until is not None:
        rows = rows.filter(created_at__lte=until)
    if about is not None:
        rows = rows.filter(about__path__startswith=about.path)
    return list(rows.order_by("-id")[:100])


def round_of_day(scope: "Scope", unit: Area, day: datetime.date | None = None) -> CommentRound | None:
    """The unit's newest round of comments, or that of a day. One query."""
    rows = CommentRound.objects.visible_to(scope).filter(area=unit)
    return (rows.filter(date=day) if day else rows).order_by("-date").first()


def pinned_cells(scope: "Scope", sender: Area | None, day: datetime.date) -> dict[tuple[str, str], int]:
    """(unit code, metric) → the comment pinned to that cell of the sender's table on a day. One query."""
    rows = (
        Comment.objects.visible_to(scope)
        .filter(Q(area=sender) | Q(recipient=sender, sent_at__isnull=False), date=day)
        .exclude(pinned_key="")
        .exclude(state=CommentState.SKIPPED)
        .order_by("pk")
    )
    return {(code, key): pk for code, key, pk in rows.values_list("recipient__code", "pinned_key", "pk")}


WAITING_SHOWN: Final = 300


def waiting_for(scope: "Scope") -> list[Comment]:
    """What waits for this office, the most urgent first: answers it owes, replies to judge, what went up, its drafts.

    One query for the whole request.
    """
    if "comments_waiting" not in scope.memo:
        own = scope.area
        rows = Comment.objects.visible_to(scope).filter(
            Q(recipient=own, state__in=WAITING)
            | Q(area=own, state__in=(CommentState.REPLIED, CommentState.DRAFT))
            | Q(escalated_to=own, state__in=WAITING)
        )
        found = rows.select_related("area", "recipient").order_by("due_at", "pk")
        scope.memo["comments_waiting"] = list(found[:WAITING_SHOWN])
    return scope.memo["comments_waiting"]


def reply_deadline(comment: Comment) -> Deadline:
    """The clock of an answer that a unit owes, in one text for 今日, reminders and calendar."""
    return Deadline(
        "comment.reply",
        "点评",
        f"回复点评：{comment.title}",
        comment.recipient_id,
        comment.recipient.name,
        OFFICE_ROLES,
        comment.due_at,
        reverse("comments:comment", args=[comment.pk]),
        about=str(comment.pk),
        detail=f"{comment.area.name} {comment.get_channel_display()} {comment.number} 号",
        action="签收" if comment.state == CommentState.SENT else "回复",
    )


def replies_owed(
    now: datetime.datetime, first: datetime.datetime, last: datetime.datetime
) -> Iterator[Deadline]:
    """Answers of all units that are due between two moments and not given. One query."""
    rows = Comment.objects.filter(state__in=WAITING, due_at__gte=first, due_at__lte=last)
    rows = rows.filter(recipient__level__lt=Level.VILLAGE).select_related("area", "recipient")
    yield from (reply_deadline(comment) for comment in rows.order_by("due_at", "pk").iterator())


def replies_ahead(scope: "Scope", now: datetime.datetime, last: datetime.datetime) -> Iterator[Deadline]:
    """Answers that one unit owes up to a moment. One query."""
    rows = Comment.objects.visible_to(scope).filter(recipient=scope.area, state__in=WAITING, due_at__lte=last)
    yield from (
        reply_deadline(comment)
        for comment in rows.select_related("area", "recipient").order_by("due_at", "pk")
    )


LAST_WORDS: Final = (ReplyKind.REPLY, ReplyKind.CLOSE)


def list_rows(scope: "Scope", wanted: Wanted, now: datetime.datetime) -> list[dict[str, Any]]:
    """The whole list for a workbook: each comment with its sentences and the last reply and result. Three queries.

    As of a moment at most five; the words of a draft that was changed since are not known any more.
    """
    now = wanted.moment or now
    comments = list(comments_of(scope, wanted, now))
    sentences = sentences_of(comments)
    lost = reworded(comments) if wanted.moment else set()
    replies = CommentReply.objects.filter(comment__in=[one.pk for one in comments], kind__in=LAST_WORDS)
    last: dict[tuple[int, str], CommentReply] = {}
    for entry in replies.filter(at__lte=now).order_by("at", "pk"):
        last[entry.comment_id, entry.kind] = entry
    return [
        {
            "comment": comment,
            "text": LOST
            if comment.pk in lost
            else "".join(sentence.text for sentence in sentences[comment.pk]),
            "reply": last.get((comment.pk, ReplyKind.REPLY)),
            "result": last.get((comment.pk, ReplyKind.CLOSE)),
            "overdue": is_overdue(comment.state, comment.due_at, now),
        }
        for comment in comments
    ]
