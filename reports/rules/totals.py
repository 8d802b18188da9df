"""The last row of the sheet: sums that say what they leave out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accounts.metrics import Metric, MetricNature
from reports.rules.checks import Row
from reports.rules.sheet_layout import empty_word


@dataclass(frozen=True)
class Total:
    """A sum of counts, or the number of days; `missing` cells are 未报, `unknown` 不详; `wrong`: no sum."""

    value: int
    missing: int = 0
    unknown: int = 0
    wrong: bool = False


def total_of(metric: Metric, rows: Iterable[Row], wrong: Sequence[tuple[int, str]] = ()) -> Total:
    """Total of one column. `wrong` lists (village, key) of cells with an error."""
    value = missing = unknown = 0
    bad = False
    for row in rows:
        found = row.values.get(metric.key)
        bad = bad or (row.village, metric.key) in wrong
        if row.marks.get(metric.key) == "unknown":
            unknown += 1
        elif found is None and metric.key not in row.marks:
            missing += empty_word(metric, row.values) == "unreported"
        elif metric.nature is MetricNature.DATE:
            value += found is not None
        elif isinstance(found, int):
            value += found
    return Total(value, missing, unknown, bad)
