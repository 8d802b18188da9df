"""Workbooks and the roll-up on demand: jobs that screens and API start alike.

The subject of a job holds everything its result depends on, so that a second click finds the first.
"""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accounts.jobs import start_job
from accounts.metrics import Metric
from accounts.models import Area, Job

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round


@dataclass(frozen=True)
class Place:
    """Which totals: of a unit on a day, its townships those of one of the two trees.

    `as_of`: as they stood at that moment; None is the moment the job runs.
    """

    round: "Round"
    unit: Area
    day: datetime.date
    tree: str
    as_of: datetime.datetime | None = None

    def params(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {
            "round": self.round.pk,
            "unit": self.unit.code,
            "date": self.day.isoformat(),
            "tree": self.tree,
            "as_of": self.as_of.isoformat() if self.as_of else "",
        }


def start_table_export(place: Place, *, table: str, mode: str, form: str, by: "Scope") -> Job:
    """The table of totals of a unit, with a sheet for each unit below; `form` is xlsx, csv or villages."""
    params = {**place.params(), "table": table, "mode": mode, "format": form}
    return _start("rollup.export", params, detail=place.unit.name, by=by)


def start_comparison_export(place: Place, *, table: str, mode: str, then: int, by: "Scope") -> Job:
    """A table as published beside what is known now; `then`: key of the publication, 0 for the cut-off of the day."""
    params = {**place.params(), "table": table, "mode": mode, "then": then}
    return _start("rollup.comparison", params, detail=place.unit.name, by=by)


def start_villages_export(place: Place, metric: Metric, *, of: Area, what: str, by: "Scope") -> Job:
    """Exactly the villages behind one figure: a metric of the unit `of`, or one part of it."""
    params = {**place.params(), "open": metric.key, "of": of.code, "what": what}
    return _start("rollup.villages", params, detail=metric.name, by=by)


def start_fold(round: "Round", *, by: "Scope") -> Job:
    """立即汇总: fold what was filed since the last minute."""
    return start_job("rollup.now", str(round.pk), by=by, params={"round": round.pk})


def start_grid_export(
    round: "Round",
    unit: Area,
    first: datetime.date,
    last: datetime.date,
    *,
    as_of: datetime.datetime | None = None,
    by: "Scope",
) -> Job:
    """The grid of unit and day, all townships unfolded; `as_of`: as it stood at that moment."""
    days = {"first": first.isoformat(), "last": last.isoformat(), "as_of": as_of.isoformat() if as_of else ""}
    return _start(
        "completeness.export", {"round": round.pk, "unit": unit.code, **days}, detail=unit.name, by=by
    )


def _start(kind: str, params: dict[str, Any], *, detail: str, by: "Scope") -> Job:
    subject = ":".join(str(value) for value in params.values())
    return start_job(kind, subject, by=by, params=params, detail=detail)
