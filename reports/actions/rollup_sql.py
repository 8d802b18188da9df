"""The totals of the roll-up: one statement a level, the same for ten villages and for six hundred thousand.

The work is done in `rollup_new`, a temporary table of the rows made in this run (`made`) and of their stored siblings,
and written at its end (`rollup_store`). Under row-level security the planner takes every range of paths for one row
and would join by comparing all with all. So rows are fetched by key: `LATERAL (… OFFSET 0)` leaves it no other way,
and `+ 0` keeps a column out of the indexes that end in the path.
"""

from functools import cache

from accounts.metrics import Metric, MetricKind, MetricNature
from reports import metrics
from reports.rules.catalogue import STEP_OF

TOTALS = ("townships", "filed", "late", "zero", "voters_polled")


def keys() -> tuple[str, ...]:
    return tuple(metric.key for metric in metrics.table())


@cache
def work_table() -> str:
    """`parent_level` tells whose children the rows are; `stored_id` is that of a sibling's row."""
    totals = ", ".join(f"{column} bigint" for column in (*TOTALS, *keys()))
    return (
        "CREATE TEMPORARY TABLE rollup_new (made boolean, stored_id bigint, round_id bigint, year smallint, "
        "area_id bigint, level smallint, unit_path text, date date, parent_id bigint, parent_level smallint, "
        f"source_date date, source_revision_id bigint, gaps jsonb, extras jsonb, ranks jsonb, {totals}) ON COMMIT DROP"
    )


@cache
def townships() -> str:
    """Township rows of `rollup_todo` from the newest filed revision on or before each day.

    Each revision's villages are added up where they are fetched: nothing is grouped or sorted.
    """
    table = metrics.table()
    sums = ", ".join(_village_sum(metric) for metric in table)
    unfiled = ", ".join(f"{_unfiled(metric)} AS u_{metric.key}" for metric in _with_gaps())
    # Without any filing the records alone say how many villages there are to be counted in the denominators.
    base = ", ".join(
        f"sum({metric.sql}) AS {metric.key}" for metric in table if metric.kind is MetricKind.DERIVED
    )
    return f"""
INSERT INTO rollup_new (made, round_id, year, area_id, level, unit_path, date, parent_id, parent_level, townships, filed,
    late, zero, voters_polled, source_date, source_revision_id, gaps, extras, {", ".join(keys())})
SELECT true, t.round_id, t.year, t.area_id, t.level, t.unit_path, t.date, t.parent_id, t.parent_level, 1, n.of_day::int,
       {_LATE}, (n.of_day AND r.is_zero)::int, s.voters_polled, r.date, r.id,
       CASE WHEN s.marked > 0 THEN {_marked_gaps()} ELSE n.gaps END,
       CASE WHEN s.with_extras > 0 THEN {_LOCAL_ITEMS} ELSE '{{}}' END, {", ".join(_chosen(metric) for metric in table)}
  FROM (SELECT *, left(unit_path, -1) || '0' AS path_end FROM rollup_todo OFFSET 0) t
  LEFT JOIN LATERAL (
      SELECT id, date, number, is_zero, late FROM reports_dailyrevision r
       WHERE r.round_id = t.round_id AND r.area_id = t.area_id AND r.date <= t.date
       ORDER BY r.date DESC, r.number DESC LIMIT 1) r ON true
 CROSS JOIN LATERAL (
      SELECT sum(f.voters) FILTER (WHERE f.ballots IS NOT NULL) AS voters_polled,
             count(*) FILTER (WHERE f.marks <> '{{}}') AS marked,
             count(*) FILTER (WHERE f.extras <> '{{}}') AS with_extras, {sums}, {unfiled}
        FROM reports_dailyfigure f WHERE f.date = r.date AND f.revision_id = r.id) s
 CROSS JOIN LATERAL (
      SELECT r.date IS NOT DISTINCT FROM t.date AS of_day, {_unfiled_gaps()} AS gaps OFFSET 0) n
  LEFT JOIN LATERAL (
      SELECT {base} FROM elections_org org
       WHERE r.id IS NULL AND org.round_id = t.round_id AND org.unit_path >= t.unit_path
         AND org.unit_path < t.path_end) b ON true"""


# The day's first filing decides whether it was late, however often it is corrected.
_LATE = """CASE WHEN NOT n.of_day THEN 0 WHEN r.number = 1 THEN r.late::int ELSE coalesce((
           SELECT late::int FROM reports_dailyrevision first
            WHERE first.round_id = t.round_id AND first.area_id = t.area_id AND first.date + 0 = t.date
              AND first.number = 1), 0) END"""

