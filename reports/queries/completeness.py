"""Who has filed which day: unit × day, from the sheets and the forwardings. Five queries, of a past moment twelve."""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from accounts.choices import Level
from accounts.models import Area
from elections.models import Round
from reports.choices import CountyState, SheetState, Timeliness
from reports.models import CountyDay, DailyRevision, DailySheet
from reports.queries.settings import cut_offs_of
from reports.queries.settled import COURSE, settle
from reports.queries.sheets_as_of import Days, county_days_as_of, sheets_as_of
from reports.queries.stays import Stay, sheets_of_left, stays
from reports.rules import county_states
from reports.rules.states import OPENED, state_at
from reports.rules.timing import due_at, timeliness

if TYPE_CHECKING:
    from accounts.scope import Scope

# Words of the legend, the gravest first; a higher unit shows the gravest with its count.
GRAVITY = ("missing", "returned", "late", "waiting", "draft", "reopened", "filed", "zero", "off")

COUNTY_WORDS = {
    Timeliness.ON_TIME: "县级按时上报",
    Timeliness.LATE: "县级迟上报",
    Timeliness.MISSING: "县级未上报",
    Timeliness.NOT_DUE: "县级待上报",
}

FORWARD_WORDS = {
    "filed": "按时上报",
    "late": "迟上报",
    "missing": "未上报",
    "waiting": "待上报",
    "returned": "市级退回",
    "reopened": "市级重开",
}

