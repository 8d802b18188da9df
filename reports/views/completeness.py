"""完成度: unit × day, who filed on time, late or not at all."""

import datetime
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import OFFICE_ROLES, Level, Role
from accounts.doors import allow, gives_way
from accounts.models import Area
from accounts.moments import moment_text
from accounts.views.moments import moment_context
from elections.models import Round
from elections.views.units import crumbs
from reports.actions.exports import start_grid_export
from reports.queries.clock import database_now
from reports.queries.completeness import (
    COUNTY_WORDS,
    FORWARD_WORDS,
    STATE_WORDS,
    Completeness,
    UnitLine,
    completeness,
)
from reports.queries.settings import in_force_of
from reports.rules.days import read_day
from reports.rules.timing import due_at
from reports.views.chasing import chase_context
from reports.views.forward_cells import forward_cells, forward_days, forward_row
from reports.views.rollup_choice import moment_of

FILED = ("filed", "zero", "late", "returned", "reopened")
TOWN_WORDS = [
    (state, STATE_WORDS[state])
    for state in ("filed", "zero", "late", "missing", "returned", "reopened", "waiting", "draft")
]
SPANS = {"7": "7 日", "14": "14 日", "all": "全程"}
# Whose reports: the townships' filings, or the counties' forwardings of them.
WHATS = {"town": "乡镇日报", "county": "县级上报"}
WEEKDAYS = "一二三四五六日"


@dataclass(frozen=True)
class Span:
    """Which days of which unit the URL asks for."""

    round: Round
    unit: Area
    code: str
    last: datetime.date
    days: list[datetime.date]
    open_unit: str
    what: str = "town"
    as_of: datetime.datetime | None = None

    def url(self, **changes: Any) -> str:
        query = {
            "unit": self.unit.code,
            "span": self.code,
            "to": self.last.isoformat(),
            "open": self.open_unit,
            "what": "" if self.what == "town" else self.what,
            "as_of": moment_text(self.as_of),
        }
        query |= changes
        kept = {key: value for key, value in query.items() if value}
        return f"{reverse('completeness:grid')}?{urlencode(kept)}"


def span_of(request: HttpRequest, today: datetime.date) -> Span | None:
    """The days asked for; None while the unit has no round."""
    unit = request.scope.unit
    force = in_force_of(request.scope)
    if force is None:
        return None
    round = force.round
    if unit.level >= Level.VILLAGE:
        raise Http404
    newest = max(round.reporting_from, min(today, round.reporting_to))
    asked, code = request.GET.get("to", ""), request.GET.get("span", "14")
    last = read_day(asked) if asked else newest
    what = request.GET.get("what", "town")
    if what not in WHATS or (what == "county" and unit.level > Level.COUNTY):
        raise Http404
    if code not in SPANS or not round.reporting_from <= last <= newest:
        raise Http404
    first = round.reporting_from
    if code != "all":
        first = max(first, last - datetime.timedelta(days=int(code) - 1))
    days = [first + datetime.timedelta(days=n) for n in range((last - first).days + 1)]
    moment = moment_of(request.GET, force.now, due_at(last, force.cut_offs[Level.TOWNSHIP]))
    return Span(round, unit, code, last, days, request.GET.get("open", ""), what, moment)


@allow(*OFFICE_ROLES)
@gives_way
@require_safe
def grid(request: HttpRequest) -> HttpResponse:
    """The grid; a county's row opens into its townships, a cell opens the day."""
    force = in_force_of(request.scope)
    now = force.now if force else database_now()
    today = timezone.localdate(now)
    span = span_of(request, today)
    if span is None:
        return render(request, "reports/completeness.html", {"unit": request.scope.unit})
    past = span.as_of is not None
    found = completeness(request.scope, span.round, span.unit, span.days, span.as_of or now, past=past)
    waiting = sum(
        1 for line in found.lines if line.townships == 1 and line.cells[-1].shown in ("waiting", "draft")
    )
    context = {
        "span": span,
        "now": now,
        "read_at": span.as_of or now,
        "unit": span.unit,
        "round": span.round,
        "found": found,
        "heads": [(day, WEEKDAYS[day.weekday()], day.weekday() > 4, day == today) for day in span.days],
        "rows": [_row(line, span, today) for line in _folded(found, span)] if span.what == "town" else [],
        "total": _row(found.total, span, today),
        "months": _months(span.days),
        "steps": [*crumbs(request.scope, span.unit, reverse("completeness:grid")), ("完成度", "")],
        "spans": [(label, span.url(span=code), code == span.code) for code, label in SPANS.items()],
        "cut_off": found.cut_offs[Level.TOWNSHIP],
        "county_cut_off": found.cut_offs[Level.COUNTY],
        "has_counties": found.total.county_days > 0,
        "waiting": waiting,
        "may_collect": request.scope.has(Role.COUNTY_OFFICE, Role.CITY_OFFICE),
        "words": list(FORWARD_WORDS.items()) if span.what == "county" else TOWN_WORDS,
        "counties": [forward_row(line, today, then=_then(span)) for line in found.counties],
        "whats": [(label, span.url(what=code), code == span.what) for code, label in WHATS.items()]
        if found.counties
        else [],
        "forward_cells": [] if span.what == "county" else forward_cells(found, then=_then(span)),
        "forward_days": [] if past or not request.scope.has(Role.COUNTY_OFFICE) else forward_days(found),
        **_moments(request, span, found, now),
    }
    if not past:
        context |= chase_context(request, span.round, span.unit, span.last, span.url(), context["rows"])
    return render(request, "reports/completeness.html", context)


