"""One comment: the draft with its basis and checks, or what was sent with its correspondence."""

import datetime
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from accounts.audit.anchors import short_head
from accounts.choices import OFFICE_ROLES, Level
from accounts.doors import allow
from accounts.jobs import start_job
from accounts.models import Job
from accounts.moments import asked_moment, moment_query
from accounts.views.moments import moment_context
from reports.choices_comments import CommentChannel, CommentMove, Side
from reports.comment_documents import WORD, comment_document, has_document, require_document
from reports.comment_letter import letter_of
from reports.models import Comment
from reports.queries.clock import database_now
from reports.queries.comment_checks import sentences_of
from reports.queries.comment_facts import basis_of, note_fact, sees
from reports.queries.comments import (
    CommentPage,
    comment_page,
    comment_page_then,
    head_of,
    numbered,
    side_in,
)
from reports.queries.comments_known import LOST, comments_known
from reports.rules.comment_checks import Check
from reports.rules.comment_text import Fact, same_number

UNIT = re.compile(r" ?(?:个百分点|户次|人次|个|%|％|位|天|份|件|处|名|户|人)")
# state: chip of the components and its word
CHIPS = {
    "draft": ("draft", "草稿"),
    "sent": ("filed", "已发出"),
    "acknowledged": ("filed", "已签收"),
    "replied": ("filed", "已回复"),
    "asked_again": ("returned", "再问"),
    "closed": ("done", "办结"),
    "skipped": ("off", "不发"),
}


def comment_url(pk: int, moment: datetime.datetime | None = None) -> str:
    """The page of a comment, as of a moment where one is chosen."""
    query = f"?{urlencode(moment_query(moment))}" if moment else ""
    return reverse("comments:comment", args=[pk]) + query


def comment_then(request: HttpRequest, pk: int, moment: datetime.datetime) -> Comment:
    """The comment as it stood at a moment, or 404 outside the scope and before it was there for this reader."""
    rows = comments_known(request.scope, moment)
    return get_object_or_404(
        rows.select_related("area", "recipient", "round", "escalated_to", "merged_into"), pk=pk
    )


def comment_of(request: HttpRequest, pk: int) -> Comment:
    """The comment, or 404 outside the scope."""
    rows = Comment.objects.visible_to(request.scope)
    return get_object_or_404(
        rows.select_related("area", "recipient", "round", "escalated_to", "merged_into"), pk=pk
    )


