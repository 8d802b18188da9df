"""A township's totals from its filed reports, as SQL: the one source of the stored roll-up and of its past moments.

`rollup_todo` names the township days. The fold fills it as a temporary table; a read makes it of a list of days.
"""

from functools import cache

from accounts.metrics import Metric, MetricKind, MetricNature
from reports import metrics
from reports.queries.moved import here
from reports.rules.catalogue import STEP_OF

TOTALS = ("townships", "filed", "late", "zero", "voters_polled")


def keys() -> tuple[str, ...]:
    return tuple(metric.key for metric in metrics.table())


# Rounds and their days; the townships that have records, found by walking down from the round's unit. A bound of a
# range is made beforehand: under row-level security only a plain value may steer an index.
ASKED = """
WITH RECURSIVE asked AS MATERIALIZED (
    SELECT q.*, r.year, r.area_id
      FROM unnest(%(rounds)s::bigint[], %(firsts)s::date[], %(untils)s::date[]) q(round_id, first, until)
      JOIN elections_round r ON r.id = q.round_id
)"""
# The superior that a township has on a day, its level, and nothing where the township is not open. The path stays that of
# now: it is the index of who reads the row.
SUPERIOR = """CROSS JOIN LATERAL (
      SELECT a.level, a.path, s.id AS parent_id, s.level AS parent_level FROM accounts_area a
        JOIN accounts_area s ON s.id = coalesce(
             (SELECT v.parent_id FROM accounts_areaversion v WHERE v.area_id = a.id AND v.valid_to > {day}
                 AND (v.valid_from IS NULL OR v.valid_from <= {day})), a.parent_id)
       WHERE a.id = {area} AND (a.valid_from IS NULL OR a.valid_from <= {day})
         AND (a.valid_to IS NULL OR a.valid_to > {day}) OFFSET 0) a"""
TOWNSHIPS = """, below AS (
    SELECT q.round_id, q.year, q.first, q.until, a.id, a.level, a.path, a.parent_id, 0::smallint AS parent_level
      FROM asked q JOIN accounts_area a ON a.id = q.area_id
     UNION ALL
    SELECT b.round_id, b.year, b.first, b.until, a.id, a.level, a.path, a.parent_id, b.level
      FROM below b JOIN accounts_area a ON a.parent_id = b.id AND a.level < 5 WHERE b.level < 4
), bounded AS MATERIALIZED (
    SELECT b.*, left(b.path, -1) || '0' AS path_end FROM below b WHERE b.level = 4
), township AS MATERIALIZED (
    SELECT b.* FROM bounded b CROSS JOIN LATERAL (
        (SELECT FROM elections_org o WHERE o.round_id = b.round_id AND o.unit_path >= b.path
            AND o.unit_path < b.path_end LIMIT 1)
         UNION ALL
        (SELECT FROM accounts_areaversion v JOIN elections_org o ON o.area_id = v.area_id AND o.round_id = b.round_id
          WHERE v.parent_id = b.id LIMIT 1) LIMIT 1) record
)"""


def township_columns() -> tuple[str, ...]:
    """Columns of `township_select`, in its order."""
    return (
        "round_id", "year", "area_id", "level", "unit_path", "date", "parent_id", "parent_level", "townships", "filed",
        "late", "zero", "voters_polled", "source_date", "source_revision_id", "gaps", "extras", *keys(),
    )  # fmt: skip


@cache
def township_select(moment: str = "") -> str:
    """What follows SELECT: `township_columns` of each row of `rollup_todo`, of what was filed by `moment` (none: now)."""
    table = metrics.table()
    known = f" AND r.filed_at <= {moment}" if moment else ""
    only = here("t.date", moment)
    sums = ", ".join(_village_sum(metric) for metric in table)
    unfiled = ", ".join(f"{_unfiled(metric)} AS u_{metric.key}" for metric in _with_gaps())
    # Without any filing the records alone say how many villages there are to be counted in the denominators.
    base = ", ".join(
        f"sum({metric.sql}) AS {metric.key}" for metric in table if metric.kind is MetricKind.DERIVED
    )
    return f"""t.round_id, t.year, t.area_id, t.level, t.unit_path, t.date, t.parent_id, t.parent_level, 1, n.of_day::int,
       {_LATE}, (n.of_day AND r.is_zero)::int, s.voters_polled, r.date, r.id,
       CASE WHEN s.marked > 0 THEN {_marked_gaps(only)} ELSE n.gaps END,
       CASE WHEN s.with_extras > 0 THEN {_local_items(only)} ELSE '{{}}' END, {", ".join(_chosen(metric) for metric in table)}
  FROM (SELECT *, left(unit_path, -1) || '0' AS path_end FROM rollup_todo OFFSET 0) t
  LEFT JOIN LATERAL (
      SELECT id, date, number, is_zero, late FROM reports_dailyrevision r
       WHERE r.round_id = t.round_id AND r.area_id = t.area_id AND r.date <= t.date{known}
       ORDER BY r.date DESC, r.number DESC LIMIT 1) r ON true
 CROSS JOIN LATERAL (
      SELECT sum(f.voters) FILTER (WHERE f.ballots IS NOT NULL) AS voters_polled,
             count(*) FILTER (WHERE f.marks <> '{{}}') AS marked,
             count(*) FILTER (WHERE f.extras <> '{{}}') AS with_extras, {sums}, {unfiled}
        FROM reports_dailyfigure f WHERE f.date = r.date AND f.revision_id = r.id AND {only}) s
 CROSS JOIN LATERAL (
      SELECT r.date IS NOT DISTINCT FROM t.date AS of_day, {_unfiled_gaps()} AS gaps OFFSET 0) n
  LEFT JOIN LATERAL (
      SELECT {base} FROM elections_org org
       WHERE r.id IS NULL AND org.round_id = t.round_id AND org.unit_path >= t.unit_path
         AND org.unit_path < t.path_end AND EXISTS (
             SELECT FROM accounts_area e WHERE e.id = org.area_id AND (e.valid_from IS NULL OR e.valid_from <= t.date)
                AND (e.valid_to IS NULL OR e.valid_to > t.date))) b ON true"""


