"""What a sent comment says on paper, once for every format: .docx (comment_documents.py) and PDF (comment_pdf.py)."""

from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from accounts.choices import Level
from accounts.formats import moment
from reports.choices_comments import CommentChannel
from reports.models import Comment
from reports.queries.comments import ShownSentence, head_of

FIGURES: Final = ("序号", "指标", "单位", "数据日", "数")
PRACTICE: Final = "演练数据，不作上报依据"
# Type area of official documents (GB/T 9704-2012, 5.2): margins in millimetres, top, right, bottom, left.
MARGINS: Final = (37, 26, 35, 28)


@dataclass(frozen=True)
class Letter:
    """The parts of a letter (函) or bulletin (通报) from top to bottom, in words.

    `sentences`: text, and the numbers of its figures in `rows`, raised behind it. `rows`: a line of FIGURES for each
    cited figure as it was when drafted. `practice`: what a practice round says of itself, '' in a real one.
    """

    practice: str
    head: str
    is_bulletin: bool
    number: str
    title: str
    recipient: str
    sentences: list[tuple[str, str]]
    demand: str
    deadline: str
    office: str
    day: str
    basis: str
    rows: list[tuple[str, ...]]
    foot: str


def letter_of(comment: Comment, sentences: list[ShownSentence], *, audit_head: str) -> Letter:
    """The letter of a comment that was sent; `audit_head` is the chain's as of this copy."""
    office, sent = f"{comment.area.name}换届办", timezone.localtime(comment.sent_at)
    is_bulletin = comment.channel == CommentChannel.BULLETIN
    below = "" if comment.recipient.level == Level.VILLAGE else "换届办"
    due = timezone.localtime(comment.due_at)
    return Letter(
        practice=PRACTICE if comment.round.practice else "",
        head=f"{office}通报" if is_bulletin else office,
        is_bulletin=is_bulletin,
        number=head_of(comment),
        title=comment.title,
        recipient=f"{comment.recipient.name}{below}：",
        sentences=[(shown.sentence.text, ",".join(_numbers(shown))) for shown in sentences],
        demand=comment.demand,
        deadline=f"请于 {due.month}月{due.day}日 {due:%H:%M} 前回复。",
        office=office,
        day=f"{sent.year}年{sent.month}月{sent.day}日",
        basis=f"依据（{comment.date.month}月{comment.date.day}日数据，起草时的数）",
        rows=[row for shown in sentences for row in _rows(shown)],
        foot=f"{moment(comment.sent_at)} 发出　审计链 {audit_head}",
    )


def _numbers(shown: ShownSentence) -> list[str]:
    """Running numbers of the figures a sentence cites."""
    return [str(shown.first + place) for place in range(len(shown.sentence.facts))]


def _rows(shown: ShownSentence) -> list[tuple[str, ...]]:
    """What each cited figure is, of which unit and day."""
    return [
        (number, fact["label"], fact["unit_name"], fact["day"], f"{fact['shown']} {fact['measure']}".strip())
        for number, fact in zip(_numbers(shown), shown.sentence.facts, strict=True)
    ]
