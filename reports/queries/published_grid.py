"""完成度 as it is published: the grid as plain data with the clocks it was judged by, and made again by the same."""

import datetime
from typing import TYPE_CHECKING, Any, Final

from accounts.choices import Level
from reports.models import Publication
from reports.queries.completeness import (
    FORWARD_WORDS,
    STATE_WORDS,
    Completeness,
    DayCell,
    DayRules,
    UnitLine,
    completeness,
)
from reports.rules.published import kept_text

if TYPE_CHECKING:
    from accounts.scope import Scope

GRID: Final = "completeness"  # `table` of a publication's question
CLOSED: Final = ("按时%", "迟", "缺")
FORWARDED: Final = ("按时", "迟", "未报")


def frozen_grid(found: Completeness, title: str) -> dict[str, Any]:
    """A grid in the shape of a published table: a column a day, then what was on time, late and missing."""
    columns = [f"{day.month}月 {day.day}" for day in found.days]
    columns += [f"已截止 {word}" for word in CLOSED]
    if found.counties:
        columns += [f"县级上报 {word}" for word in FORWARDED]
    rows: dict[str, dict[str, Any]] = {}
    for line in found.lines:
        # A township that was moved has a line under each superior.
        code = line.area.code
        key = f"{code} {line.parent.code}" if code in rows and line.parent else code
        rows[key] = _line(line, key, forwards=bool(found.counties))
    return {
        "unit": found.total.area.code,
        "name": found.total.area.name,
        "title": title,
        "columns": columns,
        "rows": list(rows.values()),
        "total": _line(found.total, found.total.area.code, forwards=bool(found.counties)),
    }


def _line(line: UnitLine, code: str, *, forwards: bool) -> dict[str, Any]:
    township = line.area.level == Level.TOWNSHIP
    rate = None if line.rate is None else f"{line.rate:.1f}"
    closed = [rate, line.late, line.missing]
    counted = ([None] * 3 if township else line.forwards) if forwards else []
    cells = [_day(cell, township=township) for cell in line.cells]
    return {
        "code": code,
        "name": line.area.name,
        "missing": 0,
        "cells": [kept_text(value) for value in (*cells, *closed, *counted)],
    }


def _day(cell: DayCell, *, township: bool) -> str:
    """The gravest state with its number; of a township whether its county has forwarded it, of a county how it did."""
    text = STATE_WORDS[cell.shown] + ("" if township else f" {cell.count}")
    if cell.confirmed:
        text += "，已上报" if township else f"，已上报 {cell.confirmed}"
    return f"{text}，{FORWARD_WORDS[cell.forward]}" if cell.forward in FORWARD_WORDS else text


def grid_question(found: Completeness) -> dict[str, Any]:
    """What of a grid is not in its place: its first day, and the clocks in force."""
    return {
        "table": GRID,
        "mode": "day",
        "form": "xlsx",
        "first": found.days[0].isoformat(),
        "cut_offs": {str(level): at.isoformat() for level, at in sorted(found.rules.cut_offs.items())},
        "asked": sorted(day.isoformat() for day in found.rules.asked),
    }


def grid_again(publication: Publication, scope: "Scope") -> dict[str, Any]:
    """The grid of a publication as it stood at its moment, judged by the clocks that were in force then."""
    query = publication.query
    first = datetime.date.fromisoformat(query["first"])
    days = [first + datetime.timedelta(days=n) for n in range((publication.date - first).days + 1)]
    rules = DayRules(
        {int(level): datetime.time.fromisoformat(at) for level, at in query["cut_offs"].items()},
        frozenset(datetime.date.fromisoformat(day) for day in query["asked"]),
    )
    found = completeness(
        scope, publication.round, publication.area, days, publication.as_of, past=True, rules=rules
    )
    return frozen_grid(found, publication.title)
