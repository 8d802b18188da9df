"""Totals of a unit added up from the rows of its townships, for a tree that is not stored. Pure functions."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from accounts.metrics import MetricNature
from reports import metrics
from reports.models import RollupRow

if TYPE_CHECKING:
    import datetime

    from accounts.models import Area

COUNTS = ("townships", "filed", "late", "zero")


def added_up(area: "Area", day: "datetime.date", rows: Sequence[RollupRow]) -> RollupRow:
    """An unsaved row of `area`: the same sums as the fold makes, from at least one township row of the day.

    Null where no township has the figure. `folded_at` is the newest of the rows, as in the stored ones.
    """
    row = RollupRow(area=area, level=area.level, date=day, year=rows[0].year, round_id=rows[0].round_id)
    for key in (*COUNTS, "voters_polled", *(metric.key for metric in metrics.table())):
        setattr(row, key, _sum(getattr(each, key) for each in rows))
    row.gaps = _gaps(rows)
    row.extras = {
        key: sum(each.extras.get(key, 0) for each in rows)
        for key in {k for each in rows for k in each.extras}
    }
    row.ranks = {}
    row.folded_at = max(each.folded_at for each in rows)
    return row


def set_ranks(rows: Iterable[RollupRow]) -> None:
    """Places among `rows` (units of one superior, one day) by share of the villages due; ties share a place."""
    siblings = list(rows)
    for row in siblings:
        row.ranks = {}
    for metric in metrics.table():
        if metric.nature is not MetricNature.DATE:
            continue
        shares = [(row, share) for row in siblings if (share := _share(row, metric.key)) is not None]
        ordered = sorted(share for _, share in shares)
        for row, share in shares:
            row.ranks[metric.key] = 1 + len(ordered) - bisect_right(ordered, share)


def _share(row: RollupRow, key: str) -> Fraction | None:
    done, due = getattr(row, key), (row.due or 0) - row.gaps.get(key, (0, 0, 0))[1]  # type: ignore[attr-defined]
    return None if done is None or not due else Fraction(done, due)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _gaps(rows: Sequence[RollupRow]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in rows:
        for key, gap in row.gaps.items():
            found[key] = [one + more for one, more in zip(found.get(key, (0, 0, 0)), gap, strict=True)]
    return found
