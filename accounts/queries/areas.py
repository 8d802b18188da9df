"""What the areas screens read."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Count, F, Func, IntegerField, Q, TextField, Value
from django.utils import timezone

from accounts.choices import AreaKind, Level
from accounts.models import Area
from accounts.queries.trees import Unit, children_on, counts_on
from accounts.querysets import ancestors
from accounts.scope import Scope

FOUND_SHOWN = 50
ENDED_SHOWN = 100


class Near(NamedTuple):
    """A unit on the way down to the unit in force, that unit, or one right under it."""

    name: str
    code: str
    path: str


def near(scope: Scope) -> list[Near]:
    """The way from the reader's own area down to the unit in force, then the units under it, villages left out.

    The frame, the crumbs and the lists of a request share it. One query a request; none without a unit.
    """
    if scope.unit is None:
        return []
    if "near" not in scope.memo:
        chain = [step for step in ancestors(scope.unit.path) if step.startswith(scope.path)]
        way = reduce(or_, (Q(path=step) for step in chain))
        below = Q(parent_id=scope.unit.pk, level__lte=Level.TOWNSHIP, valid_to=None)
        rows = Area.objects.filter(way | below).order_by("level", "sort_order", "path")
        scope.memo["near"] = [Near(*row) for row in rows.values_list("name", "code", "path")]
    return scope.memo["near"]


def units_below(scope: Scope) -> list[Near]:
    """The units right under the unit in force, villages left out. No query after `near`."""
    here = scope.unit.path if scope.unit else ""
    return [unit for unit in near(scope) if unit.path != here and unit.path.startswith(here)]


@dataclass
class AreaLine:
    """A unit, as it is or as it was on a day, with what lies below it."""

    area: Area | Unit
    townships: int = 0
    kinds: Counter = field(default_factory=Counter)
    electorate: int = 0

    @property
    def kind_word(self) -> str:
        return str(AreaKind(self.area.kind).label)

    @property
    def villages(self) -> int:
        return self.kinds[AreaKind.VILLAGE]

    @property
    def communities(self) -> int:
        return self.kinds[AreaKind.COMMUNITY]

    @property
    def pseudo(self) -> int:
        return self.kinds[AreaKind.PSEUDO]


def top_areas(scope: Scope) -> list[Area]:
    """Where browsing begins: the reader's own area, or the provinces."""
    if scope.area is not None:
        return [scope.area]
    return list(Area.objects.filter(level=Level.PROVINCE).order_by("path"))


def lines_below(parent: Area) -> list[AreaLine]:
    """The open units directly under `parent` with their counts by kind; what has ended is not counted. Two queries."""
    today = timezone.localdate()
    children = parent.children.open_on(today).select_related("statistical_parent")
    lines = {area.code: AreaLine(area) for area in children.order_by("sort_order", "path")}
    step = Func(
        F("path"),
        Value("/"),
        Value(parent.path.count("/") + 1, output_field=IntegerField()),
        function="split_part",
        output_field=TextField(),
    )
    rows = (
        Area.objects.within(parent.path)
        .open_on(today)
        .filter(level__gte=Level.TOWNSHIP)
        .order_by()
        .annotate(step=step)
        .values("step", "level", "kind")
        .annotate(number=Count("pk"), voting=Count("pk", filter=Q(in_electorate=True)))
    )
    for row in rows:
        line = lines.get(row["step"])
        if line is None:
            continue
        if row["level"] == Level.TOWNSHIP:
            line.townships += row["number"]
        else:
            line.kinds[row["kind"]] += row["number"]
            line.electorate += row["voting"]
    return list(lines.values())


def lines_on(was: Unit, day: datetime.date) -> list[AreaLine]:
    """The units directly under what a unit was on `day`, with their counts of that day; who takes part in the election
    is not known by day. Two queries.
    """
    lines = {unit.code: AreaLine(unit) for unit in children_on(was, day)}
    for step, level, kind, number in counts_on(was, day):
        line = lines.get(step)
        if line is not None and level == Level.TOWNSHIP:
            line.townships += number
        elif line is not None:
            line.kinds[kind] += number
    return list(lines.values())


def ended_below(parent: Area) -> list[Area]:
    """Units that stood directly under `parent` when they ended, the latest first. One query."""
    rows = parent.children.filter(valid_to__lte=timezone.localdate())
    return list(rows.order_by("-valid_to", "path")[:ENDED_SHOWN])


def totals(lines: list[AreaLine]) -> dict[str, int]:
    """Sums of the lines, by column."""
    return {
        name: sum(getattr(line, name) for line in lines)
        for name in ("townships", "villages", "communities", "pseudo", "electorate")
    }


def find_areas(scope: Scope, term: str) -> tuple[list[Area], bool]:
    """(units found in the reader's area, whether there are more than shown). One query."""
    found = list(
        Area.objects.visible_to(scope)
        .search(term)
        .select_related("parent__parent")
        .order_by("level", "path")[: FOUND_SHOWN + 1]
    )
    return found[:FOUND_SHOWN], len(found) > FOUND_SHOWN


def way_down(area: Area, scope: Scope) -> list[Area]:
    """The units from the top of the reader's area down to `area`, itself included. One query."""
    steps = [path for path in ancestors(area.path) if path.startswith(scope.path)]
    return list(Area.objects.filter(path__in=steps).order_by("path"))


def statistical_children(area: Area) -> list[Area]:
    """Units that the statistical tree counts here although another office manages them."""
    rows = Area.objects.filter(statistical_parent=area).exclude(parent=area)
    return list(rows.select_related("parent").order_by("path"))
