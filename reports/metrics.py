"""The daily table: which metrics it shows, in which order. The registry itself stands on the ground floor.

Each app declares its figures in its own `metrics.py`; this module declares those of nobody below and reads
the whole catalogue.
"""

from functools import cache
from typing import Final

from accounts import metrics as registry
from accounts.metrics import Metric, MetricKind, MetricNature
from reports.models.columns import column_keys

METRICS: Final = (
    Metric(
        key="public_opinion",
        name="舆情件",
        group="异常",
        unit="件",
        nature=MetricNature.FLOW,
        additive_days=True,
        source="当日新增涉换届舆情件数",
    ),
)
BASE: Final = "底数"
WORK: Final = "今日工作"


def declare() -> None:
    """Put the metrics of this app into the catalogue."""
    registry.register(METRICS)


@cache
def table() -> tuple[Metric, ...]:
    """The metrics of the daily table in the order of its columns; KeyError if a column is not declared."""
    return tuple(registry.get(key) for key in column_keys())


@cache
def by_key() -> dict[str, Metric]:
    """Key → metric of the daily table."""
    return {metric.key: metric for metric in table()}


def typed() -> tuple[Metric, ...]:
    """Metrics a township types."""
    return tuple(metric for metric in table() if metric.kind is MetricKind.TYPED)


def derived() -> tuple[Metric, ...]:
    """Metrics filled from records."""
    return tuple(metric for metric in table() if metric.kind is MetricKind.DERIVED)


def flows() -> tuple[Metric, ...]:
    """What happened that day."""
    return tuple(metric for metric in table() if metric.nature is MetricNature.FLOW)


def dates() -> tuple[Metric, ...]:
    """Steps counted by the day they were done."""
    return tuple(metric for metric in table() if metric.nature is MetricNature.DATE)
