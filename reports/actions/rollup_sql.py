"""The SQL of the roll-up: one statement a level, the same for ten villages and for six hundred thousand.

Every statement works on `rollup_todo(area_id, date)`, a temporary table of the units and days to make again.
Under row-level security the planner takes every range of paths for one row and would join by comparing all with
all. So rows are fetched by key for each unit and day: `LATERAL (… OFFSET 0)` leaves it no other way, and `+ 0` keeps
a column out of the indexes that end in the path.
"""

from accounts.metrics import Metric, MetricKind, MetricNature
from reports import metrics
from reports.rules.catalogue import STEP_OF

TODO = "CREATE TEMPORARY TABLE rollup_todo (area_id bigint, date date, PRIMARY KEY (area_id, date)) ON COMMIT DROP"

TOTALS = ("townships", "filed", "late", "zero", "voters_polled")


def keys() -> list[str]:
    return [metric.key for metric in metrics.table()]


def ranked() -> list[Metric]:
    """Steps ranked by their share of the villages due."""
    return [metric for metric in metrics.table() if metric.nature is MetricNature.DATE]


def townships() -> str:
    """Township rows of `rollup_todo` from the newest filed revision; parameters: round, year."""
    table = metrics.table()
    sums = ", ".join(_village_sum(metric) for metric in table)
    chosen = ", ".join(_chosen(metric) for metric in table)
    # Without any filing the records alone say how many villages there are to be counted in the denominators.
    base = ", ".join(
        f"sum({metric.sql}) AS {metric.key}" for metric in table if metric.kind is MetricKind.DERIVED
    )
    typed = [metric for metric in table if metric.kind is MetricKind.TYPED]
    unfiled = ", ".join(f"{_unfiled(metric)} AS u_{metric.key}" for metric in typed)
    cells = ", ".join(
        f"('{metric.key}', s.u_{metric.key}, {str(metric.nature is MetricNature.FLOW).lower()})"
        for metric in typed
    )
    return f"""
WITH source AS MATERIALIZED (
    SELECT t.area_id, t.date, r.id AS revision_id, r.date AS source_date, r.is_zero, first.late
      FROM rollup_todo t
      LEFT JOIN LATERAL (
          SELECT id, date, is_zero FROM reports_dailyrevision r
           WHERE r.round_id = %(round)s AND r.area_id = t.area_id AND r.date <= t.date
           ORDER BY r.date DESC, r.number DESC LIMIT 1) r ON true
      LEFT JOIN LATERAL (
          SELECT late FROM reports_dailyrevision r
           WHERE r.round_id = %(round)s AND r.area_id = t.area_id AND r.date + 0 = t.date AND r.number = 1
          OFFSET 0) first ON true
), summed AS MATERIALIZED (
    SELECT s.area_id, s.date, sum(f.voters) FILTER (WHERE f.ballots IS NOT NULL) AS voters_polled, {sums}, {unfiled}
      FROM source s CROSS JOIN LATERAL ({figures()}) f
     GROUP BY s.area_id, s.date
), base AS (
    SELECT a.parent_id AS area_id, {base}
      FROM elections_org org JOIN accounts_area a ON a.id = org.area_id
     WHERE org.round_id = %(round)s AND a.parent_id IN (SELECT area_id FROM source WHERE revision_id IS NULL)
     GROUP BY a.parent_id
), marked AS (
    SELECT s.area_id, s.date, m.key, count(*) FILTER (WHERE m.value = 'na') AS na,
           count(*) FILTER (WHERE m.value = 'unknown') AS unknown
      FROM source s CROSS JOIN LATERAL ({figures("f.marks <> '{}'")}) f, LATERAL jsonb_each_text(f.marks) m
     GROUP BY 1, 2, 3
), gaps AS (
    SELECT s.area_id, s.date,
           jsonb_object_agg(v.key, jsonb_build_array(v.unfiled, coalesce(m.na, 0), coalesce(m.unknown, 0))) AS gaps
      FROM summed s JOIN source o USING (area_id, date)
      CROSS JOIN LATERAL (VALUES {cells}) v(key, unfiled, is_flow)
      LEFT JOIN marked m ON m.area_id = s.area_id AND m.date = s.date AND m.key = v.key
     WHERE (v.unfiled > 0 OR m.key IS NOT NULL) AND (NOT v.is_flow OR o.source_date = s.date)
     GROUP BY 1, 2
), local_items AS (
    SELECT area_id, date, jsonb_object_agg(key, total) AS extras FROM (
        SELECT s.area_id, s.date, e.key, sum(e.value::bigint) AS total
          FROM source s CROSS JOIN LATERAL ({figures("f.extras <> '{}'")}) f,
               LATERAL jsonb_each_text(f.extras) e
          LEFT JOIN reports_localmetric l ON l.round_id = %(round)s AND l.key = e.key
         WHERE e.value IS NOT NULL AND (l.nature IS DISTINCT FROM 'flow' OR s.source_date = s.date)
         GROUP BY 1, 2, 3) items
     GROUP BY 1, 2
)
INSERT INTO reports_rolluprow (round_id, year, area_id, level, unit_path, date, townships, filed, late, zero,
    voters_polled, source_date, source_revision_id, gaps, extras, ranks, folded_at, {", ".join(keys())})
SELECT %(round)s, %(year)s, o.area_id, a.level, a.path, o.date, 1, (o.source_date IS NOT DISTINCT FROM o.date)::int,
       coalesce(o.late, false)::int, (o.source_date IS NOT DISTINCT FROM o.date AND o.is_zero)::int,
       s.voters_polled, o.source_date, o.revision_id, coalesce(g.gaps, '{{}}'), coalesce(l.extras, '{{}}'), '{{}}',
       statement_timestamp(), {chosen}
  FROM source o JOIN accounts_area a ON a.id = o.area_id
  LEFT JOIN summed s USING (area_id, date) LEFT JOIN base b USING (area_id)
  LEFT JOIN gaps g USING (area_id, date) LEFT JOIN local_items l USING (area_id, date)
{_upsert("area_id, date, round_id) WHERE round_id IS NOT NULL")}"""


