"""A county's day as its screens, its action and the API need it."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from accounts.choices import Level
from accounts.models import Area
from accounts.row_mac import is_authentic, row_mac
from elections.models import Round
from reports.choices import CountyState, SheetState
from reports.models import CountyDay, CountyForward, DailyRevision, DailySheet
from reports.queries.settings import InForce
from reports.queries.settled import COURSE, settle
from reports.queries.sheets_as_of import Days, county_days_as_of, sheets_as_of
from reports.queries.stays import stays
from reports.rules import county_states, states
from reports.rules.forwarding import digest
from reports.rules.timing import due_at, timeliness

if TYPE_CHECKING:
    from accounts.scope import Scope

MAC_KIND = "reports.forward"


@dataclass(frozen=True)
class TownLine:
    """One township on the county's day: the state that holds now, its newest revision, what was confirmed."""

    area: Area
    sheet: DailySheet | None
    revision: DailyRevision | None
    state: str

    @property
    def is_missing(self) -> bool:
        """Whether it has filed nothing yet."""
        return self.revision is None

    @property
    def is_open(self) -> bool:
        """Whether the township may still change what it filed."""
        return self.state in states.OPENED

    def was_late(self, due: datetime.datetime) -> bool:
        """Whether its first filing came after the cut-off; a correction changes nothing about that."""
        first = self.sheet.first_filed_at if self.sheet else None
        return first is not None and first > due

    @property
    def is_new(self) -> bool:
        """Whether its newest revision is not the one the county has forwarded."""
        return (
            self.revision is not None
            and self.sheet is not None
            and self.sheet.confirmed != self.revision.number
        )


@dataclass(frozen=True)
class CountyPicture:
    """A county's day with its townships and its forwardings, newest first."""

    force: InForce
    county: Area
    date: datetime.date
    day: CountyDay | None
    towns: list[TownLine]
    forwards: list[CountyForward]

    @property
    def state(self) -> str:
        if self.day is None:
            return CountyState.OPEN.value
        return county_states.state_at(self.day.state, self.day.open_until, self.force.now)

    @property
    def version(self) -> int:
        """What a forwarding names: a day nobody opened begins with 1, an opening that has run out counts as a move."""
        if self.day is None:
            return 1
        return self.day.version + (self.state != self.day.state)

    @property
    def due(self) -> datetime.datetime:
        return due_at(self.date, self.force.cut_offs[Level.COUNTY])

    @property
    def town_due(self) -> datetime.datetime:
        return due_at(self.date, self.force.cut_offs[Level.TOWNSHIP])

    @property
    def missing(self) -> list[TownLine]:
        return [line for line in self.towns if line.is_missing]

    @property
    def filed(self) -> list[TownLine]:
        return [line for line in self.towns if not line.is_missing]

    @property
    def still_open(self) -> list[TownLine]:
        return [line for line in self.towns if line.is_open]

    @property
    def late(self) -> int:
        """Townships whose first filing came after their cut-off."""
        return sum(line.was_late(self.town_due) for line in self.towns)

    @property
    def zero(self) -> int:
        return sum(line.revision.is_zero for line in self.filed if line.revision)

    @property
    def added(self) -> list[TownLine]:
        """Townships with a report the county has not forwarded: filed later, or corrected before a re-opening ran out."""
        return [line for line in self.filed if line.is_new]

    @property
    def may_forward(self) -> bool:
        """Whether there is anything to forward: the day is open, or a township has filed since."""
        return self.state != CountyState.FORWARDED or bool(self.added)

    @property
    def timeliness(self) -> str:
        """on_time, late, not_due or missing, by the county cut-off."""
        return timeliness(
            asked=True,
            filed_at=self.day.first_forwarded_at if self.day else None,
            due=self.due,
            now=self.force.now,
        ).value


def townships_of(scope: "Scope", round: Round, unit: Area, day: datetime.date) -> list[Area]:
    """Townships with villages in the round that stood at or below `unit` on the day, in the order of the tree.

    One that has moved away since is its new superior's business and not among them. One query.
    """
    there = stays(scope, round, unit, day, day)
    return [stay.area for stay in there if stay.is_below(unit)]


