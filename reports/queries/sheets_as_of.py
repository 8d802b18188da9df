"""Days of townships and counties as they stood at a past moment, put together from what is only ever added.

A sheet's own row keeps its present state. What it was comes from the revisions filed by the moment, the returns and
re-openings, the requests and their answers, the recalls and the county's forwardings. The rows have the shape of the
stored ones (unsaved), so that the grid reads both alike.
"""

import datetime
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Min

from accounts.models import Area
from elections.models import Round
from reports.choices import CountyState, Decision, OpeningKind, SheetState
from reports.models import (
    CorrectionRequest,
    CountyDay,
    CountyForward,
    CountyOpening,
    DailyRevision,
    DailySheet,
    SheetOpening,
    SheetRecall,
)

if TYPE_CHECKING:
    from accounts.scope import Scope

_Place = tuple[int, datetime.date]


@dataclass(frozen=True)
class Days:
    """Which days of which units, as they stood when."""

    scope: "Scope"
    round: Round
    unit: Area
    days: list[datetime.date]
    moment: datetime.datetime

    def rows(self, model: Any, stamp: str, **more: Any) -> Any:
        """Rows of an insert-only table written by the moment."""
        found = model.objects.visible_to(self.scope).within(self.unit)
        dates = (self.days[0], self.days[-1])
        return found.filter(round=self.round, date__range=dates, **{f"{stamp}__lte": self.moment}, **more)


@dataclass
class _Course:
    """What happened to one sheet after its newest revision: (moment, state, open until), in order."""

    steps: list[tuple[datetime.datetime, str, datetime.datetime | None]] = field(default_factory=list)

    @property
    def last(self) -> tuple[str, datetime.datetime | None]:
        if not self.steps:
            return SheetState.FILED, None
        return max(self.steps, key=lambda step: step[0])[1:]


def county_days_as_of(asked: Days) -> dict[_Place, CountyDay]:
    """Counties' days. Two queries."""
    forwards = asked.rows(CountyForward, "forwarded_at").order_by().values("area_id", "date")
    openings = _newest(asked.rows(CountyOpening, "opened_at").order_by("opened_at", "pk"))
    found = {}
    for row in forwards.annotate(forwards=Max("number"), first=Min("forwarded_at")):
        place = (row["area_id"], row["date"])
        opening = openings.get(place)
        in_force = opening if opening is not None and opening.number == row["forwards"] else None
        found[place] = CountyDay(
            area_id=row["area_id"],
            date=row["date"],
            state=in_force.kind if in_force else CountyState.FORWARDED,
            forwards=row["forwards"],
            first_forwarded_at=row["first"],
            open_until=in_force.ends_at if in_force else None,
        )
    return found


def sheets_as_of(asked: Days) -> dict[_Place, DailySheet]:
    """Townships' days. Seven queries."""
    revisions = asked.rows(DailyRevision, "filed_at").order_by().values("area_id", "date")
    filed = {
        (row["area_id"], row["date"]): row
        for row in revisions.annotate(number=Max("number"), first=Min("filed_at"))
    }
    courses = _courses(asked, filed)
    confirmed = _confirmed(asked)
    sheets = {}
    for place, row in filed.items():
        state, until = courses[place].last if place in courses else (SheetState.FILED, None)
        sheets[place] = DailySheet(
            area_id=place[0],
            date=place[1],
            state=state,
            revisions=row["number"],
            first_filed_at=row["first"],
            open_until=until,
            confirmed=confirmed.get(place),
        )
    begun = asked.rows(DailySheet, "created_at").order_by().values_list("area_id", "date")
    for area, date in begun:
        sheets.setdefault((area, date), DailySheet(area_id=area, date=date, state=SheetState.DRAFT))
    return sheets


def _courses(asked: Days, filed: dict[_Place, Any]) -> dict[_Place, _Course]:
    """Returns, re-openings, requests, answers and recalls of each sheet's newest revision."""
    ends = _county_ends(asked)
    courses: dict[_Place, _Course] = defaultdict(_Course)

    def note(row: Any, number: int, at: datetime.datetime, state: str, until: Any = None) -> None:
        place = (row.area_id, row.date)
        if place in filed and filed[place]["number"] == number:
            courses[place].steps.append((at, state, until))

    for opening in asked.rows(SheetOpening, "opened_at").select_related("area"):
        until = opening.ends_at or _end_above(ends, opening, opening.opened_at)
        state = SheetState.REOPENED if opening.kind == OpeningKind.REOPENED else SheetState.RETURNED
        note(opening, opening.number, opening.opened_at, state, until)
    for one in _requests(asked):
        note(one, one.revision_number, one.asked_at, SheetState.CORRECTION_REQUESTED)
        if one.decided_at is not None and one.decided_at <= asked.moment:
            consented = one.decision == Decision.CONSENTED
            until = _end_above(ends, one, one.decided_at) if consented else None
            note(
                one,
                one.revision_number,
                one.decided_at,
                SheetState.CORRECTING if consented else SheetState.FILED,
                until,
            )
    for recall in asked.rows(SheetRecall, "recalled_at"):
        note(recall, recall.number, recall.recalled_at, SheetState.FILED)
    return courses


def _requests(asked: Days) -> Any:
    rows = CorrectionRequest.objects.visible_to(asked.scope).within(asked.unit).select_related("area")
    dates = (asked.days[0], asked.days[-1])
    return rows.filter(sheet__round=asked.round, date__range=dates, asked_at__lte=asked.moment)


def _county_ends(asked: Days) -> dict[_Place, list[CountyOpening]]:
    """Re-openings of the counties, oldest first: what a county opens within one ends with it."""
    found: dict[_Place, list[CountyOpening]] = defaultdict(list)
    rows = CountyOpening.objects.filter(
        round=asked.round,
        date__range=(asked.days[0], asked.days[-1]),
        opened_at__lte=asked.moment,
        kind=OpeningKind.REOPENED,
    )
    for row in rows.order_by("opened_at", "pk"):
        found[row.area_id, row.date].append(row)
    return found


def _end_above(
    ends: dict[_Place, list[CountyOpening]], row: Any, at: datetime.datetime
) -> datetime.datetime | None:
    """End of the county's re-opening that was in force when the township's day was opened."""
    above = [
        one.ends_at
        for one in ends.get((row.area.parent_id, row.date), [])
        if one.opened_at <= at and one.ends_at is not None and at <= one.ends_at
    ]
    return above[-1] if above else None


def _confirmed(asked: Days) -> dict[_Place, int]:
    """The revision of each township that its county last forwarded. Two queries."""
    lines: dict[tuple[str, datetime.date], int] = {}
    forwards = asked.rows(CountyForward, "forwarded_at").order_by("number")
    for date, kept in forwards.values_list("date", "lines"):
        lines |= {(line["code"], date): line["number"] for line in kept}
    codes = {code for code, _ in lines}
    keys = dict(Area.objects.filter(code__in=codes).values_list("code", "pk")) if codes else {}
    return {(keys[code], date): number for (code, date), number in lines.items() if code in keys}


def _newest(rows: Any) -> dict[_Place, Any]:
    """The last row of each unit and day, of rows in order."""
    return {(row.area_id, row.date): row for row in rows}
