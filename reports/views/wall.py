"""/wall/: totals in large type on a screen nobody touches. Read-only; nothing opens, nothing leaves."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.choices import Level, Role
from accounts.doors import allow
from accounts.whole_numbers import whole_number
from reports.models import RollupRow
from reports.queries.wall import Wall, wall_of
from reports.rollup_today import STEPS

READERS = (Role.WALL, Role.CITY_OFFICE, Role.COUNTY_OFFICE)
# How long a page stands before the next one, in seconds.
STANDS = 15
LEVELS = {"": None, "city": Level.CITY, "county": Level.COUNTY, "township": Level.TOWNSHIP}


@allow(*READERS)
@require_safe
def wall(request: HttpRequest) -> HttpResponse:
    """One page of the wall; asked by htmx it answers with the part that changes."""
    level, asked = request.GET.get("level", ""), request.GET.get("page", "")
    page = whole_number(asked) if asked else 1
    if level not in LEVELS or page is None:
        raise Http404
    found = wall_of(request.scope, level=LEVELS[level], page=page)
    context: dict[str, Any] = {"unit": request.scope.unit, "wall": found, "stands": STANDS}
    if found is not None:
        context |= _shown(found, level)
    part = bool(request.headers.get("HX-Request"))
    return render(request, "reports/_wall.html" if part else "reports/wall.html", context)


def _shown(found: Wall, level: str) -> dict[str, Any]:
    query = {"unit": found.unit.code, "level": level, "page": found.next_page}
    return {
        "next_url": f"{reverse('wall')}?{urlencode({key: value for key, value in query.items() if value})}",
        "steps": [label for _, label in STEPS],
        "own": _line(found.own) if found.own else None,
        "lines": [_line(row) for row in found.rows],
        "waiting_word": "缺报" if found.is_closed else "待报",
    }


def _line(row: RollupRow) -> dict[str, Any]:
    """Name, reports in, and villages done by step with their share of those due."""
    steps = [(getattr(row, key), _share(getattr(row, key), row.due)) for key, _ in STEPS]
    return {
        "name": row.area.name,
        "filed": row.filed,
        "townships": row.townships,
        "waiting": row.townships - row.filed,
        "due": row.due,
        "steps": steps,
    }


def _share(done: int | None, due: int | None) -> float | None:
    return 100 * done / due if due and done is not None else None
