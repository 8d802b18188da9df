"""Every village of a unit with its figures, for the .csv and for the digest of each line. Three queries a township."""

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from accounts.choices import Level
from accounts.models import Area
from accounts.queries.trees import children_on, tree_on, unit_on
from elections.models import Round
from reports.queries.as_of import Past
from reports.queries.rollup import Line, totals_table
from reports.queries.season import Season
from reports.queries.statistical import STATISTICAL, townships_of
from reports.rules.rollup_layouts import Layout

if TYPE_CHECKING:
    from accounts.scope import Scope

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class VillageLine:
    """One village; `line` None: its township has filed nothing by that day."""

    county: str
    township: str
    code: str
    name: str
    line: Line | None


def village_lines(
    scope: "Scope",
    round: Round,
    unit: Area,
    day: datetime.date,
    layout: Layout,
    tree: str,
    past: Past | None = None,
    progress: Progress | None = None,
) -> Iterator[VillageLine]:
    """Every village of the unit, those of townships that have filed nothing by that day too."""
    season = Season((round,))
    counted = townships_of(unit, day) if tree == STATISTICAL else None
    found = _towns_of(unit, day) if counted is None else Area.objects.filter(pk__in=counted)
    towns = list(found.select_related("parent").order_by("path"))
    for done, town in enumerate(towns):
        if progress is not None:
            progress(done, len(towns), town.name)
        above = (town.parent.name if town.parent else "", town.name)
        lines = totals_table(scope, season, town, day, layout, past=past).lines
        for line in lines:
            yield VillageLine(*above, line.code, line.name, line)
        for code, name in [] if lines else _villages_of(town, day):
            yield VillageLine(*above, code, name, None)


def _towns_of(unit: Area, day: datetime.date) -> QuerySet[Area]:
    """Townships that stood at or below the unit on the day and still do: of those that left nothing is read."""
    if unit.level == Level.TOWNSHIP:
        there = [unit.pk] if unit_on(unit, day) else []
    else:
        there = [one.id for one in tree_on(day, unit.path, Level.TOWNSHIP)]
    return Area.objects.within(unit.path).filter(pk__in=there)


def _villages_of(town: Area, day: datetime.date) -> list[tuple[str, str]]:
    """Code and name of each village, on the day, of a township that has filed nothing yet."""
    then = [one.id for one in children_on(town, day)]
    villages = Area.objects.electorate().filter(pk__in=then, level=Level.VILLAGE)
    return list(villages.order_by("path").values_list("code", "name"))