_LOCAL_ITEMS = """(
           SELECT coalesce(jsonb_object_agg(key, total), '{}') FROM (
               SELECT e.key, sum(e.value::bigint) AS total
                 FROM reports_dailyfigure f CROSS JOIN LATERAL jsonb_each_text(f.extras) e
                 LEFT JOIN reports_localmetric l ON l.round_id = t.round_id AND l.key = e.key
                WHERE f.date = r.date AND f.revision_id = r.id AND f.extras <> '{}' AND e.value IS NOT NULL
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


def _marked_gaps() -> str:
    """The gaps with how many villages have marked the figure na or unknown."""
    typed = ", ".join(f"'{metric.key}'" for metric in metrics.table() if metric.kind is MetricKind.TYPED)
    flows = ", ".join(f"'{metric.key}'" for metric in metrics.flows())
    return f"""n.gaps || (
           SELECT coalesce(jsonb_object_agg(key, jsonb_build_array(coalesce((n.gaps -> key ->> 0)::int, 0), na, unknown)),
                           '{{}}')
             FROM (SELECT m.key, count(*) FILTER (WHERE m.value = 'na') AS na,
                          count(*) FILTER (WHERE m.value = 'unknown') AS unknown
                     FROM reports_dailyfigure f CROSS JOIN LATERAL jsonb_each_text(f.marks) m
                    WHERE f.date = r.date AND f.revision_id = r.id AND f.marks <> '{{}}'
                      AND m.key IN ({typed}) AND (n.of_day OR m.key NOT IN ({flows}))
                    GROUP BY m.key) cell)"""


@cache
def siblings(level: int) -> str:
    """Fetch what the units at `level` need besides the rows made now: the stored rows of their other children.

    Parameter for level 1: `counted`, the rounds that count into a province.
    """
    columns = ("gaps", "extras", "ranks", *TOTALS, *keys())
    province = level == 1
    own = "n.year" if province else "n.round_id"
    counted = " AND n.round_id = ANY (%(counted)s)" if province else ""
    row = (
        "c.year = o.whose AND c.round_id IN "
        "(SELECT id FROM elections_round WHERE area_id = o.id AND is_current AND NOT practice)"
        if province
        else "c.round_id IS NOT NULL AND c.round_id + 0 = o.whose"
    )
    return f"""
INSERT INTO rollup_new (made, stored_id, round_id, year, area_id, level, unit_path, date, parent_id, parent_level,
    {", ".join(columns)})
SELECT false, c.id, c.round_id, c.year, c.area_id, c.level, c.unit_path, c.date, o.parent_id, {level:d},
       {", ".join(f"c.{column}" for column in columns)}
  FROM (SELECT u.whose, u.parent_id, u.date, a.id
          FROM (SELECT DISTINCT {own} AS whose, n.parent_id, n.date FROM rollup_new n
                 WHERE n.parent_level = {level:d}{counted}) u
         CROSS JOIN LATERAL (
              SELECT a.id FROM accounts_area a WHERE a.parent_id = u.parent_id AND a.level < 5 OFFSET 0) a
        EXCEPT ALL
        SELECT {own}, n.parent_id, n.date, n.area_id FROM rollup_new n
         WHERE n.parent_level = {level:d}{counted}) o
 CROSS JOIN LATERAL (
      SELECT * FROM reports_rolluprow c WHERE c.area_id = o.id AND c.date = o.date AND {row} OFFSET 0) c"""


@cache
def superiors(level: int) -> str:
    """Rows of the units at `level`, each the sum of its children in `rollup_new`; a province's has no round.

    Parameter for level 1: `counted`, the rounds that count into a province.
    """
    columns = (*TOTALS, *keys())
    child = f"FROM rollup_new n WHERE n.parent_level = {level:d}" + (
        # Cities of other rounds, fetched beside those made now, count as well.
        " AND (NOT n.made OR n.round_id = ANY (%(counted)s))" if level == 1 else ""
    )
    whose = f"{'0' if level == 1 else 'n.round_id'} AS whose, n.year, n.parent_id, n.date"
    return f"""
WITH total AS (
    SELECT {whose}, {", ".join(f"sum(n.{column}) AS {column}" for column in columns)}
      {child} GROUP BY 1, 2, 3, 4
), gaps AS (
    SELECT whose, year, parent_id, date, jsonb_object_agg(key, jsonb_build_array(missing, na, unknown)) AS gaps FROM (
        SELECT {whose}, g.key, sum((g.value ->> 0)::int) AS missing, sum((g.value ->> 1)::int) AS na,
               sum((g.value ->> 2)::int) AS unknown
          {child.replace("rollup_new n", "rollup_new n CROSS JOIN LATERAL jsonb_each(n.gaps) g")}
           AND n.gaps <> '{{}}' GROUP BY 1, 2, 3, 4, 5) cell
     GROUP BY 1, 2, 3, 4
), items AS (
    SELECT whose, year, parent_id, date, jsonb_object_agg(key, total) AS extras FROM (
        SELECT {whose}, e.key, sum(e.value::bigint) AS total
          {child.replace("rollup_new n", "rollup_new n CROSS JOIN LATERAL jsonb_each_text(n.extras) e")}
           AND n.extras <> '{{}}' GROUP BY 1, 2, 3, 4, 5) item
     GROUP BY 1, 2, 3, 4
)
INSERT INTO rollup_new (made, round_id, year, area_id, level, unit_path, date, parent_id, parent_level, gaps, extras,
    {", ".join(columns)})
SELECT true, {"NULL" if level == 1 else "n.whose"}, n.year, n.parent_id, a.level, a.path, n.date, a.parent_id,
       a.parent_level, coalesce(g.gaps, '{{}}'), coalesce(i.extras, '{{}}'),
       {", ".join(f"n.{column}" for column in columns)}
  FROM total n LEFT JOIN gaps g USING (whose, year, parent_id, date)
  LEFT JOIN items i USING (whose, year, parent_id, date)
 CROSS JOIN LATERAL (
      SELECT a.level, a.path, a.parent_id, p.level AS parent_level FROM accounts_area a
        LEFT JOIN accounts_area p ON p.id = a.parent_id WHERE a.id = n.parent_id OFFSET 0) a"""


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
