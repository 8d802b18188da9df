"""点评统计: counts by level and unit, channel or day; every figure opens the list of exactly those comments."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import OFFICE_ROLES, Level
from accounts.doors import allow, gives_way
from accounts.formats import moment_full
from accounts.jobs import start_job
from accounts.models import Job
from accounts.moments import asked_moment, moment_text
from accounts.views.moments import moment_context
from elections.views.units import crumbs
from reports.choices_comments import CommentChannel
from reports.queries.clock import database_now
from reports.queries.comment_counts import COUNTED, WAYS, Counting, CountLine, comment_counts, period_word
from reports.queries.comments import Wanted
from reports.views.comment_lists import list_url, period_of


def counting_of(request: HttpRequest) -> Counting:
    """What the URL asks to count; 404 for what cannot be counted."""
    unit, query = request.scope.unit, request.GET
    by, channel = query.get("by", "sender"), query.get("channel", "")
    if unit is None or unit.level >= Level.VILLAGE:
        raise Http404
    if by not in WAYS or channel not in ("", *CommentChannel.values):
        raise Http404
    return Counting(unit, by, *period_of(request), channel, asked_moment(query))


def params_of(wanted: Counting) -> dict[str, str]:
    """Parameters of URL and job."""
    return {
        "unit": wanted.unit.code,
        "from": wanted.first.isoformat() if wanted.first else "",
        "to": wanted.last.isoformat() if wanted.last else "",
        "channel": wanted.channel,
        "as_of": moment_text(wanted.moment),
    }


def counts_url(wanted: Counting, **changes: Any) -> str:
    """The page with some of its choices changed."""
    query = params_of(wanted) | {"by": wanted.by} | changes
    return f"{reverse('comments:counts')}?{urlencode({key: value for key, value in query.items() if value})}"


@allow(*OFFICE_ROLES)
@gives_way
@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """The counts of one unit, of the units below it and of what it received."""
    wanted = counting_of(request)
    now = wanted.moment or database_now()
    table = comment_counts(request.scope, wanted, now)
    context = {
        "wanted": wanted,
        "unit": wanted.unit,
        "table": table,
        "headings": COUNTED.values(),
        "way": WAYS[wanted.by],
        "ways": [(label, counts_url(wanted, by=by), by == wanted.by) for by, label in WAYS.items()],
        "channels": CommentChannel.choices,
        "period": period_word(wanted.first, wanted.last),
        "total": [table.total[key] for key in COUNTED],
        "groups": [
            (step.label, _cells(step, wanted), [
                (line.label, _cells(line, wanted)) for line in table.lines if line.step == step.step
            ])
            for step in table.steps
        ],
        "as_of": moment_full(now),
        "list_url": list_url(
            Wanted(
                wanted.unit, "in" if wanted.unit.level == Level.TOWNSHIP else "out", moment=wanted.moment
            )
        ),
        "clear_url": counts_url(Counting(wanted.unit, moment=wanted.moment)),
        "steps": [*crumbs(request.scope, wanted.unit, reverse("comments:counts")), ("点评统计", "")],
        "office": request.scope.office,
        "person": request.scope.name,
        **moment_context(request, wanted.moment),
    }  # fmt: skip
    return render(request, "reports/comments/counts.html", context)


def _cells(line: CountLine, wanted: Counting) -> list[tuple[int, str]]:
    """Figures of a line, each with the list of its comments."""
    door = _door(line, wanted)
    period = {
        "from": wanted.first.isoformat() if wanted.first else "",
        "to": wanted.last.isoformat() if wanted.last else "",
    }
    here = Wanted(wanted.unit, channel=wanted.channel, step=line.step, moment=wanted.moment)
    return [(line.counts[key], list_url(here, state=key, **(period | door))) for key in COUNTED]


def _door(line: CountLine, wanted: Counting) -> dict[str, str]:
    """Which box of whose list holds the comments of a line."""
    sender, own = int(line.step[0]), wanted.unit.level
    box = {"box": "out" if sender == own else "in" if sender < own else "below"}
    if not line.key or (wanted.by == "sender" and sender < own):
        return box
    if wanted.by == "sender" or line.villages:
        return {"box": "out", "unit": line.key}
    return box | {{"recipient": "of", "channel": "channel", "day": "date"}[wanted.by]: line.key}


@allow(*OFFICE_ROLES)
@gives_way
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Write the counts as a workbook, as a job."""
    return redirect("jobs:detail", start_counts_export(request).pk)


def start_counts_export(request: HttpRequest) -> Job:
    """The job that writes the counts the URL asks for."""
    wanted = counting_of(request)
    params = params_of(wanted)
    subject = ":".join(params.values())
    return start_job("comments.counts", subject, by=request.scope, params=params, detail=wanted.unit.name)
