"""What the areas screens read."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, F, Func, IntegerField, Q, TextField, Value

from accounts.choices import AreaKind, Level
from accounts.models import Area
from accounts.querysets import ancestors
from accounts.scope import Scope

FOUND_SHOWN = 50


@dataclass
class AreaLine:
    """A unit with what lies below it."""

    area: Area
    townships: int = 0
    kinds: Counter = field(default_factory=Counter)
    electorate: int = 0

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
    """The units directly under `parent` with their counts by kind. Two queries."""
    lines = {
        area.code: AreaLine(area)
        for area in parent.children.select_related("statistical_parent").order_by("sort_order", "path")
    }
    step = Func(
        F("path"),
        Value("/"),
        Value(parent.path.count("/") + 1, output_field=IntegerField()),
        function="split_part",
        output_field=TextField(),
    )
    rows = (
        Area.objects.within(parent.path)
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
    return list(Area.objects.filter(statistical_parent=area).select_related("parent").order_by("path"))
