"""Counts of kinds and party organisations by unit, with the way down to the villages."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import OFFICE_ROLES, Level
from accounts.doors import allow, gives_way
from accounts.formats import moment_full
from accounts.moments import asked_moment, moment_text
from accounts.views.moments import moment_context
from elections import actions
from elections.models import Round
from elections.queries.counts import COLUMNS, Column, CountRow, count_table
from elections.views.lists import READERS, file_query
from elections.views.units import crumbs, round_of


@allow(*READERS)
@gives_way
@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """The table of one unit by its children; every figure opens the list of exactly those records."""
    round, unit, moment = round_of(request), request.scope.unit, asked_moment(request.GET)
    if unit.level >= Level.VILLAGE:
        raise Http404
    context: dict[str, Any] = {
        "round": round,
        "unit": unit,
        "steps": [*crumbs(request.scope, unit, reverse("elections:counts")), ("村数", "")],
        "columns": COLUMNS,
        "groups": column_groups(),
        "title": f"{unit.name}村(社区)和党组织数量表",
        "as_of": moment_full(moment or timezone.now()),
        "office": request.scope.office,
        "person": request.scope.name,
        "export_query": request.GET.urlencode(),
        **moment_context(request, moment),
        "may_export": request.scope.has(*OFFICE_ROLES),
    }
    if round:
        table = count_table(request.scope, round, unit, moment)
        listed = request.scope.units is not None
        own = unit == request.scope.area
        context["rows"] = [_shown(row, round, moment, listed=listed) for row in table.rows]
        context["total"] = _shown(table.total, round, moment, listed=listed, own=own)
    return render(request, "elections/counts.html", context)


@allow(*OFFICE_ROLES)
@gives_way
@require_POST
def counts_export(request: HttpRequest) -> HttpResponse:
    """Start the export of the same table as a job."""
    round, unit = round_of(request), request.scope.unit
    if round is None or unit.level >= Level.VILLAGE:
        raise Http404
    job = actions.start_counts_export(round, unit, as_of=asked_moment(request.GET), by=request.scope)
    return redirect("jobs:detail", job.pk)


@dataclass(frozen=True)
class Cell:
    """One figure with the list behind it."""

    column: Column
    value: int
    url: str
    missing: int
    missing_url: str


@dataclass(frozen=True)
class Row:
    """One unit: its name opens the next level, its figures open the list."""

    name: str
    url: str
    cells: list[Cell]


def _shown(
    row: CountRow, round: Round, moment: datetime.datetime | None, *, listed: bool, own: bool = False
) -> Row:
    """`listed`: a reader of named villages only has no unit between its list and the villages to open.

    The addresses keep the `moment`.
    """
    then = f"&as_of={moment_text(moment)}" if moment else ""
    closed = listed and row.level != Level.VILLAGE and not own
    base = f"{reverse('elections:orgs')}?" + ("" if listed and own else f"unit={row.code}") + then
    if not round.is_current:
        base += f"&round={round.pk}"
    cells = [
        Cell(
            column,
            row.figures[column.key],
            "" if closed else f"{base}&{column.query}" if column.query else base,
            row.missing.get(column.key, 0),
            "" if closed else f"{base}&missing={column.total_of}",
        )
        for column in COLUMNS
    ]
    if row.level == Level.VILLAGE:
        return Row(row.name, reverse("elections:org", args=[row.code]) + file_query(round, moment), cells)
    return Row(row.name, "" if closed else f"{reverse('elections:counts')}?unit={row.code}{then}", cells)


def column_groups() -> list[tuple[str, int]]:
    """Heads of the first heading row with the number of columns each covers."""
    groups: list[tuple[str, int]] = []
    for column in COLUMNS:
        if groups and groups[-1][0] == column.group:
            groups[-1] = (column.group, groups[-1][1] + 1)
        else:
            groups.append((column.group, 1))
    return groups