def county_picture_then(
    scope: "Scope", force: InForce, county: Area, day: datetime.date, moment: datetime.datetime
) -> CountyPicture:
    """The county's day as it stood at a moment, its clock included. At most fourteen queries."""
    settle(COURSE, moment)
    asked = Days(scope, force.round, county, [day], moment)
    towns = townships_of(scope, force.round, county, day)
    newest = newest_revisions(scope, force.round, county, day, until=moment)
    forwards = CountyForward.objects.visible_to(scope).filter(
        round=force.round, area=county, date=day, forwarded_at__lte=moment
    )
    return CountyPicture(
        replace(force, now=moment),
        county,
        day,
        county_days_as_of(asked).get((county.pk, day)),
        town_lines(towns, list(sheets_as_of(asked).values()), newest, moment),
        list(forwards.select_related("area").order_by("-number")),
    )


def county_picture(scope: "Scope", force: InForce, county: Area, day: datetime.date) -> CountyPicture:
    """The county's day. Five queries: townships, sheets, revisions, the day, its forwardings."""
    towns = townships_of(scope, force.round, county, day)
    sheets = DailySheet.objects.visible_to(scope).within(county).filter(round=force.round, date=day)
    newest = newest_revisions(scope, force.round, county, day)
    found = (
        CountyDay.objects.visible_to(scope)
        .select_related("opening")
        .filter(round=force.round, area=county, date=day)
        .first()
    )
    forwards = CountyForward.objects.visible_to(scope).filter(round=force.round, area=county, date=day)
    lines = town_lines(towns, list(sheets), newest, force.now)
    return CountyPicture(
        force, county, day, found, lines, list(forwards.select_related("area").order_by("-number"))
    )


def newest_revisions(
    scope: "Scope",
    round: Round,
    county: Area,
    day: datetime.date,
    *,
    until: datetime.datetime | None = None,
) -> dict[int, DailyRevision]:
    """The newest revision of each township that has filed the day (by the moment `until`), by area id. One query."""
    found = DailyRevision.objects.visible_to(scope).within(county).filter(round=round, date=day)
    if until is not None:
        found = found.filter(filed_at__lte=until)
    newest = found.order_by("area_id", "-number").distinct("area_id")
    return {revision.area_id: revision for revision in newest}


def town_lines(
    towns: Sequence[Area],
    sheets: Sequence[DailySheet],
    newest: dict[int, DailyRevision],
    now: datetime.datetime,
) -> list[TownLine]:
    """A line for each township, in the order given."""
    by_area = {sheet.area_id: sheet for sheet in sheets}
    lines = []
    for area in towns:
        sheet = by_area.get(area.pk)
        state = states.state_at(sheet.state, sheet.open_until, now) if sheet else SheetState.DRAFT.value
        lines.append(TownLine(area, sheet, newest.get(area.pk), state))
    return lines


def forward_number(forward: CountyForward) -> str:
    """Number of a forwarding: county code, day, which one."""
    return f"SB-{forward.area.code}-{forward.date:%Y%m%d}-{forward.number:02}"


def mac_of(forward: CountyForward) -> str:
    """The keyed mark of a forwarding: its county, day, number, author and digest."""
    return row_mac(MAC_KIND, *_sealed(forward))


def is_intact(forward: CountyForward) -> bool:
    """Whether lines, digest and mark still belong together. No query when `area` is loaded."""
    again = digest(forward.area.code, forward.date, forward.number, forward.lines, forward.missing)
    return again == forward.digest and is_authentic(forward.mac, MAC_KIND, *_sealed(forward))


def _sealed(forward: CountyForward) -> tuple[object, ...]:
    return (
        forward.round_id,
        forward.area_id,
        forward.date.isoformat(),
        forward.number,
        forward.day_version,
        forward.forwarded_by_id,
        forward.reason,
        forward.digest,
    )
