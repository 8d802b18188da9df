"""The totals of the roll-up: one statement a level, the same for ten villages and for six hundred thousand.

The work is done in `rollup_new`, a temporary table of the rows made in this run (`made`) and of their stored siblings,
and written at its end (`rollup_store`). Under row-level security the planner takes every range of paths for one row
and would join by comparing all with all. So rows are fetched by key: `LATERAL (… OFFSET 0)` leaves it no other way,
and `+ 0` keeps a column out of the indexes that end in the path.
"""

from functools import cache

from reports.queries.township_sql import TOTALS, keys, township_columns, township_select


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
    return (
        f"INSERT INTO rollup_new (made, {', '.join(township_columns())})\nSELECT true, " + township_select()
    )


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
              SELECT a.id FROM accounts_area a WHERE a.parent_id = u.parent_id AND a.level < 5
                 AND (a.version_from IS NULL OR a.version_from <= u.date)
                 AND (a.valid_to IS NULL OR a.valid_to > u.date)
               UNION ALL
              SELECT v.area_id FROM accounts_areaversion v JOIN accounts_area a ON a.id = v.area_id AND a.level < 5
               WHERE v.parent_id = u.parent_id AND v.valid_to > u.date
                 AND (v.valid_from IS NULL OR v.valid_from <= u.date) OFFSET 0) a
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
