"""Whether the stored totals still equal the filed reports: added up again by other means than the fold's."""

import datetime
from dataclasses import dataclass

from django.db import connections

from accounts.metrics import MetricKind, MetricNature
from elections.models import Round
from reports import metrics
from reports.queries.moved import here


@dataclass(frozen=True)
class Drift:
    """One figure of a round's city that differs."""

    key: str
    stored: int | None
    filed: int | None


def drift_of(round: Round, day: datetime.date) -> list[Drift] | None:
    """Typed figures of the city that differ on `day`; None while something filed is still to be folded. One query.

    The newest revision of each township is chosen by DISTINCT ON and its villages are added up at once, without
    the levels between; flows count only where the revision is of the day itself.
    """
    typed = [metric for metric in metrics.table() if metric.kind is MetricKind.TYPED]
    sums = ", ".join(f"{_sum(metric.nature, metric.key)} AS {metric.key}" for metric in typed)
    pairs = ", ".join(f"('{metric.key}', stored.{metric.key}, filed.{metric.key})" for metric in typed)
    with connections["default"].cursor() as cursor:
        cursor.execute(
            f"""
            WITH newest AS (
                SELECT DISTINCT ON (area_id) id, date FROM reports_dailyrevision
                 WHERE round_id = %(round)s AND date <= %(day)s
                   AND area_id IN (SELECT t.id FROM area_on(%(day)s) t WHERE t.level = 4) ORDER BY area_id, date DESC, number DESC
            ), filed AS (
                SELECT {sums} FROM reports_dailyfigure f JOIN newest n ON n.id = f.revision_id AND n.date = f.date
                 WHERE {here("%(day)s")}
            )
            SELECT EXISTS (SELECT 1 FROM reports_dirtymark WHERE round_id = %(round)s), pair.*
              FROM filed JOIN reports_rolluprow stored
                ON stored.round_id = %(round)s AND stored.area_id = %(city)s AND stored.date = %(day)s
             CROSS JOIN LATERAL (VALUES {pairs}) pair(key, stored, filed)
             WHERE coalesce(pair.stored, 0) <> coalesce(pair.filed, 0)""",  # noqa: S608
            {"round": round.pk, "city": round.area_id, "day": day},
        )
        rows = cursor.fetchall()
    if any(waiting for waiting, *_ in rows):
        return None
    return [Drift(key, stored, filed) for _, key, stored, filed in rows]


def _sum(nature: MetricNature, key: str) -> str:
    if nature is MetricNature.DATE:
        return f"count(f.{key})"
    if nature is MetricNature.FLOW:
        return f"sum(f.{key}) FILTER (WHERE n.date = %(day)s)"
    return f"sum(f.{key})"
