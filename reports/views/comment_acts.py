"""What is done to a comment from the screens: each calls one action and comes back to the page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.choices import OFFICE_ROLES
from accounts.doors import allow
from accounts.models import Area
from accounts.typed_again import say_no
from accounts.whole_numbers import whole_number
from reports.actions import comment_replies
from reports.actions.comment_notes import pin_comment
from reports.actions.comment_sending import send_comment
from reports.actions.comments import (
    Draft,
    Edited,
    StaleComment,
    edit_comment,
    merge_comments,
    refresh_figures,
    restore_comment,
    restore_wording,
    skip_comment,
)
from reports.models import Comment
from reports.queries.comment_checks import sentences_of
from reports.rules.days import read_day
from reports.views.comment_lists import moment_of
from reports.views.comments import comment_of, comment_screen
from reports.views.units import force_of


def _version(request: HttpRequest) -> int:
    return whole_number(request.POST.get("version", "")) or 0


def _page(pk: int) -> str:
    return reverse("comments:comment", args=[pk])


def _done(request: HttpRequest, pk: int, act: Callable[[], object], said: str) -> HttpResponse:
    """Run an act on a comment that the reader may see; the refusal or the result stands above the page."""
    comment = comment_of(request, pk)
    try:
        act()
    except ValidationError as error:
        say_no(request, error)
        if getattr(error, "status", 400) == 409:
            return comment_screen(request, comment_of(request, comment.pk), status=409)
    else:
        messages.success(request, said)
    return redirect(_page(pk))


def draft_of(request: HttpRequest) -> Draft:
    """The whole draft as the form has it."""
    form = request.POST
    into = dict(text.split("|", 1)[::-1] for text in form.getlist("cite_into") if text.count("|") == 1)
    sentences = []
    for name in form:
        number = whole_number(name.removeprefix("s-")) if name.startswith("s-") else None
        if number is None or form.get(f"out-{number}"):
            continue
        cite = [fact for fact, sentence in into.items() if sentence == str(number)]
        sentences.append(Edited(number, form[name], cite, bool(form.get(f"join-{number}"))))
    return Draft(
        form.get("title", ""),
        form.get("demand", ""),
        form.get("channel", ""),
        sentences,
        form.getlist("cite"),
    )


@allow(*OFFICE_ROLES)
@require_POST
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep the text; `act` says what follows: send, refresh (the figures as they are now), wording (the first one)."""
    comment = comment_of(request, pk)
    act = request.POST.get("act", "save")
    try:
        if act == "refresh":
            refresh_figures(pk, version=_version(request), by=request.scope)
            messages.success(request, "已改用现在的数")
        elif act == "wording":
            restore_wording(pk, version=_version(request), by=request.scope)
            messages.success(request, "已恢复原稿的措辞")
        else:
            saved = edit_comment(pk, draft_of(request), version=_version(request), by=request.scope)
            if act == "send":
                return _send(request, saved)
            messages.success(request, "已保存")
    except StaleComment as stale:
        return _both_texts(request, stale.comment)
    except ValidationError as error:
        say_no(request, error)
        return comment_screen(request, comment, request.POST, status=getattr(error, "status", 400))
    return redirect(_page(pk))


def _send(request: HttpRequest, comment: Comment) -> HttpResponse:
    try:
        sent = send_comment(
            comment.pk,
            by=request.scope,
            version=comment.version,
            channel=comment.channel,
            due_at=moment_of(request.POST.get("due_at", "")),
            accept_moved=bool(request.POST.get("accept_moved")),
        )
    except ValidationError as error:
        say_no(request, error, "已保存，没有发出：")
        return comment_screen(request, comment_of(request, comment.pk), status=getattr(error, "status", 400))
    messages.success(request, f"已发出：{sent.get_channel_display()}〔{sent.year}〕{sent.number}号")
    return redirect(_page(comment.pk))


def _both_texts(request: HttpRequest, comment: Comment) -> HttpResponse:
    """Two tabs: what stands now and what was typed, side by side; saving again overwrites knowingly."""
    draft = draft_of(request)
    typed = {edited.id: edited.text for edited in draft.sentences}
    rows = [
        {"id": sentence.pk, "theirs": sentence.text, "mine": typed.pop(sentence.pk, None)}
        for sentence in sentences_of([comment])[comment.pk]
    ]
    context = {
        "comment": comment,
        "draft": draft,
        "rows": rows,
        "lost": list(typed.values()),
        "back_url": _page(comment.pk),
    }
    return render(request, "reports/comments/both_texts.html", context, status=409)


@allow(*OFFICE_ROLES)
@require_POST
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a draft as it stands."""
    form = request.POST

    def act() -> None:
        send_comment(
            pk, by=request.scope, version=_version(request), channel=form.get("channel", ""),
            due_at=moment_of(form.get("due_at", "")), accept_moved=bool(form.get("accept_moved")),
        )  # fmt: skip

    return _done(request, pk, act, "已发出")


@allow(*OFFICE_ROLES)
@require_POST
def skip(request: HttpRequest, pk: int) -> HttpResponse:
    """不发, with the reason."""
    reason = request.POST.get("reason", "")
    return _done(request, pk, lambda: skip_comment(pk, reason=reason, by=request.scope), "已记为不发")


@allow(*OFFICE_ROLES)
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Take up again what was skipped."""
    return _done(request, pk, lambda: restore_comment(pk, by=request.scope), "已恢复为草稿")


@allow(*OFFICE_ROLES)
@require_POST
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Take in the sentences of another draft to the same unit."""
    other = whole_number(request.POST.get("other", "")) or pk
    return _done(request, pk, lambda: merge_comments(pk, other, by=request.scope), "已合并")


@allow(*OFFICE_ROLES)
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The unit's side: `act` is acknowledge or reply (with what was done)."""
    version = whole_number(request.POST.get("version", ""))
    if request.POST.get("act") == "reply":
        text = request.POST.get("text", "")
        return _done(
            request,
            pk,
            lambda: comment_replies.reply(pk, text=text, by=request.scope, version=version),
            "已回复",
        )
    return _done(
        request, pk, lambda: comment_replies.acknowledge(pk, by=request.scope, version=version), "已签收"
    )


@allow(*OFFICE_ROLES)
@require_POST
def settle(request: HttpRequest, pk: int) -> HttpResponse:
    """The sender's side: `act` is close (with the result) or ask (with what is still to be said)."""
    form, version = request.POST, whole_number(request.POST.get("version", ""))
    common: dict[str, Any] = {"text": form.get("text", ""), "by": request.scope, "version": version}
    if form.get("act") == "ask":

        def again() -> None:
            comment_replies.ask_again(pk, due_at=moment_of(form.get("due_at", "")), **common)

        return _done(request, pk, again, "已再问，时限重新计")
    return _done(request, pk, lambda: comment_replies.close(pk, **common), "已办结")


@allow(*OFFICE_ROLES)
@require_POST
def pin(request: HttpRequest) -> HttpResponse:
    """Write a comment on one cell of the roll-up, or open the one that is there."""
    form = request.POST
    unit = get_object_or_404(Area.objects.visible_to(request.scope), code=form.get("of", ""))
    if unit == request.scope.area:
        raise Http404
    try:
        round = force_of(request).round
        made = pin_comment(round, unit, read_day(form.get("date", "")), form.get("key", ""), by=request.scope)
    except ValidationError as error:
        say_no(request, error)
        return redirect(f"{reverse('rollup:table')}?unit={request.scope.area.code}")
    return redirect(_page(made.pk))
