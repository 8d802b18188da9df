"""Which table of totals a URL asks for: unit, day, table, mode, tree and moment."""

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.choices import OFFICE_ROLES, Level
from accounts.models import Area
from accounts.moments import LATEST, moment_text, read_moment
from elections.models import Round
from elections.views.units import crumbs
from reports.actions.exports import Place
from reports.queries.as_of import Past
from reports.queries.clock import database_now
from reports.queries.rollup import MODES
from reports.queries.season import Season, season_of
from reports.queries.settings import InForce, in_force_for
from reports.queries.statistical import MANAGING, STATISTICAL, TREES, townships_of, trees_differ, way_down
from reports.rules.days import read_day
from reports.rules.rollup_layouts import Layout, layouts, own_items
from reports.rules.timing import due_at

# In an address: the cut-off of the day shown.
CUT_OFF = "cutoff"


@dataclass(frozen=True)
class Choice:
    """What the URL asks for; `way`: units of the statistical tree from the city down, empty in the managing one."""

    season: Season
    unit: Area
    day: datetime.date
    latest: datetime.date
    cut_off_day: datetime.date
    cut_off: datetime.time
    layout: Layout
    mode: str
    tree: str
    way: tuple[Area, ...]
    opens: bool
    as_of: datetime.datetime | None = None
    route: str = "rollup:table"

    def past(self, scope: Any) -> Past | None:
        """What was known at the moment asked for; None where the stored totals are."""
        return Past(scope, self.season, self.as_of) if self.as_of else None

    @property
    def cut_off_moment(self) -> datetime.datetime:
        """When the day shown had to be filed."""
        return due_at(self.day, self.cut_off)

    @property
    def round(self) -> Round:
        """The round of the table; a province has several, and nothing of one round is shown there: 404."""
        if self.season.province is not None:
            raise Http404
        return self.season.rounds[0]

    @property
    def place(self) -> Place:
        """What an export of this table is of."""
        return Place(self.round, self.unit, self.day, self.tree, self.as_of)

    def url(self, **changes: Any) -> str:
        """This table with some of its choices changed; the whole choice stands in the URL."""
        query = {
            "unit": self.unit.code,
            "date": self.day.isoformat(),
            "table": self.layout.code,
            "mode": self.mode,
            "tree": self.tree,
            "as_of": moment_text(self.as_of),
        }
        query |= {key: value for key, value in changes.items() if value not in (None, "")}
        if not query["as_of"] or query["as_of"] == LATEST:
            del query["as_of"]
        if query["tree"] == MANAGING:
            del query["tree"]
        return f"{reverse(self.route)}?{urlencode(query)}"

    def steps(self, scope: Any, unit: Area) -> list[tuple[str, str]]:
        """(name, URL) of the units down to `unit` in the tree shown."""
        if self.tree == MANAGING:
            return [(name, self._kept(url)) for name, url in crumbs(scope, unit, reverse(self.route))]
        way = self.way if unit == self.unit else way_down(self.round.area, unit)
        return [(area.name, self.url(unit=area.code)) for area in way]

    def _kept(self, url: str) -> str:
        """A crumb's address, with the moment where one is chosen."""
        if not url or self.as_of is None:
            return url
        return f"{url}&{urlencode({'date': self.day.isoformat(), 'as_of': moment_text(self.as_of)})}"

    def find(self, scope: Any, code: str) -> Area:
        """The unit `code` at or below the unit shown, in the tree shown; else 404."""
        if self.tree == MANAGING:
            found = Area.objects.within(self.unit.path).filter(code=code).first()
            if found is None or not scope.covers(found):
                raise Http404
            return found
        found = self.unit if code == self.unit.code else Area.objects.filter(code=code).first()
        if found is None or self.unit not in way_down(self.round.area, found):
            raise Http404
        return found

    def ground(self, unit: Area) -> tuple[Area, list[int] | None]:
        """Where the townships of `unit` are: below a unit, and which of them (None: all)."""
        townships = townships_of(unit, self.day) if self.tree == STATISTICAL else None
        return (unit, None) if townships is None else (self.round.area, townships)


def choice_of(request: HttpRequest) -> Choice | None:
    """The table asked for; None while the unit has no round. A day outside the round, or no day at all: 404."""
    scope = request.scope
    unit = scope.unit
    if unit.level >= Level.VILLAGE:
        raise Http404
    opens = scope.has(*OFFICE_ROLES)
    if not opens and unit.level == Level.TOWNSHIP:
        raise Http404  # its rows are villages
    clock = _clock_of(unit)
    if clock is None:
        return None
    season, cut_off, now, force = clock
    latest = max(season.first, min(timezone.localdate(now), season.last))
    cut_off_day = last_cut_off_day(season, cut_off, now)
    asked = request.GET.get("date", "")
    day = read_day(asked) if asked else cut_off_day
    items = own_items(force.items(day)) if force else ()
    layout = layouts(items).get(request.GET.get("table", "progress"))
    mode, tree = request.GET.get("mode", "day"), request.GET.get("tree", MANAGING)
    if layout is None or mode not in MODES or tree not in TREES or not season.first <= day <= latest:
        raise Http404
    way: tuple[Area, ...] = ()
    if tree == STATISTICAL:
        if not sees_both_trees(scope, season):
            raise Http404
        way = tuple(way_down(season.rounds[0].area, unit))
    moment = moment_of(request.GET, now, due_at(day, cut_off))
    if moment is not None and not opens:
        raise Http404  # the wall shows what is stored
    return Choice(season, unit, day, latest, cut_off_day, cut_off, layout, mode, tree, way, opens, moment)


def moment_of(
    query: Any, now: datetime.datetime, cut_off: datetime.datetime | None = None
) -> datetime.datetime | None:
    """The recorded moment `as_of`; None for none, and for the word `latest`. `cutoff` is that of the day."""
    asked = query.get("as_of", "")
    if asked == CUT_OFF and cut_off is not None:
        asked = cut_off.isoformat()
    return None if asked in ("", LATEST) else read_moment(asked, now)


def _clock_of(unit: Area) -> tuple[Season, datetime.time, datetime.datetime, InForce | None] | None:
    """Rounds, township cut-off and the database's clock; a province has no settings of its own."""
    if unit.level == Level.PROVINCE:
        found = season_of(unit)
        return (*found, database_now(), None) if found else None
    force = in_force_for(unit)
    return (Season((force.round,)), force.cut_offs[Level.TOWNSHIP], force.now, force) if force else None


def sees_both_trees(scope: Any, season: Season) -> bool:
    """A scope below the city follows the managing tree and would show a part of a statistical unit as the whole."""
    return season.province is None and scope.covers(season.rounds[0].area)


def tree_tabs(scope: Any, choice: Choice) -> list[tuple[str, str, bool]]:
    """The switch between the trees, where they differ and the reader sees both. One query."""
    if not sees_both_trees(scope, choice.season) or not trees_differ(choice.round.area):
        return []
    return [(label, choice.url(tree=code), code == choice.tree) for code, label in TREES.items()]


def last_cut_off_day(season: Season, cut_off: datetime.time, now: datetime.datetime) -> datetime.date:
    """The last reporting day whose township cut-off has passed, so that the printed table and the screen agree."""
    today = timezone.localdate(now)
    passed = now > due_at(today, cut_off)
    day = today if passed else today - datetime.timedelta(days=1)
    return max(season.first, min(day, season.last))
