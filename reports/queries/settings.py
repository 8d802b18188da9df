"""What a round asks for: its cut-offs, its own items, which round is in force for a unit."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import DateTimeField, Func, OuterRef
from django.db.models.functions import JSONObject

from accounts.metrics import Metric, MetricNature
from accounts.querysets import ancestors
from elections.models import Round
from reports import metrics
from reports.models import CutOff, LocalMetric
from reports.rules.timing import DEFAULT_CUT_OFF

if TYPE_CHECKING:
    from accounts.models import Area
    from accounts.scope import Scope

LOCAL_GROUP = "本市项目"


def current_round(unit: "Area") -> Round | None:
    """The round in force for a unit at or below a managing city. One query."""
    return Round.objects.current().filter(unit_path__in=ancestors(unit.path)).select_related("area").first()


def cut_offs(round: Round) -> dict[int, datetime.time]:
    """Level → time of day by which it is due; defaults where the city set none. One query."""
    return {**DEFAULT_CUT_OFF, **dict(CutOff.objects.filter(round=round).values_list("level", "at"))}


def cut_offs_of(scope: "Scope", round: Round) -> dict[int, datetime.time]:
    """As `cut_offs`, without a query where the request has looked the round up already (`in_force_of`)."""
    force = scope.memo.get("in_force")
    return force.cut_offs if force and force.round.pk == round.pk else cut_offs(round)


def local_metrics(round: Round, day: datetime.date) -> list[LocalMetric]:
    """The city's own items in force on `day`, in order. One query."""
    return [item for item in LocalMetric.objects.filter(round=round) if in_force(item, day)]


def in_force(item: LocalMetric, day: datetime.date) -> bool:
    """Whether an item is asked for on `day`."""
    return item.valid_from <= day and (item.valid_to is None or day <= item.valid_to)


def as_metric(item: LocalMetric) -> Metric:
    """An item as the rest of the daily table sees it."""
    nature = MetricNature(item.nature)
    return Metric(
        key=item.key,
        name=item.name,
        group=LOCAL_GROUP,
        unit=item.unit,
        nature=nature,
        additive_days=nature is MetricNature.FLOW,
        source="本市增加的项目",
    )


def table_on(round: Round, day: datetime.date) -> list[Metric]:
    """All metrics of the table on `day`: the declared ones, then the city's own. One query."""
    return [*metrics.table(), *(as_metric(item) for item in local_metrics(round, day))]


class ClockTimestamp(Func):
    """The database's clock at this very moment."""

    function = "clock_timestamp"
    output_field = DateTimeField()


@dataclass(frozen=True)
class InForce:
    """What holds for a unit now: the round, the database's clock, cut-offs by level, the city's own items."""

    round: Round
    now: datetime.datetime
    cut_offs: dict[int, datetime.time]
    local: list[LocalMetric]

    def items(self, day: datetime.date) -> list[Metric]:
        """All metrics of the table on `day`."""
        return [*metrics.table(), *(as_metric(item) for item in self.local if in_force(item, day))]


def in_force_for(unit: "Area") -> InForce | None:
    """Round, clock, cut-offs and items for a unit at or below a managing city. One query."""
    local_fields = ("id", "key", "name", "unit", "nature", "position", "valid_from", "valid_to")
    found = (
        Round.objects.current()
        .filter(unit_path__in=ancestors(unit.path))
        .select_related("area")
        .annotate(
            db_now=ClockTimestamp(),
            set_cut_offs=ArraySubquery(
                CutOff.objects.filter(round=OuterRef("pk")).values(json=JSONObject(level="level", at="at"))
            ),
            own_items=ArraySubquery(
                LocalMetric.objects.filter(round=OuterRef("pk")).values(
                    json=JSONObject(**{name: name for name in local_fields})
                )
            ),
        )
        .first()
    )
    if found is None:
        return None
    times = {row["level"]: datetime.time.fromisoformat(row["at"]) for row in found.set_cut_offs}
    local = [_local(row) for row in found.own_items]
    return InForce(found, found.db_now, {**DEFAULT_CUT_OFF, **times}, local)


def in_force_of(scope: "Scope") -> InForce | None:
    """What holds for the unit in force, looked up once a request; the frame then knows the round too."""
    if "in_force" not in scope.memo:
        found = scope.memo["in_force"] = in_force_for(scope.unit) if scope.unit else None
        if found:
            scope.memo.setdefault("round", found.round)
    return scope.memo["in_force"]


def _local(row: dict[str, object]) -> LocalMetric:
    """An item from its JSON form."""
    days = {
        name: datetime.date.fromisoformat(str(row[name])) if row[name] else None
        for name in ("valid_from", "valid_to")
    }
    return LocalMetric(**{**row, **days})
