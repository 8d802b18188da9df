"""The collector: every figure is read when it is asked for, so that all web processes say the same."""

from collections.abc import Iterator

from django.db import DatabaseError, connections
from prometheus_client.core import GaugeMetricFamily, Metric

from accounts import alarms
from accounts.jobs import broker, probes
from config.room import database_has_room

LEVELS = {alarms.Level.OK: 0, alarms.Level.WARNING: 1, alarms.Level.ALARM: 2}
# name → what it is, in the order of metrics_figures(); a missing figure is left out rather than given as 0.
FIGURES = {
    "filings_last_hour": "Township days filed during the last hour",
    "dirty_marks": "Township days whose totals are still to be folded",
    "oldest_dirty_seconds": "Age of the oldest mark the roll-up has not folded",
    "audit_seq": "Number of the newest entry of the audit chain",
    "audit_unsealed": "Acts of the last hour that stand outside the chain",
    "audit_anchor_seconds": "Age of the newest anchor",
    "audit_waiting_seconds": "Age of the oldest anchor that is not delivered",
    "jobs_failed_day": "Jobs that failed or were parked during the last day",
}
JOBS = {
    "worker_seconds": "Seconds since a worker's sign of life",
    "queued": "Jobs that wait",
    "oldest_queued_seconds": "How long the oldest job that may start has waited",
    "running": "Jobs that run",
    "stuck": "Jobs whose lease ran out two minutes ago",
    "parked": "Jobs parked within seven days",
}


class Figures:
    """What the database, the ledger and the broker say now. Four short statements."""

    def collect(self) -> Iterator[Metric]:
        yield gauge("up", "1: the database answers", self._is_up())
        yield gauge("broker_up", "1: the broker answers", int(broker.answers()))
        try:
            yield gauge("database_room", "0: PostgreSQL's disk is full", int(database_has_room()))
            found = figures()
            jobs = probes.figures()
        except DatabaseError:
            return
        for name, text in FIGURES.items():
            yield from known(name, text, found[name])
        for name, text in JOBS.items():
            yield from known(f"jobs_{name}", text, jobs[name])

    @staticmethod
    def _is_up() -> int:
        try:
            with connections["default"].cursor() as cursor:
                cursor.execute("SELECT 1")
        except DatabaseError:
            return 0
        return 1


def figures() -> dict[str, float | None]:
    """One row of metrics_figures(): sums over the whole system that no scope has to be entered for."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT * FROM metrics_figures()")
        return dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))


def known(name: str, text: str, value: float | None) -> Iterator[Metric]:
    if value is not None:
        yield gauge(name, text, value)


def gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"cunxuan_{name}", text, value=float(value))
