"""Places among the units of one superior, and the one write of everything that was made."""

from functools import cache

from accounts.metrics import Metric, MetricNature
from reports import metrics
from reports.queries.township_sql import TOTALS, keys


def ranked() -> list[Metric]:
    """Steps ranked by their share of the villages due."""
    return [metric for metric in metrics.table() if metric.nature is MetricNature.DATE]


@cache
def ranks() -> str:
    """Table `rollup_ranked`: places of counties and townships by share of the villages due.

    A place is where the share stands first among those of all children of the superior, sorted from the highest. The
    quotient of two counts of villages is exact enough as a float: equal shares are equal, different ones differ.
    """
    steps = [metric.key for metric in ranked()]
    shares = ", ".join(
        f"n.{key}::float8 / nullif(n.due - coalesce((n.gaps -> '{key}' ->> 1)::int, 0), 0) AS {key}"
        for key in steps
    )
    orders = ", ".join(
        f"array_agg({key} ORDER BY {key} DESC) FILTER (WHERE {key} IS NOT NULL) AS {key}" for key in steps
    )
    places = ", ".join(f"""'"{key}":' || array_position(o.{key}, s.{key})""" for key in steps)
    return f"""
CREATE TEMPORARY TABLE rollup_ranked ON COMMIT DROP AS
WITH share AS MATERIALIZED (
    SELECT n.made, n.stored_id, n.ranks AS before, n.round_id, n.area_id, n.parent_id, n.date, {shares}
      FROM rollup_new n WHERE n.level IN (3, 4)
), places AS (
    SELECT round_id, parent_id, date, {orders} FROM share GROUP BY 1, 2, 3
)
SELECT s.made, s.stored_id, s.before, s.round_id, s.area_id, s.date,
       ('{{' || concat_ws(',', {places}) || '}}')::jsonb AS ranks
  FROM share s JOIN places o USING (round_id, parent_id, date)"""


# Siblings whose place has changed, fetched by key.
MOVE_RANKS = """
UPDATE reports_rolluprow r SET ranks = k.ranks FROM rollup_ranked k
 WHERE r.id = ANY (ARRAY(SELECT stored_id FROM rollup_ranked WHERE NOT made AND ranks IS DISTINCT FROM before))
   AND k.stored_id = r.id"""


@cache
def store(*, province: bool) -> str:
    """Write the rows made in this run over those of the same unit and day."""
    columns = (
        "unit_path", "level", "source_date", "source_revision_id", "gaps", "extras", *TOTALS, *keys(),
    )  # fmt: skip
    changes = ", ".join(f"{column} = excluded.{column}" for column in (*columns, "ranks", "folded_at"))
    whose = "year) WHERE round_id IS NULL" if province else "round_id) WHERE round_id IS NOT NULL"
    return f"""
INSERT INTO reports_rolluprow (round_id, year, area_id, date, ranks, folded_at, {", ".join(columns)})
SELECT n.round_id, n.year, n.area_id, n.date, coalesce(k.ranks, '{{}}'), statement_timestamp(),
       {", ".join(f"n.{column}" for column in columns)}
  FROM rollup_new n LEFT JOIN rollup_ranked k USING (round_id, area_id, date)
 WHERE n.made AND n.round_id IS {"" if province else "NOT "}NULL
ON CONFLICT (area_id, date, {whose} DO UPDATE SET {changes}"""