STATE_WORDS = {
    "filed": "按时",
    "zero": "按时，零报告",
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
    """One unit on one day. `states` counts its townships by state; a township has exactly one.

    `county`: of a county, whether it first forwarded the day by its own cut-off; `forward`: how that forwarding
    stands now, returned or re-opened. `confirmed`: townships whose newest revision the county has forwarded.
    `late` and `missing` are judged whatever has been opened since.
    """

    day: datetime.date
    states: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    county: Timeliness | None = None
    forward: str | None = None
    confirmed: int = 0
    late: int = 0
    missing: int = 0

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
        return 100 * (asked - self.late - self.missing) / asked


@dataclass
class UnitLine:
    """One unit over the days shown, and its record over all days whose cut-off has passed.

    A township that was moved has a line under each superior, with the days it stood there; `left`: it stands outside
    the unit shown now, whose readers know whether it was in and no more.
    `forwards`: of a county how many of its forwardings came on time, late, not at all; of a higher unit those of
    its counties.
    """

    area: Area
    townships: int
    cells: list[DayCell]
    parent: Area | None = None
    left: bool = False
    on_time: int = 0
    late: int = 0
    missing: int = 0
    forwards: list[int] = field(default_factory=lambda: [0, 0, 0])

    @property
    def county_days(self) -> int:
        """Days of counties whose county cut-off has passed."""
        return sum(self.forwards)

    @property
    def county_on_time(self) -> int:
        return self.forwards[0]

    @property
    def forward_rate(self) -> float | None:
        """Share of the forwardings due that came on time, in per cent."""
        return 100 * self.forwards[0] / sum(self.forwards) if sum(self.forwards) else None

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
    rules: "DayRules"
    counties: list[UnitLine]

    @property
    def cut_offs(self) -> dict[int, datetime.time]:
        """Time of day by level."""
        return self.rules.cut_offs


@dataclass(frozen=True)
class DayRules:
    """What days are judged by: time of day by level, and the days on which a report is asked for."""

    cut_offs: dict[int, datetime.time]
    asked: frozenset[datetime.date]


@dataclass(frozen=True)
class Clock:
    """A day and its cut-off; `asked`: whether the round asks for reports of that day."""

    day: datetime.date
    due: datetime.datetime
    asked: bool

    def has_struck(self, now: datetime.datetime) -> bool:
        return self.asked and now > self.due


class Filed(NamedTuple):
    """Sheets by township and day; township, day and number of each revision that is a zero report."""

    sheets: dict[tuple[int, datetime.date], DailySheet]
    zeros: set[tuple[int, datetime.date, int]]


def completeness(
    scope: "Scope",
    round: Round,
    unit: Area,
    days: list[datetime.date],
    now: datetime.datetime,
    *,
    past: bool = False,
    rules: DayRules | None = None,
) -> Completeness:
    """Grid of `unit`: its townships, the counties between, and itself; judged by the cut-off and the given clock.

    `past`: the clock shows a moment gone by, and the days are shown as they stood then. `rules`: those the days were
    judged by before; default: those in force.
    """
    if past:
        settle(COURSE)
    townships = stays(scope, round, unit, days[0], days[-1])
    asked_days = Days(scope, round, unit, days, now)
    filed = _filed(asked_days, townships, past=past)
    rules = rules or DayRules(cut_offs_of(scope, round), frozenset(filter(round.has_reporting_on, days)))
    clocks = [Clock(day, due_at(day, rules.cut_offs[Level.TOWNSHIP]), day in rules.asked) for day in days]
    total = _empty(unit, days)
    groups = {area.pk: _empty(area, days) for area in _between(townships, unit)}
    below: dict[int, list[UnitLine]] = defaultdict(list)
    for stay in townships:
        line = total if stay.area.pk == unit.pk else _empty(stay.area, days)
        line.parent, line.left = stay.parent, not stay.is_below(unit)
        above = [total, groups.get(stay.parent.pk)]
        _count_stay(stay, [line, *(each for each in above if each and each is not line)], clocks, filed, now)
        if line is not total:
            below[stay.parent.pk].append(line)
    lines: list[UnitLine] = []
    for parent, children in below.items():
        lines += [groups[parent], *children] if parent in groups else children
    counties = [line for line in (*groups.values(), total) if line.area.level == Level.COUNTY]
    if counties:
        by_day = county_days_as_of(asked_days) if past else _county_days(asked_days)
        _add_forwards(by_day, rules, counties, now)
    for line in counties:
        if line is not total:
            total.forwards = [a + b for a, b in zip(total.forwards, line.forwards, strict=True)]
    return Completeness(days, lines, total, sum(clock.has_struck(now) for clock in clocks), rules, counties)


def _count_stay(
    stay: Stay, counted: list[UnitLine], clocks: list[Clock], filed: Filed, now: datetime.datetime
) -> None:
    """Enter a township's days into its own line and those of the units above it, for the days it stood there."""
    for each in counted:
        each.townships += stay.holds_on(clocks[-1].day)
    for n, clock in enumerate(clocks):
        if not stay.holds_on(clock.day):
            continue  # it stood elsewhere, or nowhere: asked there, or not at all
        sheet = filed.sheets.get((stay.area.pk, clock.day))
        state = state_of(sheet, asked=clock.asked, due=clock.due, now=now)
        if state == "filed" and sheet and (stay.area.pk, clock.day, sheet.revisions) in filed.zeros:
            state = "zero"
        confirmed = bool(sheet and sheet.confirmed and sheet.confirmed == sheet.revisions)
        for each in counted:
            each.cells[n].states[state] += 1
            each.cells[n].confirmed += confirmed
            if clock.has_struck(now):
                _count(each, each.cells[n], sheet, clock.due, now)


def _empty(area: Area, days: list[datetime.date]) -> UnitLine:
    return UnitLine(area, 0, [DayCell(day) for day in days])


def state_of(sheet: DailySheet | None, *, asked: bool, due: datetime.datetime, now: datetime.datetime) -> str:
    """Word of the legend for a township's day. Never 缺 before the cut-off."""
    filed_at = sheet.first_filed_at if sheet else None
    judged = timeliness(asked=asked, filed_at=filed_at, due=due, now=now)
    if judged == Timeliness.NOT_ASKED:
        return "off"
    if judged == Timeliness.MISSING:
        return "missing"
    if judged == Timeliness.NOT_DUE or sheet is None:
        return "draft" if sheet else "waiting"
    state = state_at(sheet.state, sheet.open_until, now)
    if state == SheetState.RETURNED:
        return "returned"
    if state in OPENED:
        return "reopened"
    return "late" if judged == Timeliness.LATE else "filed"


def _filed(asked: Days, townships: list[Stay], *, past: bool) -> Filed:
    """What the townships filed on the days asked; one query more where a township has left the unit.

    Of such a township a past moment shows whether it was in by then, not what was open for it.
    """
    sheets = sheets_as_of(asked) if past else _sheets(asked)
    zeros = _zero_days(asked.scope, asked.round, asked.unit, asked.days)
    if all(stay.is_below(asked.unit) for stay in townships):
        return Filed(sheets, zeros)
    left, left_zeros = sheets_of_left(asked.round, asked.unit, asked.days[0], asked.days[-1])
    if past:
        in_by_then = [
            one for one in left.values() if one.first_filed_at and one.first_filed_at <= asked.moment
        ]
        for one in in_by_then:
            one.state, one.open_until = SheetState.FILED, None
        left = {(one.area_id, one.date): one for one in in_by_then}
    return Filed(sheets | left, zeros | left_zeros)


def _zero_days(
    scope: "Scope", round: Round, unit: Area, days: list[datetime.date]
) -> set[tuple[int, datetime.date, int]]:
    """Township, day and number of each revision that is a zero report. One query."""
    found = DailyRevision.objects.visible_to(scope).within(unit)
    found = found.filter(round=round, date__range=(days[0], days[-1]), is_zero=True)
    return set(found.order_by().values_list("area_id", "date", "number"))


def _sheets(asked: Days) -> dict[tuple[int, datetime.date], DailySheet]:
    """Sheets as they stand. One query."""
    found = DailySheet.objects.visible_to(asked.scope).within(asked.unit)
    found = found.filter(round=asked.round, date__range=(asked.days[0], asked.days[-1]))
    shown = ("area_id", "date", "state", "first_filed_at", "revisions", "open_until", "confirmed")
    return {(sheet.area_id, sheet.date): sheet for sheet in found.only(*shown)}


def _county_days(asked: Days) -> dict[tuple[int, datetime.date], CountyDay]:
    """Counties' days as they stand. One query."""
    found = CountyDay.objects.visible_to(asked.scope).within(asked.unit)
    found = found.filter(round=asked.round, date__range=(asked.days[0], asked.days[-1]))
    return {(day.area_id, day.date): day for day in found}


def _add_forwards(
    by_day: dict[tuple[int, datetime.date], CountyDay],
    rules: DayRules,
    counties: list[UnitLine],
    now: datetime.datetime,
) -> None:
    """Say of each county's cell how its forwarding stands."""
    for line in counties:
        for cell in line.cells:
            day = by_day.get((line.area.pk, cell.day))
            due, asked = due_at(cell.day, rules.cut_offs[Level.COUNTY]), cell.day in rules.asked
            first = day.first_forwarded_at if day else None
            cell.county = timeliness(asked=asked, filed_at=first, due=due, now=now)
            cell.forward = forward_state(day, asked=asked, due=due, now=now)
            if asked and now > due:
                line.forwards[2 if first is None else int(first > due)] += 1


def forward_state(
    day: CountyDay | None, *, asked: bool, due: datetime.datetime, now: datetime.datetime
) -> str:
    """Word of the legend for a county's forwarding. Never 缺 before its cut-off."""
    first = day.first_forwarded_at if day else None
    if day is not None and first is not None:
        state = county_states.state_at(day.state, day.open_until, now)
        if state in (CountyState.RETURNED, CountyState.REOPENED):
            return str(state)
    judged = timeliness(asked=asked, filed_at=first, due=due, now=now).value
    return {"on_time": "filed", "not_due": "waiting", "not_asked": "off"}.get(judged, judged)


def _count(
    line: UnitLine, cell: DayCell, sheet: DailySheet | None, due: datetime.datetime, now: datetime.datetime
) -> None:
    judged = timeliness(asked=True, filed_at=sheet.first_filed_at if sheet else None, due=due, now=now)
    if judged == Timeliness.ON_TIME:
        line.on_time += 1
    elif judged == Timeliness.LATE:
        line.late += 1
        cell.late += 1
    else:
        line.missing += 1
        cell.missing += 1


def _between(townships: list[Stay], unit: Area) -> list[Area]:
    """Superiors of the townships that lie between them and the unit, each once, in order."""
    found = {
        stay.parent.pk: stay.parent
        for stay in townships
        if stay.parent.pk != unit.pk and stay.area.pk != unit.pk
    }
    return list(found.values())
