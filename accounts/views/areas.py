"""/system/areas/: the tree of units, search, one unit."""

import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from accounts.actions.areas import set_electorate
from accounts.choices import Level, Role
from accounts.divisions.zones import zone_lists
from accounts.doors import allow
from accounts.finding import MAX_TERM
from accounts.models import Area
from accounts.queries import areas as queries
from accounts.queries.picking import FEW, label_of, place_of, suggest
from accounts.queries.trees import Unit, unit_on
from accounts.rules.area_operations import PROPOSERS
from accounts.rules.areas import PICKERS, READERS
from accounts.typed_again import say_no


@allow(*READERS)
@require_GET
def area_list(request: HttpRequest) -> HttpResponse:
    """The top of the reader's tree, or what a search finds in it."""
    term = request.GET.get("q", "").strip()
    if term:
        found, more = queries.find_areas(request.scope, term)
        facts = {"term": term, "found": found, "more": more}
        return render(request, "accounts/area_search.html", facts)
    tops = queries.top_areas(request.scope)
    if len(tops) == 1:
        return redirect("areas:detail", code=tops[0].code)
    return render(request, "accounts/area_list.html", {"tops": tops, "term": ""})


@allow(*READERS)
@require_GET
def area_detail(request: HttpRequest, code: str) -> HttpResponse:
    """One unit: its codes, both parents, its dates, and the units below it with counts by kind."""
    area = _area(request, code)
    way = queries.way_down(area, request.scope)
    day = parse_date(request.GET.get("day", "")[:10])
    was = unit_on(area, day) if day else None
    steps = [("区划", reverse("areas:list"))]
    steps += [(unit.name, reverse("areas:detail", args=[unit.code])) for unit in way[:-1]]
    below = _below(area, day, was)
    return render(
        request,
        "accounts/area_detail.html",
        {
            **below,
            "area": area,
            "steps": [*steps, (area.name, "")],
            "totals": queries.totals(below["lines"]),
            "counted_here": queries.statistical_children(area) if area.level == Level.COUNTY else [],
            "villages": area.level == Level.TOWNSHIP,
            "townships": area.level == Level.COUNTY,
            "day": day,
            "was": was,
            "now": timezone.now(),
            "zone": zone_lists().get(area.code),
            "former": list(area.versions.select_related("parent").order_by("valid_to")),
            "may_propose": area.valid_to is None
            and area.level >= Level.COUNTY
            and request.scope.role in PROPOSERS
            and request.scope.units is None,
            "may_switch": area.level == Level.VILLAGE and request.scope.role == Role.ADMIN,
        },
    )


def _below(area: Area, day: datetime.date | None, was: Unit | None) -> dict[str, Any]:
    """The units below, now with those that have ended, or as they were on `day`."""
    if day is not None:
        return {"lines": queries.lines_on(was, day) if was else [], "ended": []}
    if area.level == Level.VILLAGE:
        return {"lines": [], "ended": []}
    return {"lines": queries.lines_below(area), "ended": queries.ended_below(area)}


@allow(*PICKERS)
@require_GET
def area_pick(request: HttpRequest) -> HttpResponse:
    """The list under a field for a unit (`q`; `levels` as digits, `under` a unit); a part of a page, asked by htmx."""
    asked = request.GET.get("q", "")[:MAX_TERM]
    levels = [int(digit) for digit in request.GET.get("levels", "") if digit in "12345"]
    under = request.GET.get("under", "")[:MAX_TERM]
    found = suggest(request.scope, asked, levels=levels, under=under, limit=FEW + 1)
    lines = [(area, label_of(area), place_of(area)) for area in found[:FEW]]
    return render(request, "accounts/_picks.html", {"asked": asked, "found": lines, "more": len(found) > FEW})


@allow(Role.ADMIN)
@require_POST
def area_electorate(request: HttpRequest, code: str) -> HttpResponse:
    area = _area(request, code)
    takes_part = request.POST.get("takes_part") == "1"
    try:
        set_electorate(area, takes_part=takes_part, by=request.scope, reason=request.POST.get("reason", ""))
    except ValidationError as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, "已列入换届范围" if takes_part else "已移出换届范围")
    return redirect("areas:detail", code=code)


def _area(request: HttpRequest, code: str) -> Area:
    rows = Area.objects.visible_to(request.scope).select_related("parent", "statistical_parent")
    return get_object_or_404(rows, code=code)