@allow(*OFFICE_ROLES)
@require_safe
def comment(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one comment; as of a moment it is only read."""
    moment = asked_moment(request.GET)
    if moment is not None:
        return _past_screen(request, comment_then(request, pk, moment), moment)
    return comment_screen(request, comment_of(request, pk))


def _past_screen(request: HttpRequest, comment: Comment, moment: datetime.datetime) -> HttpResponse:
    """What was sent, or drafted, and answered by the moment; nothing can be done there."""
    page = comment_page_then(request.scope, comment, moment)
    context = {
        "page": page,
        "comment": comment,
        "now": moment,
        "chip": CHIPS[comment.state],
        "letter": _letter(request, page, {}),
        "lost": LOST if page.lost else "",
        "steps": _steps(page, moment),
        "can": {},
        **moment_context(request, moment),
    }
    return render(request, "reports/comments/comment.html", context)


def _steps(page: CommentPage, moment: datetime.datetime | None = None) -> list[tuple[str, str]]:
    comment = page.comment
    between = f"{comment.area.name} → {comment.recipient.name}"
    return [("点评", _list_url(page, moment)), (between, ""), (head_of(comment), "")]


def comment_screen(
    request: HttpRequest, comment: Comment, typed: Mapping[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The page, with what was typed kept in place after a refusal."""
    now = database_now()
    page = comment_page(request.scope, comment, now)
    context = {
        "page": page,
        "comment": comment,
        "has_document": has_document(comment, page.side),
        "now": now,
        "chip": CHIPS[comment.state],
        "typed": typed or {},
        "letter": _letter(request, page, typed or {}),
        "steps": _steps(page),
        **moment_context(request, None),
        "channels": CommentChannel.choices,
        "can": {move.value: move.value in page.moves for move in CommentMove},
        "reply_title": "回复" if page.side is Side.RECIPIENT else "代村(社区)记回复",
        "reply_verb": "回复",
        "reply_kind": "" if "acknowledge" in page.moves or "close" in page.moves else "primary",
        "by_hand": page.side is Side.SENDER and comment.recipient.level == Level.VILLAGE,
    }
    if page.review is not None:
        facts = basis_of(page.review.unit)
        context |= {
            "basis": _basis(page, facts),
            "notes": [(note, note_fact(note), note.pk in _cited_notes(page)) for note in page.notes],
            "checks": _checks(page, facts),
            "clean": not page.review.found,
            "cited": sum(len(shown.sentence.facts) for shown in page.sentences),
            "moved": page.review.moved,
        }
    template = "reports/comments/draft.html" if page.review is not None else "reports/comments/comment.html"
    return render(request, template, context, status=status)


@allow(*OFFICE_ROLES)
@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter or bulletin as a .docx, for the unit that sent it and the one that received it."""
    return document_response(request, pk)


def document_response(request: HttpRequest, pk: int) -> HttpResponse:
    """The document of one comment; refused to the units above, for drafts and phone notes."""
    comment = comment_of(request, pk)
    require_document(comment, side_in(request.scope, comment))
    letter = letter_of(comment, numbered(sentences_of([comment])[comment.pk]), audit_head=short_head())
    response = HttpResponse(comment_document(letter, comment.sent_at), content_type=WORD)
    response["Content-Disposition"] = content_disposition_header(True, f"{letter.number}.docx")
    return response


@allow(*OFFICE_ROLES)
@require_POST
def pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a PDF: a job, whose page has the file."""
    return redirect("jobs:detail", start_pdf(request, pk).pk)


def start_pdf(request: HttpRequest, pk: int) -> Job:
    """The job that makes the PDF of one comment; refused as its .docx is."""
    comment = comment_of(request, pk)
    require_document(comment, side_in(request.scope, comment))
    params = {"comment": comment.pk}
    return start_job("comments.pdf", str(pk), by=request.scope, params=params, detail=head_of(comment))


def _list_url(page: CommentPage, moment: datetime.datetime | None) -> str:
    box = "in" if page.side is Side.RECIPIENT else "out"
    unit = page.comment.recipient.code if page.side is Side.RECIPIENT else page.comment.area.code
    return f"{reverse('comments:list')}?{urlencode({'unit': unit, 'box': box} | moment_query(moment))}"


def _letter(request: HttpRequest, page: CommentPage, typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Sentences with their cited figures as links; a figure closed to the reader says whose it is."""
    letter = []
    for shown in page.sentences:
        parts = [
            {
                "text": piece.text,
                "fact": fact,
                "number": number,
                "uncited": piece.is_number and fact is None,
                "url": fact["url"] if fact and sees(request.scope, fact, page.comment) else "",
            }
            for piece, fact, number in shown.parts
        ]
        _draw_units_in(parts)
        text = typed.get(f"s-{shown.sentence.pk}", shown.sentence.text)
        letter.append({"sentence": shown.sentence, "parts": parts, "typed": text})
    return letter


def _draw_units_in(parts: list[dict[str, Any]]) -> None:
    """Take what a cited figure counts into its mark, so that its number stands behind the word: 16 个¹."""
    for part, following in pairwise(parts):
        unit = UNIT.match(following["text"]) if part["fact"] and not following["fact"] else None
        if unit:
            part["text"] += unit[0]
            following["text"] = following["text"][unit.end() :]


def _basis(page: CommentPage, offered: list[Fact]) -> list[dict[str, Any]]:
    """What may be cited: first what is (with what it was then), then the rest that is known of the unit."""
    assert page.review is not None
    moved = {(one.sentence_id, one.place): one for one in page.review.moved}
    cited, rows, number = set(), [], 0
    for shown in page.sentences:
        for place, fact in enumerate(shown.sentence.facts):
            number += 1
            cited.add((fact["what"], fact["key"]))
            change = moved.get((shown.sentence.pk, place))
            now = change.shown if change else fact["shown"]
            rows.append({"fact": fact, "number": number, "change": change, "now": now, "name": ""})
    for fact in offered:
        if (fact["what"], fact["key"]) not in cited:
            name = f"{fact['what']}:{fact['key']}"
            rows.append({"fact": fact, "number": 0, "change": None, "now": fact["shown"], "name": name})
    return rows


def _cited_notes(page: CommentPage) -> set[int]:
    return {
        int(fact["key"])
        for shown in page.sentences
        for fact in shown.sentence.facts
        if fact["what"] == "note" and fact["key"].isdigit()
    }


def _checks(page: CommentPage, offered: list[Fact]) -> list[dict[str, Any]]:
    """Findings, each with the figures that would give an uncited number its source."""
    assert page.review is not None
    return [
        {
            "check": check,
            "sources": _sources(check, offered),
            "kind": "error" if check.level == "error" else "warning",
        }
        for check in page.review.found
    ]


def _sources(check: Check, offered: list[Fact]) -> list[tuple[str, str]]:
    if check.code != "uncited_number" or check.sentence is None:
        return []
    return [
        (f"{check.sentence}|{fact['what']}:{fact['key']}", fact["label"])
        for fact in offered
        if same_number(check.number, str(fact["shown"]))
    ][:3]
