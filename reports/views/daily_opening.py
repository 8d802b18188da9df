"""退回, 重开, 收回: the county opens a township's filed day and closes it again."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from accounts.choices import Role
from accounts.doors import allow
from accounts.errors import Refusal
from accounts.typed_again import say_no
from reports.actions.lifecycle import recall_day, reopen_day, return_day
from reports.choices import CountyState
from reports.models import CountyDay
from reports.queries.day import Day
from reports.rules import county_states, days, states
from reports.rules.openings import read_end
from reports.views.county_day import asks, default_end, opening_facts
from reports.views.units import day_url, force_of, refused, township_of


@allow(Role.COUNTY_OFFICE)
@require_POST
def daily_return(request: HttpRequest, date: str) -> HttpResponse:
    """退回: the township checks its filed day and files it again."""
    return _act(
        request,
        date,
        lambda where, facts: return_day(*where, **facts, by=request.scope),
        "return",
        "已退回，等乡镇核对后再报",
    )


@allow(Role.COUNTY_OFFICE)
@require_POST
def daily_reopen(request: HttpRequest, date: str) -> HttpResponse:
    """重开: the township may correct its filed day until a moment."""
    ends_at = read_end(request.POST.get("ends_at", ""))
    return _act(
        request,
        date,
        lambda where, facts: reopen_day(*where, **facts, ends_at=ends_at, by=request.scope),
        "reopen",
        "已重开，到期自动收回",
    )


@allow(Role.COUNTY_OFFICE)
@require_POST
def daily_recall(request: HttpRequest, date: str) -> HttpResponse:
    """收回: the filed revision stands."""
    return _act(
        request,
        date,
        lambda where, facts: recall_day(*where, **facts, by=request.scope),
        "recall",
        "已收回，原稿有效",
    )


def _act(
    request: HttpRequest, date: str, act: Callable[[tuple, dict], Any], ask: str, done: str
) -> HttpResponse:
    try:
        where = (force_of(request).round, township_of(request), days.read_day(date))
    except Refusal as refusal:
        return refused(request, refusal)
    try:
        act(where, opening_facts(request))
    except ValidationError as error:
        say_no(request, error)
        return redirect(asks(request, where[2], "reports:daily-day", ask)[ask]["page"].split("#")[0])
    messages.success(request, done)
    return redirect(day_url(request, "daily-day", where[2]))


def opening_context(request: HttpRequest, day: Day) -> dict[str, Any]:
    """What the county may do to this filed day, and why not. One query, for the county alone."""
    if not request.scope.has(Role.COUNTY_OFFICE) or day.shown is None:
        return {}
    found = CountyDay.objects.filter(
        round=day.force.round, area_id=request.scope.area.pk, date=day.date
    ).first()
    state = county_states.state_at(found.state, found.open_until, day.force.now) if found else ""
    reopened = found is not None and state == CountyState.REOPENED
    return {
        "locked": state == CountyState.FORWARDED,
        "may_open": day.state == "filed",
        "may_recall": day.state in states.OPENED,
        "asks": asks(request, day.date, "reports:daily-day", request.GET.get("ask", "")),
        "ends_at": default_end(day.force.now, found.open_until if reopened else None),
    }
