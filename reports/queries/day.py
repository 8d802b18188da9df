"""One day of one township, as its screens need it."""

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from accounts.choices import Level
from accounts.metrics import Metric
from reports.choices import SheetState, Timeliness
from reports.models import CorrectionRequest, DailyRevision, DailySheet, SheetOpening
from reports.queries.receipts import revisions_of
from reports.queries.rows import draft_rows, filed_rows
from reports.queries.settings import InForce
from reports.rules import states
from reports.rules.checks import Issue, Row, Sheet, check
from reports.rules.days import local_day, why_not_asked
from reports.rules.timing import due_at, timeliness

if TYPE_CHECKING:
    from accounts.models import Area

NEARBY = 14


@dataclass
class Day:
    """A township's day: its state, its rows, what is wrong with them, and the days around it."""

    force: InForce
    township: "Area"
    date: datetime.date
    sheet: DailySheet | None
    near: dict[datetime.date, DailySheet]
    items: list[Metric]
    rows: list[Row] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    revisions: list[DailyRevision] = field(default_factory=list)
    shown: DailyRevision | None = None
    request: CorrectionRequest | None = None

    @property
    def state(self) -> str:
        """The state that holds now: an opened day past its end is filed."""
        if self.sheet is None:
            return SheetState.DRAFT.value
        return states.state_at(self.sheet.state, self.sheet.open_until, self.force.now)

    @property
    def opening(self) -> SheetOpening | None:
        """The return or re-opening in force."""
        return self.sheet.opening if self.sheet and self.state in states.OPENED else None

    @property
    def ended(self) -> SheetOpening | None:
        """The re-opening that has run out and that the timer has not written down yet."""
        return self.sheet.opening if self.sheet and self.state != self.sheet.state else None

    @property
    def version(self) -> int:
        """What a filing names; a day nobody opened will begin with 1."""
        return self.sheet.version if self.sheet else 1

    @property
    def is_open(self) -> bool:
        """Whether figures may be typed into it."""
        return self.state in states.EDITABLE

    @property
    def due(self) -> datetime.datetime:
        return due_at(self.date, self.force.cut_offs[Level.TOWNSHIP])

    @property
    def timeliness(self) -> Timeliness:
        return self.timeliness_of(self.date, self.sheet)

    def timeliness_of(self, day: datetime.date, sheet: DailySheet | None) -> Timeliness:
        """How a day stands against its cut-off."""
        return timeliness(
            asked=not why_not_asked(self.force.round, day),
            filed_at=sheet.first_filed_at if sheet else None,
            due=due_at(day, self.force.cut_offs[Level.TOWNSHIP]),
            now=self.force.now,
        )

    @property
    def today(self) -> datetime.date:
        return local_day(self.force.now)

    @property
    def confirmed(self) -> int:
        """Villages with nothing carried forward unconfirmed and no flow missing."""
        waiting = {issue.village for issue in self.issues if issue.code in ("DR-020", "DR-021")}
        return len(self.rows) - len(waiting)


def day_of(
    force: InForce, township: "Area", date: datetime.date, *, own: bool, number: int | None = None
) -> Day:
    """The day with the rows of its draft while it is open to its own township, else of a revision.

    Without `number` that is the newest one; a higher unit never sees a draft.

    Queries: sheets 1; a draft 6; a filed day 2, one more while a correction is asked for.
    """
    first, last = date - datetime.timedelta(days=NEARBY), date + datetime.timedelta(days=NEARBY)
    sheets = DailySheet.objects.filter(
        round=force.round, area=township, date__range=(first, last)
    ).select_related("opening")
    near = {sheet.date: sheet for sheet in sheets}
    day = Day(force, township, date, near.get(date), near, force.items(date))
    if own and day.is_open and number is None:
        _load_draft(day)
    else:
        _load_filed(day, number)
    return day


def _load_draft(day: Day) -> None:
    if day.state in states.OPENED:
        day.revisions = revisions_of(day.force.round, day.township, day.date)
    filed = day.revisions[0] if day.revisions else None
    day.rows = draft_rows(day.force.round, day.township, day.date, day.items, filed)
    day.issues = check(day.rows, Sheet(day.date, day.force.round.starts_on, day.items))


def _load_filed(day: Day, number: int | None) -> None:
    day.revisions = revisions_of(day.force.round, day.township, day.date)
    wanted = [revision for revision in day.revisions if number in (None, revision.number)]
    day.shown = wanted[0] if wanted else None
    if day.shown:
        day.rows = filed_rows(day.shown, day.items)
    if day.state == SheetState.CORRECTION_REQUESTED:
        day.request = CorrectionRequest.objects.filter(sheet=day.sheet, decision="").first()
