"""What the checks before sending need, for one draft or for many at once."""

import datetime
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from accounts.models import Assignment
from reports.models import Comment, CommentSentence
from reports.queries.comment_facts import Moved, moved_figures, units_now
from reports.rules.comment_checks import Change, Check, Line, checks
from reports.rules.comment_measures import UnitDay

if TYPE_CHECKING:
    from accounts.scope import Scope


@dataclass(frozen=True)
class Reviewed:
    """A draft with its sentences, the figures that moved and every finding."""

    comment: Comment
    sentences: list[CommentSentence]
    moved: list[Moved]
    found: list[Check]
    unit: UnitDay | None = field(default=None)


def sentences_of(comments: Sequence[Comment]) -> dict[int, list[CommentSentence]]:
    """Sentences by comment, in order. One query."""
    found: dict[int, list[CommentSentence]] = defaultdict(list)
    rows = CommentSentence.objects.filter(comment__in=[comment.pk for comment in comments])
    for sentence in rows.order_by("comment_id", "position", "pk"):
        found[sentence.comment_id].append(sentence)
    return found


def reviewed(scope: "Scope", comments: Sequence[Comment], now: datetime.datetime) -> list[Reviewed]:
    """Every draft with what is wrong with it. A constant number of queries for each day."""
    sentences = sentences_of(comments)
    keys = {fact["key"] for found in sentences.values() for sentence in found for fact in sentence.facts}
    units = units_now(comments, now, keys | {comment.pinned_key for comment in comments})
    holders = list(Assignment.objects.visible_to(scope).values_list("holder_name", flat=True).distinct())
    moved = defaultdict(list)
    for one in moved_figures(comments, sentences, units):
        moved[one.comment_id].append(one)
    return [
        Reviewed(
            comment,
            sentences[comment.pk],
            moved[comment.pk],
            _checks(comment, sentences[comment.pk], moved[comment.pk], holders),
            units.get((comment.recipient_id, comment.date)),
        )
        for comment in comments
    ]


def _checks(
    comment: Comment, sentences: Sequence[CommentSentence], moved: Sequence[Moved], holders: Sequence[str]
) -> list[Check]:
    lines = [Line(sentence.pk, sentence.text, sentence.facts) for sentence in sentences]
    changes = [Change(one.sentence_id, one.fact["label"], one.fact["shown"], one.shown) for one in moved]
    return checks(comment.title, comment.demand, lines, changes, holders)
