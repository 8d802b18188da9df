"""What every total says about the days it is made of: returned, re-opened, waiting, forwarded by the counties."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from reports.choices import CountyState, SheetState
from reports.models import CountyDay, DailySheet
from reports.queries.settings import ClockTimestamp
from reports.rules.states import OPENED

if TYPE_CHECKING:
    from accounts.models import Area
    from accounts.scope import Scope
    from elections.models import Round


@dataclass(frozen=True)
class Flags:
    """Townships below by what is open on the day, and how many of its counties have forwarded it."""

    returned: int = 0
    reopened: int = 0
    asked: int = 0
    counties: int = 0
    forwarded: int = 0
    county_returned: int = 0
    county_reopened: int = 0

    @property
    def words(self) -> list[str]:
        """The flags in words, the gravest first; nothing where nothing is to be said."""
        found = [
            (self.county_returned, f"市级退回 {self.county_returned} 个县"),
            (self.county_reopened, f"市级重开 {self.county_reopened} 个县"),
            (self.returned, f"退回 {self.returned} 个乡镇"),
            (self.reopened, f"重开更正 {self.reopened} 个乡镇"),
            (self.asked, f"申请更正 {self.asked} 个乡镇"),
            (self.counties, f"县级已上报 {self.forwarded}／{self.counties}"),
        ]
        return [words for number, words in found if number]


@dataclass(frozen=True)
class DayFlags:
    """What is open on one day below one unit: (path, state) of sheets and of counties' days, paths of counties."""

    sheets: Sequence[tuple[str, str]]
    days: Sequence[tuple[str, str]]
    counties: Sequence[str]

    def below(self, path: str) -> Flags:
        """The flags of one unit at or below the one asked about."""
        sheets = [state for where, state in self.sheets if where.startswith(path)]
        days = [state for where, state in self.days if where.startswith(path)]
        return Flags(
            returned=sheets.count(SheetState.RETURNED),
            reopened=sheets.count(SheetState.REOPENED) + sheets.count(SheetState.CORRECTING),
            asked=sheets.count(SheetState.CORRECTION_REQUESTED),
            counties=sum(where.startswith(path) for where in self.counties),
            forwarded=days.count(CountyState.FORWARDED),
            county_returned=days.count(CountyState.RETURNED),
            county_reopened=days.count(CountyState.REOPENED),
        )


def day_flags(
    scope: "Scope", rounds: Iterable["Round"], unit: "Area", day: datetime.date, counties: Sequence[str]
) -> DayFlags:
    """What is open on `day` at or below a unit, now, by the database's clock. Two queries.

    `counties`: paths of the counties that have the day to forward.
    """
    on_day = {"round__in": [round.pk for round in rounds], "date": day}
    still = Q(open_until=None) | Q(open_until__gte=ClockTimestamp())
    sheets = (
        DailySheet.objects.visible_to(scope)
        .within(unit)
        .filter(Q(state__in=OPENED) & still | Q(state=SheetState.CORRECTION_REQUESTED), **on_day)
    )
    days = CountyDay.objects.visible_to(scope).within(unit).filter(**on_day).annotate(now=ClockTimestamp())
    return DayFlags(
        list(sheets.order_by().values_list("unit_path", "state")),
        [
            (path, CountyState.FORWARDED if until is not None and now > until else state)
            for path, state, until, now in days.order_by().values_list(
                "unit_path", "state", "open_until", "now"
            )
        ],
        counties,
    )
