"""The second tree: where the statistics count a township, not who manages it. Nothing of it is stored.

The townships' rows are added up at read, so both trees show the same reports. A township stands under its
`statistical_parent`, or under the office that manages it where none is set; villages go with their township. So each
village counts once in each tree. The view needs the whole city in the reader's scope: a county's own scope follows
the managing tree and would show a part as the whole.
"""

import datetime
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.models import BigIntegerField, F, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.choices import Level
from accounts.models import Area, AreaVersion
from elections.models import Round
from reports import metrics
from reports.models import RollupRow
from reports.rules.tree_totals import added_up, set_ranks

if TYPE_CHECKING:
    from accounts.scope import Scope

TREES = {"managing": "按管理", "statistical": "按统计区划"}
MANAGING, STATISTICAL = TREES


def trees_differ(city: Area) -> bool:
    """Whether a township of the city is counted elsewhere than it is managed. One query."""
    elsewhere = Area.objects.within(city.path).filter(level=Level.TOWNSHIP, statistical_parent__isnull=False)
    return elsewhere.exclude(statistical_parent=F("parent")).exists()


def way_down(city: Area, unit: Area) -> list[Area]:
    """The units of this tree from the city down to `unit`; empty where it has no place in it. One query."""
    if unit.pk == city.pk:
        return [city]
    townships = Area.objects.within(city.path).filter(level=Level.TOWNSHIP)
    if unit.level == Level.TOWNSHIP:
        found = townships.filter(pk=unit.pk).select_related("parent", "statistical_parent").first()
        counted = (found.statistical_parent or found.parent) if found else None
        return [] if counted is None else [city, *([counted] if counted.pk != city.pk else []), unit]
    return [city, unit] if townships.filter(_counted_at(unit)).exists() else []


def townships_of(unit: Area, day: datetime.date) -> list[int] | None:
    """Townships a county counted on a day; None at other levels, where both trees have the same. One query."""
    if unit.level != Level.COUNTY:
        return None
    managed = AreaVersion.objects.filter(
        parent=unit, area__statistical_parent=None, area__level=Level.TOWNSHIP
    )
    then = managed.filter(valid_to__gt=day).filter(Q(valid_from=None) | Q(valid_from__lte=day))
    now = Q(version_from=None) | Q(version_from__lte=day)
    counted = Q(statistical_parent=unit) | (now & Q(parent=unit, statistical_parent=None))
    rows = Area.objects.open_on(day).filter(counted | Q(pk__in=then.values("area")), level=Level.TOWNSHIP)
    return list(rows.values_list("pk", flat=True))


def _counted_at(unit: Area) -> Q:
    return Q(statistical_parent=unit) | Q(parent=unit, statistical_parent=None)


def _managing_then() -> Subquery:
    """The superior a row's unit had on the row's day, where that is not its present one."""
    versions = AreaVersion.objects.filter(area=OuterRef("area"), valid_to__gt=OuterRef("date"))
    then = versions.filter(Q(valid_from=None) | Q(valid_from__lte=OuterRef("date")))
    return Subquery(then.values("parent_id")[:1], output_field=BigIntegerField())


def statistical_rows(scope: "Scope", round: Round, unit: Area, days: list[datetime.date]) -> list[RollupRow]:
    """Rows of `unit` and of the units below it in this tree, in order, with places of this tree.

    One query; one more where a township has moved.
    """
    townships: list[Any] = list(
        RollupRow.objects.visible_to(scope)
        .filter(round=round, level=Level.TOWNSHIP, date__in=days)
        .annotate(then=_managing_then())
        .select_related("area__parent", "area__statistical_parent")
        .order_by("area__sort_order", "area__path")
    )
    moved = {row.then for row in townships if row.then} - {None}
    former = Area.objects.in_bulk(moved) if moved else {}

    def above(row: Any) -> Area:
        return row.area.statistical_parent or former.get(row.then, row.area.parent)

    found: list[RollupRow] = []
    for day in days:
        found += tree_rows(round.area, unit, day, [row for row in townships if row.date == day], above)
    return found


def tree_rows(
    city: Area,
    unit: Area,
    day: datetime.date,
    townships: list[RollupRow],
    above: Callable[[Any], Area],
) -> list[RollupRow]:
    """Rows of `unit` and of the units below it, a day's township rows added up under the unit `above` each."""
    below: dict[Area, list[RollupRow]] = defaultdict(list)
    for row in townships:
        below[above(row)].append(row)
    if not townships:
        return []
    direct = below.pop(city, [])
    counties = [
        added_up(area, day, rows)
        for area, rows in sorted(below.items(), key=lambda item: (item[0].sort_order, item[0].path))
    ]
    set_ranks([*counties, *direct])
    for rows in below.values():
        set_ranks(rows)
    if unit.pk == city.pk:
        return [added_up(city, day, townships), *counties, *direct]
    own = [row for row in (*counties, *townships) if row.area_id == unit.pk]
    return [*own, *below.get(unit, [])]


def statistical_sums(scope: "Scope", round: Round, day: datetime.date) -> dict[int, dict[str, Any]]:
    """Flows added up from the first reporting day to `day`, by unit of this tree. One query."""
    columns = ("townships", "filed", *(metric.key for metric in metrics.flows()))
    counted = Coalesce(
        F("area__statistical_parent_id"),
        _managing_then(),
        F("area__parent_id"),
        output_field=BigIntegerField(),
    )
    rows: Any = (
        RollupRow.objects.visible_to(scope)
        .filter(round=round, level=Level.TOWNSHIP, date__range=(round.reporting_from, day))
        .order_by()
        .annotate(counted=counted)
        .values("counted", "area_id")
        .annotate(**{f"sum_{column}": Sum(column) for column in columns}, latest=Max("date"))
        .order_by("latest")
    )
    found: dict[int, dict[str, Any]] = {}
    last = {row["area_id"]: row["counted"] for row in rows}
    for row in rows:
        own = {row["area_id"]} if last[row["area_id"]] == row["counted"] else set()
        for pk in own | {row["counted"], round.area_id}:
            total = found.setdefault(pk, dict.fromkeys(columns))
            for column in columns:
                if row[f"sum_{column}"] is not None:
                    total[column] = (total[column] or 0) + row[f"sum_{column}"]
    return found
