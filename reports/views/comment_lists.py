"""点评: the list of what was written and received, with the drafts of the day to send at once."""

import datetime
import re
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import OFFICE_ROLES, Level
from accounts.doors import allow, gives_way
from accounts.errors import Refusal
from accounts.jobs import start_job
from accounts.models import Area, Job
from accounts.moments import asked_moment, moment_query, moment_text
from accounts.queries.areas import units_below
from accounts.typed_again import say_no
from accounts.views.moments import moment_context
from accounts.whole_numbers import whole_number
from elections.views.units import crumbs
from reports.actions.comment_notes import add_note
from reports.actions.comment_sending import send_comments
from reports.choices_comments import CommentChannel, CommentState
from reports.forms_comments import NoteForm
from reports.models import Comment
from reports.queries.clock import database_now
from reports.queries.comment_counts import period_word, step_word
from reports.queries.comments import (
    BOXES,
    REACHED,
    STATES,
    ListPage,
    Wanted,
    list_page,
    notes_on,
    round_of_day,
)
from reports.queries.settings import current_round
from reports.rules.comments import WAITING
from reports.rules.days import local_day, read_day
from reports.views.comments import CHIPS, comment_url
from reports.views.units import force_of

SENDERS = OFFICE_ROLES
STEP = re.compile(r"[1-5]-[1-5]")


def wanted_of(request: HttpRequest) -> Wanted:
    """The list the URL asks for; 404 for what no list has."""
    query, unit = request.GET, request.scope.unit
    if unit is None or unit.level >= Level.VILLAGE:
        raise Http404
    default = "in" if unit.level == Level.TOWNSHIP else "out"
    box, state = query.get("box", default), query.get("state", "")
    channel, date = query.get("channel", ""), query.get("date", "")
    known = (*STATES, *REACHED)
    if box not in BOXES or state not in known or channel not in ("", *CommentChannel.values):
        raise Http404
    step, (first, last) = query.get("step", ""), period_of(request)
    if step and not STEP.fullmatch(step):
        raise Http404
    day = read_day(date) if date else None
    return Wanted(unit, box, state, query.get("of", ""), day, channel, first, last, step, asked_moment(query))


def period_of(request: HttpRequest) -> tuple[datetime.date | None, datetime.date | None]:
    """First and last day of the URL (`from`, `to`), None where left open."""
    first, last = (read_day(text) if text else None for text in map(request.GET.get, ("from", "to")))
    return first, last


def query_of(wanted: Wanted) -> dict[str, str]:
    """A list as its URL and the parameters of its job write it."""
    days = {"date": wanted.date, "from": wanted.first, "to": wanted.last}
    return {
        "unit": wanted.unit.code,
        "box": wanted.box,
        "state": wanted.state,
        "of": wanted.of,
        "channel": wanted.channel,
        "step": wanted.step,
        "as_of": moment_text(wanted.moment),
    } | {name: day.isoformat() if day else "" for name, day in days.items()}


def list_url(wanted: Wanted, **changes: Any) -> str:
    """The list with some of its choices changed."""
    query = query_of(wanted) | changes
    return f"{reverse('comments:list')}?{urlencode({key: value for key, value in query.items() if value})}"