def figures(condition: str = "true") -> str:
    """The villages of one source revision `s`."""
    return (
        "SELECT * FROM reports_dailyfigure f WHERE f.date = s.source_date AND f.revision_id = s.revision_id "
        f"AND {condition} OFFSET 0"
    )


def parents_todo(level: int) -> str:
    """Put the superiors at `level` of everything in `rollup_todo` into it."""
    return f"""
INSERT INTO rollup_todo SELECT DISTINCT p.id, t.date
  FROM rollup_todo t JOIN accounts_area a ON a.id = t.area_id JOIN accounts_area p ON p.id = a.parent_id
 WHERE p.level = {level:d}
ON CONFLICT DO NOTHING"""


def superiors(level: int) -> str:
    """Rows of the units at `level` in `rollup_todo`, each the sum of its children; parameters: round, year."""
    return _sum_of_children(
        units=f"p.level = {level:d}",
        rows="c.round_id IS NOT NULL AND c.round_id + 0 = %(round)s",
        round_sql="%(round)s::bigint",
        conflict="area_id, date, round_id) WHERE round_id IS NOT NULL",
    )


def provinces() -> str:
    """Rows of the provinces in `rollup_todo`: the sum of the current rounds of their cities; parameter: year."""
    return _sum_of_children(
        units="p.level = 1 AND a.level = 2",
        rows="c.year = %(year)s AND c.round_id IN "
        "(SELECT id FROM elections_round WHERE area_id = u.child_id AND is_current AND NOT practice)",
        round_sql="NULL::bigint",
        conflict="area_id, date, year) WHERE round_id IS NULL",
    )


def _sum_of_children(*, units: str, rows: str, round_sql: str, conflict: str) -> str:
    columns = (*TOTALS, *keys())
    totals = ", ".join(f"sum(c.{column}) AS {column}" for column in columns)
    return f"""
WITH child AS MATERIALIZED (
    SELECT u.parent_id, u.parent_level, u.parent_path, c.*
      FROM (SELECT p.id AS parent_id, p.level AS parent_level, p.path AS parent_path, a.id AS child_id, t.date
              FROM rollup_todo t JOIN accounts_area p ON p.id = t.area_id
              JOIN accounts_area a ON a.parent_id = p.id WHERE {units}) u
     CROSS JOIN LATERAL (
          SELECT * FROM reports_rolluprow c WHERE c.area_id = u.child_id AND c.date = u.date AND {rows} OFFSET 0) c
), gaps AS (
    SELECT parent_id, date, jsonb_object_agg(key, jsonb_build_array(missing, na, unknown)) AS gaps FROM (
        SELECT parent_id, date, g.key, sum((g.value ->> 0)::int) AS missing, sum((g.value ->> 1)::int) AS na,
               sum((g.value ->> 2)::int) AS unknown
          FROM child, LATERAL jsonb_each(gaps) g WHERE gaps <> '{{}}' GROUP BY 1, 2, 3) cells
     GROUP BY 1, 2
), local_items AS (
    SELECT parent_id, date, jsonb_object_agg(key, total) AS extras FROM (
        SELECT parent_id, date, e.key, sum(e.value::bigint) AS total
          FROM child, LATERAL jsonb_each_text(extras) e WHERE extras <> '{{}}' GROUP BY 1, 2, 3) items
     GROUP BY 1, 2
), total AS (
    SELECT c.parent_id, c.parent_level, c.parent_path, c.date, {totals}
      FROM child c GROUP BY 1, 2, 3, 4
)
INSERT INTO reports_rolluprow (round_id, year, area_id, level, unit_path, date, gaps, extras, ranks, folded_at,
    {", ".join(columns)})
SELECT {round_sql}, %(year)s, c.parent_id, c.parent_level, c.parent_path, c.date, coalesce(g.gaps, '{{}}'),
       coalesce(l.extras, '{{}}'), '{{}}', statement_timestamp(), {", ".join(f"c.{column}" for column in columns)}
  FROM total c LEFT JOIN gaps g USING (parent_id, date) LEFT JOIN local_items l USING (parent_id, date)
{_upsert(conflict)}"""


