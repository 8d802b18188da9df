"""What every township and county still owes, for the reminders; what is ahead of one unit, for its calendar."""

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse

from accounts.choices import Level, Role
from accounts.deadlines import Deadline
from accounts.models import Area
from elections.models import Org, Round
from reports.choices import CountyState, SheetState
from reports.deadline_kinds import CORRECTING, COUNTY, DAILY, REOPENED, RETURNED
from reports.models import CountyDay, CutOff, DailySheet
from reports.queries.settings import in_force_of
from reports.rules import states
from reports.rules.days import local_day, reporting_days
from reports.rules.timing import DEFAULT_CUT_OFF, due_at

if TYPE_CHECKING:
    from accounts.scope import Scope


def day_url(day: datetime.date) -> str:
    """Where a township files `day`."""
    return reverse("reports:daily-day", args=[day.isoformat()])


def county_url(day: datetime.date) -> str:
    """Where a county forwards `day`."""
    return reverse("reports:forward", args=[day.isoformat()])


def owed(now: datetime.datetime, first: datetime.datetime, last: datetime.datetime) -> Iterator[Deadline]:
    """Reports of all current rounds that are due between two moments and not in. Seven queries, whatever the size."""
    rounds = list(Round.objects.current())
    if rounds:
        yield from _dailies(rounds, first, last)
        yield from _opened(first, last)


def _dailies(rounds: list[Round], first: datetime.datetime, last: datetime.datetime) -> Iterator[Deadline]:
    """Townships that have not filed, counties that have not forwarded."""
    clocks = list(_clocks(rounds, first, last))
    if not clocks:
        return
    days = {day for _, day, _, _ in clocks}
    townships = _units(rounds, "area__parent_id", Level.TOWNSHIP, clocks)
    counties = _units(rounds, "area__parent__parent_id", Level.COUNTY, clocks)
    done = Q(round__in=rounds, date__in=days)
    filed = set(DailySheet.objects.filter(done, revisions__gte=1).values_list("area_id", "date"))
    forwarded = set(CountyDay.objects.filter(done, forwards__gte=1).values_list("area_id", "date"))
    for round, day, level, due in clocks:
        if level == Level.TOWNSHIP:
            missing = (area for area in townships.get(round.pk, []) if (area.pk, day) not in filed)
            yield from (DAILY.at(area, due, day_url(day), day=day, action="填报") for area in missing)
        else:
            silent = (area for area in counties.get(round.pk, []) if (area.pk, day) not in forwarded)
            yield from (COUNTY.at(area, due, county_url(day), day=day) for area in silent)


def _clocks(
    rounds: list[Round], first: datetime.datetime, last: datetime.datetime
) -> Iterator[tuple[Round, datetime.date, int, datetime.datetime]]:
    """(round, day, level, due) of every cut-off after `first` and up to `last`. One query."""
    set_by_city: dict[int, dict[int, datetime.time]] = {}
    for round_id, level, at in CutOff.objects.filter(round__in=rounds).values_list("round_id", "level", "at"):
        set_by_city.setdefault(round_id, {})[level] = at
    for round in rounds:
        for level, at in {**DEFAULT_CUT_OFF, **set_by_city.get(round.pk, {})}.items():
            for day in reporting_days(round, local_day(first), local_day(last)):
                if first < (due := due_at(day, at)) <= last:
                    yield round, day, level, due


def _units(rounds: list[Round], column: str, level: int, clocks: list) -> dict[int, list[Area]]:
    """Units of a level with villages in each round; none are read while no clock of the level runs. Two queries."""
    if all(clock[2] != level for clock in clocks):
        return {}
    pairs = list(Org.objects.filter(round__in=rounds).order_by().values_list("round_id", column).distinct())
    areas = Area.objects.filter(valid_to=None).in_bulk({area for _, area in pairs if area})
    found: dict[int, list[Area]] = {}
    for round_id, area in pairs:
        # A township right below a city has no county between.
        if area in areas and areas[area].level == level:
            found.setdefault(round_id, []).append(areas[area])
    return found


def _opened(first: datetime.datetime, last: datetime.datetime) -> Iterator[Deadline]:
    """Days returned or re-opened until a moment. Two queries."""
    ends = Q(open_until__gt=first, open_until__lte=last)
    for sheet in DailySheet.objects.filter(ends, state__in=states.OPENED).select_related("area"):
        kind = RETURNED if sheet.state == SheetState.RETURNED else REOPENED
        kind = CORRECTING if sheet.state == SheetState.CORRECTING else kind
        yield kind.at(sheet.area, sheet.open_until, day_url(sheet.date), day=sheet.date, action="更正")
    again = (CountyState.RETURNED, CountyState.REOPENED)
    for found in CountyDay.objects.filter(ends, state__in=again).select_related("area"):
        yield COUNTY.at(found.area, found.open_until, county_url(found.date), day=found.date)


def ahead(scope: "Scope", now: datetime.datetime, last: datetime.datetime) -> Iterator[Deadline]:
    """Cut-offs of the unit in force up to `last`. One query at most."""
    unit = scope.unit
    force = in_force_of(scope) if scope.has(Role.TOWNSHIP, Role.COUNTY_OFFICE, Role.CITY_OFFICE) else None
    if force is None or unit is None:
        return
    town = scope.has(Role.TOWNSHIP)
    at = force.cut_offs[Level.TOWNSHIP if town else Level.COUNTY]
    for day in reporting_days(force.round, local_day(now), local_day(last)):
        kind, url = (DAILY, day_url(day)) if town else (COUNTY, county_url(day))
        yield kind.at(unit, due_at(day, at), url, day=day)