@allow(*OFFICE_ROLES)
@require_safe
def comment_list(request: HttpRequest) -> HttpResponse:
    """One box of one unit, newest first; the drafts of the last round stand ready to be sent."""
    wanted = wanted_of(request)
    now = wanted.moment or database_now()
    before = whole_number(request.GET.get("before", ""))
    page = list_page(request.scope, wanted, now, before=before)
    own = wanted.unit == request.scope.area and wanted.moment is None
    opened = round_of_day(request.scope, wanted.unit, wanted.date) if wanted.moment is None else None
    day = wanted.date or (opened.date if opened else local_day(now))
    sends = own and wanted.box == "out"
    context = {
        "wanted": wanted,
        "unit": wanted.unit,
        "own": own,
        "now": now,
        "day": day,
        "page": page,
        "round": current_round(wanted.unit),
        "opened": opened,
        "channels": CommentChannel.choices,
        "steps": [*crumbs(request.scope, wanted.unit, reverse("comments:list")), ("点评", "")],
        "notes": notes_on(request.scope, wanted.unit, day, until=wanted.moment)
        if wanted.box == "out"
        else [],
        "note_form": NoteForm(initial={"date": day}, units=_below(request)) if sends else None,
        "may_send": sends,
        "may_draft": sends and request.scope.has(*SENDERS),
        "rows": [_row(comment, wanted) for comment in page.rows],
        "has_drafts": any(comment.state == CommentState.DRAFT for comment in page.rows),
        "send_all_label": f"全部发出 {day:%m-%d} 的草稿",
        "page_total": page.counts[wanted.state or "all"],
        "empty_text": _empty_text(wanted),
        **_doors(wanted, page),
        **moment_context(request, wanted.moment, drop=("before",)),
    }
    return render(request, "reports/comments/list.html", context)


def _doors(wanted: Wanted, page: ListPage) -> dict[str, Any]:
    """Where the list leads: its boxes and states with their numbers, without a filter, the next page, the counts."""
    counts = {"unit": wanted.unit.code} | moment_query(wanted.moment)
    return {
        "boxes": [
            (label, list_url(wanted, box=box, state="", of=""), box == wanted.box)
            for box, label in BOXES.items()
            if box != "below" or wanted.unit.level < Level.TOWNSHIP
        ],
        "states": [
            (label, page.counts[state or "all"], list_url(wanted, state=state), state == wanted.state)
            for state, label in STATES.items()
        ],
        "chips": _chips(wanted),
        "clear_url": list_url(Wanted(wanted.unit, wanted.box, moment=wanted.moment)),
        "next_url": list_url(wanted, before=page.following) if page.following else "",
        "counts_url": f"{reverse('comments:counts')}?{urlencode(counts)}",
        "rules_url": reverse("comments:rules"),
    }


def _row(comment: Comment, wanted: Wanted) -> dict[str, Any]:
    return {
        "comment": comment,
        "chip": CHIPS[comment.state],
        "waits": comment.state in WAITING,
        "url": comment_url(comment.pk, wanted.moment),
    }


def _empty_text(wanted: Wanted) -> str:
    if wanted.moment:
        return "那一刻还没有，或条件太多。"
    return "截止后自动起草；也可以在汇总的数上写。" if wanted.box == "out" else "上级发来的点评列在这里。"


def _chips(wanted: Wanted) -> list[dict[str, str]]:
    """What narrows the list beside its states, each with the list without it."""
    area = Area.objects.filter(code=wanted.of).first() if wanted.of else None
    found = [
        ("单位", area.name if area else wanted.of, {"of": ""}),
        ("级别", step_word(wanted.step) if wanted.step else "", {"step": ""}),
        ("已到", REACHED.get(wanted.state, ""), {"state": ""}),
        ("数据日", f"{wanted.date:%m-%d}" if wanted.date else "", {"date": ""}),
        ("期间", period_word(wanted.first, wanted.last), {"from": "", "to": ""}),
        ("方式", CommentChannel(wanted.channel).label if wanted.channel else "", {"channel": ""}),
    ]
    return [
        {"label": label, "value": value, "remove_url": list_url(wanted, **without)}
        for label, value, without in found
        if value
    ]


