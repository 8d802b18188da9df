"""How the counties forwarded each day, as cells of the completeness grid."""

import datetime
from typing import Any

from django.urls import reverse

from accounts.choices import Level
from reports.queries.completeness import FORWARD_WORDS, Completeness, DayCell, UnitLine


def forward_row(line: UnitLine, today: datetime.date, *, then: str) -> dict[str, Any]:
    """A county and how it forwarded each day; each cell opens the county's day."""
    return {
        "line": line,
        "cells": [forward_cell(line, cell, then=then) | {"today": cell.day == today} for cell in line.cells],
    }


def forward_cell(line: UnitLine, cell: DayCell, *, then: str) -> dict[str, Any]:
    """One county on one day; `then`: what the address says of the moment."""
    state = cell.forward or "off"
    return {
        "state": state,
        "label": f"{line.area.name} {cell.day:%m-%d} {FORWARD_WORDS.get(state, '当日不应报')}",
        "url": "" if state == "off" else forward_url(line, cell.day) + then,
        "weekend": cell.day.weekday() > 4,
    }


def forward_url(line: UnitLine, day: datetime.date) -> str:
    """Page of the county's day."""
    return f"{reverse('reports:forward', args=[day.isoformat()])}?unit={line.area.code}"


def forward_cells(found: Completeness, *, then: str = "") -> list[dict[str, Any]]:
    """The row under the townships: a county's own forwardings, or how many counties have forwarded each day."""
    if not found.counties:
        return []
    if found.total.area.level == Level.COUNTY:
        return [forward_cell(found.total, cell, then=then) for cell in found.total.cells]
    cells = []
    for n, day in enumerate(found.days):
        asked = [state for line in found.counties if (state := line.cells[n].forward) != "off"]
        done = sum(state in ("filed", "late") for state in asked)
        cells.append({"text": f"{done}／{len(asked)}" if asked else "—", "weekend": day.weekday() > 4})
    return cells


def forward_days(found: Completeness) -> list[tuple[datetime.date, str]]:
    """Days that the county has still to forward, the newest first, with their pages."""
    waiting = ("missing", "waiting", "returned", "reopened")
    if found.total.area.level != Level.COUNTY:
        return []
    days = [cell.day for cell in found.total.cells if cell.forward in waiting]
    return [(day, forward_url(found.total, day)) for day in reversed(days)]