def _moments(request: HttpRequest, span: Span, found: Completeness, now: datetime.datetime) -> dict[str, Any]:
    """截止时 (of the last day shown, once it has passed), 最新, and where the form of another moment starts."""
    cut_off = due_at(span.last, found.cut_offs[Level.TOWNSHIP])
    tabs = [("最新", span.url(as_of=""), span.as_of is None)]
    if cut_off <= now:
        tabs.insert(0, ("截止时", span.url(as_of=moment_text(cut_off)), span.as_of == cut_off))
    return {
        **moment_context(request, span.as_of, start=min(cut_off, now)),
        "moments": tabs,
    }


def _folded(found: Completeness, span: Span) -> list[UnitLine]:
    """Counties with the one that is open unfolded; a county's own grid shows its townships at once,
    a township's its own states."""
    if found.total.area.level == Level.TOWNSHIP:
        return [found.total]
    counties = [line for line in found.lines if line.area.level < Level.TOWNSHIP]
    if not counties:
        return found.lines
    codes = {line.area.pk: line.area.code for line in counties}
    return [
        line
        for line in found.lines
        if line.area.pk in codes or (line.parent and codes.get(line.parent.pk) == span.open_unit)
    ]


def _row(line: UnitLine, span: Span, today: datetime.date) -> dict[str, Any]:
    township = line.area.level == Level.TOWNSHIP
    is_open = line.area.code == span.open_unit
    return {
        "line": line,
        "township": township,
        "is_open": is_open,
        "url": span.url(open="" if is_open else line.area.code),
        "rollup_url": "" if line.left else f"{reverse('rollup:table')}?unit={line.area.code}",
        "cells": [
            {
                "state": cell.shown,
                "count": None if township else cell.count,
                "rate": cell.on_time_rate,
                "confirmed": township and cell.confirmed > 0,
                "label": _label(line, cell, township=township),
                "url": _day_url(line, cell, span, township=township),
                "weekend": cell.day.weekday() > 4,
                "today": cell.day == today,
            }
            for cell in line.cells
        ],
    }


def _label(line: UnitLine, cell: Any, *, township: bool) -> str:
    text = f"{line.area.name} {cell.day:%m-%d} {STATE_WORDS[cell.shown]}"
    if not township:
        text += f" {cell.count}"
    elif cell.confirmed:
        text += "，县已上报"
    return f"{text}，{COUNTY_WORDS[cell.county]}" if cell.county in COUNTY_WORDS else text


def _day_url(line: UnitLine, cell: Any, span: Span, *, township: bool) -> str:
    if township and not line.left and cell.shown in FILED:
        return f"{_url_of_day(cell.day)}?unit={line.area.code}{_then(span)}"
    return ""


def _then(span: Span) -> str:
    """What the address of a day says of the moment."""
    return f"&as_of={moment_text(span.as_of)}" if span.as_of else ""


@lru_cache(maxsize=512)
def _url_of_day(day: datetime.date) -> str:
    """Each day stands in a line of every township."""
    return reverse("reports:daily-day", args=[day.isoformat()])


def _months(days: list[datetime.date]) -> list[tuple[str, int]]:
    """Heads over the days: month and number of columns."""
    months: list[tuple[str, int]] = []
    for day in days:
        name = f"{day.year}年{day.month}月"
        if months and months[-1][0] == name:
            months[-1] = (name, months[-1][1] + 1)
        else:
            months.append((name, 1))
    return months


@allow(*OFFICE_ROLES)
@gives_way
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Start the workbook of the same grid, all townships unfolded, as a job."""
    span = span_of(request, timezone.localdate(database_now()))
    if span is None:
        raise Http404
    job = start_grid_export(
        span.round, span.unit, span.days[0], span.last, as_of=span.as_of, by=request.scope
    )
    return redirect("jobs:detail", job.pk)
