"""What a metric is. Each app declares its own in `metrics.py`; the catalogue above them reads this registry.

The declaration lives on the ground floor so that a lower app can declare figures for the daily table without
importing the app that shows it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class MetricKind(StrEnum):
    DERIVED = "derived"  # filled from records; the cadre confirms it
    TYPED = "typed"  # only people know it


class MetricNature(StrEnum):
    STOCK = "stock"  # a level: carried forward until confirmed, a fall needs a note
    FLOW = "flow"  # what happened that day: never carried, cumulative = sum
    DATE = "date"  # a day on which something was done; counted as 0/1


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One column of the daily table.

    `key` is the column and JSON name; `sql` (derived only) is an expression over one row of the table of
    records, alias `org`, that yields an integer or NULL (= 未报). `denominator` is the key of the metric that
    this one is a share of. `additive_units` / `additive_days` say along which axis values may be summed.
    """

    key: str
    name: str
    group: str
    unit: str
    kind: MetricKind = MetricKind.TYPED
    nature: MetricNature = MetricNature.STOCK
    additive_units: bool = True
    additive_days: bool = False
    denominator: str = ""
    source: str = ""
    sql: str = ""

    def __post_init__(self) -> None:
        if (self.kind is MetricKind.DERIVED) != bool(self.sql):
            raise ValueError(f"{self.key}: derived metrics have an SQL expression, typed ones have none")
        if self.nature is MetricNature.FLOW and not self.additive_days:
            raise ValueError(f"{self.key}: a flow is summed over days")


_REGISTRY: dict[str, Metric] = {}


def register(metrics: Iterable[Metric]) -> None:
    """Add declarations, in order. A key belongs to one declaration; the same one twice is harmless."""
    for metric in metrics:
        known = _REGISTRY.setdefault(metric.key, metric)
        if known != metric:
            raise ValueError(f"metric {metric.key} is declared twice")


def all_metrics() -> tuple[Metric, ...]:
    """Every declared metric in the order of declaration."""
    return tuple(_REGISTRY.values())


def get(key: str) -> Metric:
    """The declaration of `key`; KeyError if no app declares it."""
    return _REGISTRY[key]