def ranks() -> str:
    """Table `rollup_ranked`: places of the children of every unit in `rollup_todo` by share of the villages due;
    parameter: round."""
    steps = ", ".join(f"('{metric.key}', c.{metric.key})" for metric in ranked())
    return f"""
CREATE TEMPORARY TABLE rollup_ranked ON COMMIT DROP AS
WITH share AS (
    SELECT c.id, a.parent_id, c.date, v.key,
           v.done::numeric / nullif(c.due - coalesce((c.gaps -> v.key ->> 1)::int, 0), 0) AS share
      FROM rollup_todo t JOIN accounts_area a ON a.parent_id = t.area_id AND a.level < 5
      CROSS JOIN LATERAL (
          SELECT * FROM reports_rolluprow c
           WHERE c.area_id = a.id AND c.date = t.date AND c.round_id IS NOT NULL AND c.round_id + 0 = %(round)s
          OFFSET 0) c
      CROSS JOIN LATERAL (VALUES {steps}) v(key, done)
)
SELECT id, jsonb_object_agg(key, place) AS ranks FROM (
    SELECT id, key, rank() OVER (PARTITION BY parent_id, date, key ORDER BY share DESC) AS place
      FROM share WHERE share IS NOT NULL) places
 GROUP BY id"""


# Only places that have changed; the days of `rollup_todo` are named so that no other day is read.
SET_RANKS = """
UPDATE reports_rolluprow r SET ranks = ranked.ranks FROM rollup_ranked ranked
 WHERE ranked.id = r.id AND r.ranks IS DISTINCT FROM ranked.ranks AND r.round_id = %(round)s
   AND r.date >= (SELECT min(date) FROM rollup_todo) AND r.date <= (SELECT max(date) FROM rollup_todo)"""


def _upsert(conflict: str) -> str:
    columns = (
        "unit_path",
        "level",
        "source_date",
        "source_revision_id",
        "gaps",
        "extras",
        "folded_at",
        *TOTALS,
        *keys(),
    )
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns)
    return f"ON CONFLICT ({conflict} DO UPDATE SET {changes}"


def _village_sum(metric: Metric) -> str:
    """Total of a metric over the villages of a revision: a sum, or how many have the date."""
    if metric.nature is MetricNature.DATE:
        return f"count(f.{metric.key}) AS {metric.key}"
    return f"sum(f.{metric.key}) AS {metric.key}"


def _unfiled(metric: Metric) -> str:
    """How many villages should have the figure and have neither it nor a mark; a step not reached is not 未报."""
    if metric.nature is MetricNature.DATE:
        return "0"
    step = STEP_OF.get(metric.key)
    reached = f" AND f.{step} IS NOT NULL" if step else ""
    return f"count(*) FILTER (WHERE f.{metric.key} IS NULL AND NOT f.marks ? '{metric.key}'{reached})"


def _chosen(metric: Metric) -> str:
    """The column's total: flows only of the day itself, derived figures from the records while nothing is filed."""
    if metric.nature is MetricNature.FLOW:
        return f"CASE WHEN o.source_date = o.date THEN s.{metric.key} END"
    if metric.kind is MetricKind.DERIVED:
        return f"CASE WHEN o.revision_id IS NULL THEN b.{metric.key} ELSE s.{metric.key} END"
    if metric.nature is MetricNature.DATE:
        return f"coalesce(s.{metric.key}, 0)"
    return f"s.{metric.key}"
