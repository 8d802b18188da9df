"""What a round asks for: its cut-offs, its own items, which round is in force for a unit."""

import datetime
from typing import TYPE_CHECKING

from accounts.metrics import Metric, MetricNature
from accounts.querysets import ancestors
from elections.models import Round
from reports import metrics
from reports.models import CutOff, LocalMetric
from reports.rules.timing import DEFAULT_CUT_OFF

if TYPE_CHECKING:
    from accounts.models import Area

LOCAL_GROUP = "本市项目"


def current_round(unit: "Area") -> Round | None:
    """The round in force for a unit at or below a managing city. One query."""
    return Round.objects.current().filter(unit_path__in=ancestors(unit.path)).select_related("area").first()


def cut_offs(round: Round) -> dict[int, datetime.time]:
    """Level → time of day by which it is due; defaults where the city set none. One query."""
    return {**DEFAULT_CUT_OFF, **dict(CutOff.objects.filter(round=round).values_list("level", "at"))}


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
