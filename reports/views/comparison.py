"""与公布对照: a table of totals as published beside what is known now, with every report that came in between."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import OFFICE_ROLES
from accounts.doors import allow, gives_way
from accounts.models import Job
from accounts.whole_numbers import whole_number
from reports.actions.exports import start_comparison_export
from reports.queries.clock import database_now
from reports.queries.comparison import Asked, compared_with, comparison, publications_of, then_of
from reports.queries.late_reports import LateReport
from reports.queries.rollup import MODES
from reports.rules.rollup_layouts import layouts
from reports.rules.words import figure_words
from reports.views.rollup import days_of, moment_fields, moments
from reports.views.rollup_choice import CUT_OFF, Choice, choice_of, tree_tabs

if TYPE_CHECKING:
    from accounts.scope import Scope

MOST_EDITS = 12  # villages' figures of one correction shown before the rest stands behind the report


@allow(*OFFICE_ROLES)
@gives_way
@require_safe
def compared(request: HttpRequest) -> HttpResponse:
    """Both sides of one table; `then` names a publication or `cutoff`, `as_of` what “now” is."""
    choice = compared_choice(request)
    if choice is None:
        return render(request, "reports/rollup.html", {"unit": request.scope.unit})
    asked = asked_of(choice)
    moment = choice.as_of or database_now()
    given = publications_of(request.scope, asked, moment)
    then = then_of(given, asked, wanted_then(request.GET))
    if then is None:
        raise Http404
    found = comparison(request.scope, asked, then, moment) if then.moment <= moment else None
    context = {
        "choice": choice,
        "unit": choice.unit,
        "found": found,
        "then": then,
        "moment": moment,
        "late": [(one, _report_url(one), _edits(one)) for one in found.late] if found else [],
        "most": MOST_EDITS,
        "thens": [("当日截止时", CUT_OFF, then.publication is None)]
        + [(f"{one.code} {one.get_kind_display()}", str(one.pk), one == then.publication) for one in given],
        "table_url": replace(choice, route="rollup:table").url(),
        **_choosing(request, choice),
    }
    return render(request, "reports/comparison.html", context)


def _choosing(request: HttpRequest, choice: Choice) -> dict[str, Any]:
    """What the head of the page offers, as on the table itself."""
    now = timezone.now()
    return {
        "steps": [*choice.steps(request.scope, choice.unit), ("与公布对照", "")],
        "tabs": [
            (each.label, choice.url(table=code), code == choice.layout.code)
            for code, each in layouts().items()
        ],
        "modes": [(label, choice.url(mode=code), code == choice.mode) for code, label in MODES.items()],
        "trees": tree_tabs(request.scope, choice) if choice.season.province is None else [],
        "days": days_of(choice),
        "moments": moments(choice, now, compared=True),
        "now": now,
        **moment_fields(choice),
    }


def compared_choice(request: HttpRequest) -> Choice | None:
    """The table that the address names, of this page; None while the unit has no round."""
    choice = choice_of(request)
    return replace(choice, route="rollup:comparison") if choice else None


def asked_of(choice: Choice) -> Asked:
    """The table to compare."""
    return Asked(choice.season, choice.unit, choice.day, choice.layout, choice.mode, choice.tree)


def wanted_then(query: Any) -> int | None:
    """Key of the publication that `then` names, 0 for the cut-off, None where nothing is said; 404 for another word."""
    text = query.get("then", "")
    if not text:
        return None
    found = 0 if text == CUT_OFF else whole_number(text)
    if found is None or (found == 0 and text != CUT_OFF):
        raise Http404
    return found


def _report_url(report: LateReport) -> str:
    """The revision itself."""
    url = reverse("reports:daily-day", args=[report.date.isoformat()])
    return f"{url}?{urlencode({'unit': report.code, 'revision': report.number})}"


def _edits(report: LateReport) -> list[str]:
    """The villages' figures that a correction changed, in words."""
    return [
        f"{edit.village} {edit.name} {figure_words(edit.before)} → {figure_words(edit.after)}"
        for edit in report.villages
    ]


@allow(*OFFICE_ROLES)
@gives_way
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Start the workbook as a job: both sides, and the late reports as its second sheet."""
    choice = compared_choice(request)
    if choice is None:
        raise Http404
    job = start_export(request.scope, choice, wanted_then(request.GET))
    return redirect("jobs:detail", job.pk)


def start_export(scope: "Scope", choice: Choice, wanted: int | None) -> Job:
    """The job of the workbook, as of the moment the comparison is of; screen and API start the same one."""
    asked = asked_of(choice)
    moment = choice.as_of or database_now()
    then = compared_with(scope, asked, moment, wanted)
    return start_comparison_export(
        choice.place,
        table=choice.layout.code,
        mode=choice.mode,
        then=then.publication.pk if then.publication else 0,
        by=scope,
    )