# The day's first filing decides whether it was late, however often it is corrected.
_LATE = """CASE WHEN NOT n.of_day THEN 0 WHEN r.number = 1 THEN r.late::int ELSE coalesce((
           SELECT late::int FROM reports_dailyrevision first
            WHERE first.round_id = t.round_id AND first.area_id = t.area_id AND first.date + 0 = t.date
              AND first.number = 1), 0) END"""


def _local_items(only: str) -> str:
    """The city's own items, added up."""
    return f"""(
           SELECT coalesce(jsonb_object_agg(key, total), '{{}}') FROM (
               SELECT e.key, sum(e.value::bigint) AS total
                 FROM reports_dailyfigure f CROSS JOIN LATERAL jsonb_each_text(f.extras) e
                 LEFT JOIN reports_localmetric l ON l.round_id = t.round_id AND l.key = e.key
                WHERE f.date = r.date AND f.revision_id = r.id AND f.extras <> '{{}}' AND e.value IS NOT NULL
                  AND {only}
                  AND (l.nature IS DISTINCT FROM 'flow' OR n.of_day)
                GROUP BY e.key) item)"""


def _with_gaps() -> list[Metric]:
    """Counts that a township types: a step not reached is not 未报, and a derived figure is not typed."""
    return [
        metric
        for metric in metrics.table()
        if metric.kind is MetricKind.TYPED and metric.nature is not MetricNature.DATE
    ]


def _unfiled_gaps() -> str:
    """Key → [未报, 0, 0] of the figures that a village has neither filed nor marked."""
    cells = ", ".join(
        f"""CASE WHEN s.u_{metric.key} > 0{_of_day_only(metric)} THEN '"{metric.key}":[' || s.u_{metric.key} """
        "|| ',0,0]' END"
        for metric in _with_gaps()
    )
    return f"('{{' || concat_ws(',', {cells}) || '}}')::jsonb"


def _of_day_only(metric: Metric) -> str:
    return " AND r.date = t.date" if metric.nature is MetricNature.FLOW else ""


def _marked_gaps(only: str) -> str:
    """The gaps with how many villages have marked the figure na or unknown."""
    typed = ", ".join(f"'{metric.key}'" for metric in metrics.table() if metric.kind is MetricKind.TYPED)
    flows = ", ".join(f"'{metric.key}'" for metric in metrics.flows())
    return f"""n.gaps || (
           SELECT coalesce(jsonb_object_agg(key, jsonb_build_array(coalesce((n.gaps -> key ->> 0)::int, 0), na, unknown)),
                           '{{}}')
             FROM (SELECT m.key, count(*) FILTER (WHERE m.value = 'na') AS na,
                          count(*) FILTER (WHERE m.value = 'unknown') AS unknown
                     FROM reports_dailyfigure f CROSS JOIN LATERAL jsonb_each_text(f.marks) m
                    WHERE f.date = r.date AND f.revision_id = r.id AND f.marks <> '{{}}' AND {only}
                      AND m.key IN ({typed}) AND (n.of_day OR m.key NOT IN ({flows}))
                    GROUP BY m.key) cell)"""


def _village_sum(metric: Metric) -> str:
    """Total of a metric over the villages of a revision: a sum, or how many have the date."""
    if metric.nature is MetricNature.DATE:
        return f"count(f.{metric.key}) AS {metric.key}"
    return f"sum(f.{metric.key}) AS {metric.key}"


def _unfiled(metric: Metric) -> str:
    """How many villages should have the figure and have neither it nor a mark; a step not reached is not 未报."""
    step = STEP_OF.get(metric.key)
    reached = f" AND f.{step} IS NOT NULL" if step else ""
    return f"count(*) FILTER (WHERE f.{metric.key} IS NULL AND NOT f.marks ? '{metric.key}'{reached})"


def _chosen(metric: Metric) -> str:
    """The column's total: flows only of the day itself, derived figures from the records while nothing is filed."""
    if metric.nature is MetricNature.FLOW:
        return f"CASE WHEN n.of_day THEN s.{metric.key} END"
    if metric.kind is MetricKind.DERIVED:
        return f"CASE WHEN r.id IS NULL THEN b.{metric.key} ELSE s.{metric.key} END"
    return f"s.{metric.key}"
