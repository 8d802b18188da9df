"""What a wall shows: the unit's own totals and one page of the units below. Five queries, whatever the number of units."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.choices import Level
from accounts.models import Area
from reports.models import RollupRow
from reports.queries.clock import database_now
from reports.queries.season import Season, season_of
from reports.queries.settings import in_force_of
from reports.rules.days import local_day
from reports.rules.timing import due_at

if TYPE_CHECKING:
    from accounts.scope import Scope

# As many lines as stand on a wall in large type; the next page follows by itself.
PAGE_ROWS = 12


@dataclass(frozen=True)
class Wall:
    """Totals of `unit` on `day` as stored now, and page `page` of `pages` of the units of `level` below it.

    `awaited`: today, of which nothing is stored yet; `day` is then the last one that has totals.
    """

    unit: Area
    round_name: str
    day: datetime.date
    due: datetime.datetime
    now: datetime.datetime
    own: RollupRow | None
    rows: list[RollupRow]
    level: int
    page: int
    pages: int
    units: int
    awaited: datetime.date | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the day's cut-off has passed."""
        return self.now > self.due

    @property
    def next_page(self) -> int:
        return self.page % self.pages + 1


def wall_of(scope: "Scope", *, level: int | None, page: int) -> Wall | None:
    """The wall of the unit in force; None without a round, or before its first reporting day.

    `level`: whose lines (the level below the unit if None). A page that is no longer there shows the last one.
    """
    unit = scope.unit
    found = _season(scope) if unit is not None and unit.level <= Level.COUNTY else None
    if unit is None or found is None:
        return None
    season, cut_off, now = found
    day = min(local_day(now), season.last)
    if day < season.first:
        return None
    level = max(level or unit.level + 1, unit.level + 1)
    mine = Q(round=None, year=season.rounds[0].year) if season.province else Q(round=season.rounds[0])
    kept = RollupRow.objects.visible_to(scope).within(unit)
    # Right after midnight, or while the worker is away, the day before stands until today's totals are there.
    own = kept.filter(mine, area=unit, date__range=(season.first, day)).order_by("-date").first()
    awaited = day if own and own.date < day else None
    day = own.date if own else day
    stored = kept.filter(date=day)
    below = stored.filter(level=level, round__in=season.rounds)
    units = below.count()
    pages = max(1, -(-units // PAGE_ROWS))
    page = min(max(page, 1), pages)
    first = (page - 1) * PAGE_ROWS
    rows = below.select_related("area").order_by("unit_path")[first : first + PAGE_ROWS]
    name = season.rounds[0].name
    due = due_at(day, cut_off)
    return Wall(unit, name, day, due, now, own, list(rows), level, page, pages, units, awaited)


def _season(scope: "Scope") -> tuple[Season, datetime.time, datetime.datetime] | None:
    if scope.unit is not None and scope.unit.level == Level.PROVINCE:
        found = season_of(scope.unit)
        return (*found, database_now()) if found else None
    force = in_force_of(scope)
    return (Season((force.round,)), force.cut_offs[Level.TOWNSHIP], force.now) if force else None