@allow(*OFFICE_ROLES)
@require_POST
def send_all(request: HttpRequest) -> HttpResponse:
    """Send the drafts that are ticked, or every draft of a day (`all=1`); what has findings stays and is listed."""
    back = request.POST.get("back", "")
    drafts = Comment.objects.visible_to(request.scope).filter(
        area=request.scope.area, state=CommentState.DRAFT
    )
    day = request.POST.get("date", "")
    if request.POST.get("all"):
        ids = list(drafts.filter(date=read_day(day)).values_list("pk", flat=True)) if day else []
    else:
        ids = [number for text in request.POST.getlist("pk") if (number := whole_number(text)) is not None]
    home = (
        back
        if back.startswith(reverse("comments:list"))
        else reverse("comments:list") + "?box=out&state=draft"
    )
    if not ids:
        say_no(request, Refusal("nothing_ticked", "没有勾选草稿。先勾选，再发出", field="pk"))
        return redirect(home)
    try:
        done = send_comments(
            ids,
            by=request.scope,
            channel=request.POST.get("channel", ""),
            due_at=moment_of(request.POST.get("due_at", "")),
            accept_moved=bool(request.POST.get("accept_moved")),
        )
    except ValidationError as error:
        say_no(request, error)
        return redirect(home)
    if done.sent:
        messages.success(request, f"已发出 {len(done.sent):,} 件")
    for comment, found in done.kept[:20]:
        said = f"{comment.recipient.name}没有发出：{found[0].message}"
        messages.warning(request, said, extra_tags=found[0].code)
    if len(done.kept) > 20:
        messages.warning(request, f"另有 {len(done.kept) - 20} 件没有发出，逐件打开核对")
    return redirect(home)


def moment_of(text: str) -> datetime.datetime | None:
    """A moment typed as local time; None for nothing. Refuses what is no moment."""
    if not text:
        return None
    try:
        return timezone.make_aware(datetime.datetime.fromisoformat(text))
    except ValueError:
        raise ValidationError("回复时限写成 2026-12-20 12:00", code="moment_unreadable") from None


@allow(*SENDERS)
@require_POST
def draft_now(request: HttpRequest) -> HttpResponse:
    """立即起草: open the own round of today without waiting for the timer; refused before the cut-off."""
    return redirect("jobs:detail", start_drafting(request).pk)


def start_drafting(request: HttpRequest) -> Job:
    """The job that drafts the asker's own round of today."""
    params = {"round": force_of(request).round.pk}
    return start_job("comments.draft-now", str(request.scope.area.pk), by=request.scope, params=params)


def _below(request: HttpRequest) -> list[tuple[str, str]]:
    """Code and name of the units right under the own one; a township's are its villages. One query at most."""
    unit = request.scope.unit
    if unit.level < Level.TOWNSHIP:
        return [(below.code, below.name) for below in units_below(request.scope)]
    villages = Area.objects.filter(parent=unit, level=Level.VILLAGE, in_electorate=True, valid_to=None)
    return list(villages.order_by("path").values_list("code", "name"))


@allow(*OFFICE_ROLES)
@require_POST
def note(request: HttpRequest) -> HttpResponse:
    """Write down what else happened that day."""
    form = NoteForm(request.POST)
    home = reverse("comments:list") + "?box=out"
    if not form.is_valid():
        for name, errors in form.errors.items():
            label = form.fields[name].label if name in form.fields else ""
            say_no(
                request, Refusal("note_incomplete", f"动态没有记下：{label} {'；'.join(errors)}", field=name)
            )
        return redirect(home)
    given = form.cleaned_data
    about = get_object_or_404(Area.objects.visible_to(request.scope), code=given["about"])
    try:
        add_note(
            force_of(request).round, about, given["date"], text=given["text"], figure=given["figure"],
            measure=given["measure"], by=request.scope,
        )  # fmt: skip
    except ValidationError as error:
        say_no(request, error)
    else:
        messages.success(request, "已记下，起草和修改时可以引用")
    return redirect(f"{home}&date={given['date']}#notes")


@allow(*OFFICE_ROLES)
@gives_way
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Write the list as it is filtered to a workbook, as a job."""
    return redirect("jobs:detail", start_list_export(request).pk)


def start_list_export(request: HttpRequest) -> Job:
    """The job that writes the list the URL asks for."""
    wanted = wanted_of(request)
    params = query_of(wanted)
    subject = ":".join(params.values())
    return start_job("comments.export", subject, by=request.scope, params=params, detail=wanted.unit.name)
