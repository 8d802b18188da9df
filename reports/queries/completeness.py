"""Who has filed which day: unit × day, from the sheets. Four queries, whatever the size."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from accounts.choices import Level
from accounts.models import Area
from elections.models import Org, Round
from reports.choices import SheetState, Timeliness
from reports.models import DailySheet
from reports.queries.settings import cut_offs
from reports.rules.timing import due_at, timeliness

if TYPE_CHECKING:
    from accounts.scope import Scope

# Words of the legend, the gravest first; a higher unit shows the gravest with its count.
GRAVITY = ("missing", "returned", "late", "waiting", "draft", "reopened", "filed", "off")

STATE_WORDS = {
    "filed": "按时",
    "late": "迟报",
    "missing": "缺报",
    "returned": "退回待重报",
    "reopened": "重开更正",
    "waiting": "待报",
    "draft": "草稿中",
    "off": "当日不应报",
}


@dataclass
class DayCell:
    """One unit on one day. `states` counts its townships by state; a township has exactly one."""

    day: datetime.date
    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def shown(self) -> str:
        """The gravest state that occurs."""
        return next((state for state in GRAVITY if self.states.get(state)), "off")

    @property
    def count(self) -> int:
        return self.states.get(self.shown, 0)

    @property
    def on_time_rate(self) -> float | None:
        """Share of the townships asked that filed on time, in per cent; None before the cut-off."""
        asked = sum(self.states.values()) - self.states.get("off", 0)
        if not asked or self.states.get("waiting") or self.states.get("draft"):
            return None
        return 100 * (asked - self.states.get("late", 0) - self.states.get("missing", 0)) / asked


@dataclass
class UnitLine:
    """One unit over the days shown, and its record over all days whose cut-off has passed."""

    area: Area
    townships: int
    cells: list[DayCell]
    on_time: int = 0
    late: int = 0
    missing: int = 0

    @property
    def rate(self) -> float | None:
        """Share of the reports due that came on time, in per cent."""
        due = self.on_time + self.late + self.missing
        return 100 * self.on_time / due if due else None


@dataclass(frozen=True)
class Completeness:
    """Lines of the units below `unit` in the order of the tree (counties with their townships), and the total."""

    days: list[datetime.date]
    lines: list[UnitLine]
    total: UnitLine
    passed: int


def completeness(
    scope: "Scope", round: Round, unit: Area, days: list[datetime.date], now: datetime.datetime
) -> Completeness:
    """Grid of `unit`: its townships, the counties between, and itself; judged by the cut-off and the given clock."""
    townships = list(_townships(scope, round, unit))
    counties = _between(townships, unit)
    sheets = {
        (sheet.area_id, sheet.date): sheet
        for sheet in DailySheet.objects.visible_to(scope)
        .within(unit)
        .filter(round=round, date__range=(days[0], days[-1]))
        .only("area_id", "date", "state", "first_filed_at", "revisions")
    }
    cut_off = cut_offs(round)[Level.TOWNSHIP]
    dues = {day: due_at(day, cut_off) for day in days}
    asked = {day: round.has_reporting_on(day) for day in days}
    total = UnitLine(unit, len(townships), [DayCell(day) for day in days])
    groups = {area.pk: UnitLine(area, 0, [DayCell(day) for day in days]) for area in counties}
    below: dict[int, list[UnitLine]] = defaultdict(list)
    for area in townships:
        line = UnitLine(area, 1, [DayCell(day) for day in days])
        above = [
            upper
            for upper in (total, groups.get(area.parent_id))
            if upper is not None and upper.area.pk != area.pk
        ]
        for upper in above[1:]:
            upper.townships += 1
        for n, day in enumerate(days):
            state = state_of(sheets.get((area.pk, day)), asked=asked[day], due=dues[day], now=now)
            for each in (line, *above):
                each.cells[n].states[state] += 1
                if asked[day] and now > dues[day]:
                    _count(each, sheets.get((area.pk, day)), dues[day], now)
        below[area.parent_id].append(line)
    lines: list[UnitLine] = []
    for area in counties:
        lines += [groups[area.pk], *below.pop(area.pk)]
    for rest in below.values():
        lines += [line for line in rest if line.area.pk != unit.pk]
    passed = sum(asked[day] and now > dues[day] for day in days)
    return Completeness(days, lines, total, passed)


def state_of(sheet: DailySheet | None, *, asked: bool, due: datetime.datetime, now: datetime.datetime) -> str:
    """Word of the legend for a township's day. Never 缺 before the cut-off."""
    filed_at = sheet.first_filed_at if sheet else None
    judged = timeliness(asked=asked, filed_at=filed_at, due=due, now=now)
    if judged == Timeliness.NOT_ASKED:
        return "off"
    if judged == Timeliness.MISSING:
        return "missing"
    if judged == Timeliness.NOT_DUE:
        return "draft" if sheet else "waiting"
    if sheet.state == SheetState.CORRECTING:
        return "reopened"
    return "late" if judged == Timeliness.LATE else "filed"


def _count(line: UnitLine, sheet: DailySheet | None, due: datetime.datetime, now: datetime.datetime) -> None:
    judged = timeliness(asked=True, filed_at=sheet.first_filed_at if sheet else None, due=due, now=now)
    if judged == Timeliness.ON_TIME:
        line.on_time += 1
    elif judged == Timeliness.LATE:
        line.late += 1
    else:
        line.missing += 1


def _townships(scope: "Scope", round: Round, unit: Area):
    """Townships with villages in the round, in the order of the tree. One query."""
    parents = Org.objects.visible_to(scope).filter(round=round).within(unit).values("area__parent_id")
    return (
        Area.objects.filter(pk__in=parents)
        .select_related("parent")
        .order_by("parent__sort_order", "parent__path", "sort_order", "path")
    )


def _between(townships: list[Area], unit: Area) -> list[Area]:
    """Superiors of the townships that lie between them and the unit, each once, in order."""
    found = {
        area.parent_id: area.parent for area in townships if area.parent_id != unit.pk and area.pk != unit.pk
    }
    return list(found.values())
