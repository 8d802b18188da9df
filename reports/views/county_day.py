"""县级上报: what the county forwards, and the city's return or re-opening of it."""

import datetime
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.choices import Level, Role
from accounts.context import unit_suffix
from accounts.doors import allow
from accounts.errors import Refusal
from accounts.models import Area
from accounts.moments import asked_moment, moment_query
from accounts.typed_again import say_no
from accounts.views.moments import moment_context
from accounts.whole_numbers import whole_number
from elections.views.units import crumbs
from reports.actions.county_openings import reopen_county_day, return_county_day
from reports.actions.forwarding import forward_day
from reports.choices import CountyState
from reports.queries.county_day import (
    CountyPicture,
    TownLine,
    county_picture,
    county_picture_then,
    forward_number,
    is_intact,
)
from reports.rules import days
from reports.rules.digest import short
from reports.rules.openings import read_end
from reports.rules.timing import SHANGHAI
from reports.views.units import force_of, refused

ASKS = ("return", "reopen")
# Chip of a township's line by the state that holds.
CHIPS = {
    "returned": ("returned", ""),
    "reopened": ("reopened", ""),
    "correcting": ("reopened", "更正中"),
    "correction_requested": ("filed", "申请更正"),
}


@allow(Role.COUNTY_OFFICE, Role.CITY_OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def county_day(request: HttpRequest, date: str) -> HttpResponse:
    """The county's day: its townships, what would be forwarded, what has been; the county's POST forwards it."""
    if request.method == "POST" and not request.scope.has(Role.COUNTY_OFFICE):
        raise PermissionDenied
    try:
        force = force_of(request)
        county, day = county_of(request), days.read_day(date)
        days.require_open(force.round, day, days.local_day(force.now))
    except Refusal as refusal:
        return refused(request, refusal, title="县级上报")
    if request.method == "POST":
        return _forward(request, county, day)
    moment = asked_moment(request.GET)
    if moment is not None:
        return _past(request, county_picture_then(request.scope, force, county, day, moment), moment)
    return render(
        request, "reports/county_day.html", _page(request, county_picture(request.scope, force, county, day))
    )


def county_of(request: HttpRequest) -> Area:
    """The county the request is about; 404 for anything else."""
    unit = request.scope.unit
    if unit is None or unit.level != Level.COUNTY:
        raise Http404
    return unit


def page_url(request: HttpRequest, date: Any) -> str:
    """URL of the county's day in the unit in force."""
    return reverse("reports:forward", args=[str(date)]) + unit_suffix(request.scope)


def reasons_of(request: HttpRequest) -> dict[str, str]:
    """Reasons of the form, one field a township that has not filed."""
    return {name[2:]: text for name, text in request.POST.items() if name.startswith("r.")}


def _forward(request: HttpRequest, county: Area, day: datetime.date) -> HttpResponse:
    version = whole_number(request.POST.get("version", "")) or 0
    where = (force_of(request).round, county, day)
    try:
        forward = forward_day(*where, version=version, reasons=reasons_of(request), by=request.scope)
    except ValidationError as error:
        say_no(request, error)
    else:
        without = f"，未报 {len(forward.missing)} 个随表说明" if forward.missing else ""
        messages.success(
            request, f"已上报 {len(forward.lines)} 个乡镇{without}，回执 {forward_number(forward)}"
        )
    return redirect(page_url(request, day))


def _past(request: HttpRequest, picture: CountyPicture, moment: datetime.datetime) -> HttpResponse:
    """The day as it stood at a moment; nothing can be done there."""
    then = urlencode(moment_query(moment))
    context = _page(request, picture) | moment_context(request, moment)
    context |= {"may_forward": False, "may_open": False}
    context["lines"] = [
        one | {"url": f"{one['url']}{'&' if '?' in one['url'] else '?'}{then}" if one["url"] else ""}
        for one in context["lines"]
    ]
    return render(request, "reports/county_day.html", context)


def _page(request: HttpRequest, picture: CountyPicture) -> dict[str, Any]:
    ask = request.GET.get("ask", "")
    suffix = unit_suffix(request.scope)
    return {
        **moment_context(request, None),
        "picture": picture,
        "unit": picture.county,
        "url": page_url(request, picture.date),
        "now": picture.force.now,
        "due_label": f"{picture.due:%H:%M} 截止",
        "chip": chip_of(picture),
        "opening": picture.day.opening if picture.day and picture.state != CountyState.FORWARDED else None,
        "lines": [_line(line, picture, suffix) for line in picture.towns],
        "forwards": [
            (one, forward_number(one), short(one.digest), is_intact(one)) for one in picture.forwards
        ],
        "may_forward": request.scope.has(Role.COUNTY_OFFICE) and picture.may_forward,
        "why_not": why_not(picture),
        "may_open": request.scope.has(Role.CITY_OFFICE) and picture.state == CountyState.FORWARDED,
        "asks": asks(request, picture.date, "reports:forward", ask),
        "ends_at": default_end(picture.force.now),
        "steps": [*crumbs(request.scope, picture.county, reverse("completeness:grid")), ("县级上报", "")],
    }


def asks(request: HttpRequest, date: Any, name: str, asked: str) -> dict[str, dict[str, Any]]:
    """Of each question (退回, 重开): where it is answered, the page that asks it without scripts, whether it is asked."""
    suffix = unit_suffix(request.scope)
    sign = "&" if suffix else "?"
    base = reverse(name, args=[str(date)]) + suffix
    return {
        ask: {
            "action": reverse(f"{name.removesuffix('-day')}-{ask}", args=[str(date)]) + suffix,
            "page": f"{base}{sign}ask={ask}#{ask}",
            "asked": ask == asked,
        }
        for ask in (*ASKS, *(("recall",) if name.endswith("-day") else ()))
    }


def default_end(now: datetime.datetime, latest: datetime.datetime | None = None) -> str:
    """What the form of a re-opening begins with: the full hour a day from now, not after `latest`."""
    ends_at = (
        (now + datetime.timedelta(days=1)).astimezone(SHANGHAI).replace(minute=0, second=0, microsecond=0)
    )
    if latest is not None:
        ends_at = min(ends_at, latest.astimezone(SHANGHAI))
    return f"{ends_at:%Y-%m-%dT%H:%M}"


def chip_of(picture: CountyPicture) -> tuple[str, str]:
    """State chip of the county's day and its words."""
    if picture.state in (CountyState.RETURNED, CountyState.REOPENED):
        return picture.state, ""
    words = {"on_time": ("filed", "按时上报"), "late": ("late", "迟报"), "missing": ("missing", "未上报")}
    return words.get(picture.timeliness, ("waiting", "待上报"))


def why_not(picture: CountyPicture) -> str:
    """Why nothing can be forwarded now, in the words of the button; '' when it can."""
    if not picture.filed:
        return "还没有乡镇上报"
    if picture.still_open:
        return f"{len(picture.still_open)} 个乡镇还在更正"
    if picture.missing and picture.force.now <= picture.town_due:
        return f"未到 {picture.town_due:%H:%M}，还有 {len(picture.missing)} 个未报"
    return ""


def _line(line: TownLine, picture: CountyPicture, suffix: str) -> dict[str, Any]:
    due = picture.town_due
    if line.is_missing:
        chip = ("missing", "") if picture.force.now > due else ("draft" if line.sheet else "waiting", "")
    else:
        chip = CHIPS.get(line.state, ("late", "") if line.was_late(due) else ("filed", ""))
    daily = reverse("reports:daily-day", args=[picture.date.isoformat()])
    return {
        "line": line,
        "chip": chip,
        "url": "" if line.is_missing else f"{daily}?unit={line.area.code}",
        "code": short(line.revision.digest) if line.revision else "",
        "reason": next(
            (
                one["reason"]
                for forward in picture.forwards[:1]
                for one in forward.missing
                if one["code"] == line.area.code
            ),
            "",
        ),
    }


@allow(Role.CITY_OFFICE)
@require_POST
def county_return(request: HttpRequest, date: str) -> HttpResponse:
    """退回: the city asks the county to check the day and forward it again."""
    return _open(
        request,
        date,
        lambda where, facts: return_county_day(*where, **facts, by=request.scope),
        "return",
        "已退回，县里核对后再次上报",
    )


@allow(Role.CITY_OFFICE)
@require_POST
def county_reopen(request: HttpRequest, date: str) -> HttpResponse:
    """重开: the city lets the county correct the day until a moment."""
    ends_at = read_end(request.POST.get("ends_at", ""))
    return _open(
        request,
        date,
        lambda where, facts: reopen_county_day(*where, **facts, ends_at=ends_at, by=request.scope),
        "reopen",
        "已重开，到期自动收回",
    )


def _open(
    request: HttpRequest, date: str, act: Callable[[tuple, dict], Any], ask: str, done: str
) -> HttpResponse:
    try:
        where = (force_of(request).round, county_of(request), days.read_day(date))
    except Refusal as refusal:
        return refused(request, refusal, title="县级上报")
    try:
        act(where, opening_facts(request))
    except ValidationError as error:
        say_no(request, error)
        return redirect(asks(request, where[2], "reports:forward", ask)[ask]["page"].split("#")[0])
    messages.success(request, done)
    return redirect(page_url(request, date))


def opening_facts(request: HttpRequest) -> dict[str, Any]:
    """Reason and version of the form."""
    return {
        "version": whole_number(request.POST.get("version", "")) or 0,
        "reason": request.POST.get("reason", ""),
    }
