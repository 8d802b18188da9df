"""催报: the button of 完成度 and 今日."""

import datetime
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.choices import Level
from accounts.doors import allow
from accounts.errors import Refusal
from accounts.formats import day_long
from accounts.models import Area
from accounts.typed_again import say_no
from elections.models import Round
from reports.actions.chasing import CHASERS, chase
from reports.queries.chases import chases, missing_townships
from reports.queries.settings import in_force_of
from reports.rules.days import read_day


@allow(*CHASERS)
@require_POST
def chase_missing(request: HttpRequest) -> HttpResponse:
    """Chase the townships of the unit in force, or the one named by `of`, for `date`; then back to the page."""
    force = in_force_of(request.scope)
    if force is None:
        raise Http404
    unit = unit_of(request, request.POST.get("of", ""))
    day = read_day(request.POST.get("date", ""))
    try:
        told = chase(force.round, unit, day, by=request.scope)
        names = told[0].area.name if len(told) == 1 else f"{len(told):,} 个乡镇"
        messages.success(request, f"已催 {names}报 {day_long(day)} 日报")
    except Refusal as refusal:
        say_no(request, refusal)
    back = request.POST.get("back", "")
    # A page of ours by its path; anything else would be taken for the name of a view, or lead away.
    if not back.startswith("/") or not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = f"{reverse('completeness:grid')}?unit={request.scope.unit.code}"
    return redirect(back)


def chase_context(
    request: HttpRequest, round: Round, unit: Area, day: datetime.date, back: str, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    """Townships without a report of `day`, with their chases; the same marks go to the grid's `rows`. Two queries."""
    missing = missing_townships(request.scope, round, unit, day) if round.has_reporting_on(day) else []
    known = chases(request.scope, round, unit, day, day) if missing else {}
    words = {area.pk: known[area.pk, day].words for area in missing if (area.pk, day) in known}
    for area in missing:
        area.chased_words = words.get(area.pk, "")
    for row in rows:
        row["chased"] = words.get(row["line"].area.pk, "")
        row["chased_count"] = known[row["line"].area.pk, day].count if row["chased"] else 0
    return {
        "missing": missing,
        "missing_by": _by_county(missing) if unit.level < Level.COUNTY else [],
        "last": day,
        "back": back,
        "may_chase": request.scope.has(*CHASERS),
        "chase_all": f"催全部 {len(missing):,} 个",
    }


def _by_county(missing: list[Area]) -> list[tuple[Area, list[Area], int]]:
    """A city's missing townships, by the unit above them, and how many of these were chased already."""
    groups = groupby(missing, key=lambda area: area.parent)
    listed = [(parent, list(towns)) for parent, towns in groups if parent is not None]
    return [(parent, towns, sum(bool(town.chased_words) for town in towns)) for parent, towns in listed]


def unit_of(request: HttpRequest, code: str) -> Area:
    """The unit in force, or one below it; 404 for any other."""
    unit = request.scope.unit
    if not code:
        return unit
    return get_object_or_404(Area.objects.within(unit.path), code=code)
