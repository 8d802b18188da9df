"""Which township days are to be made again: `rollup_todo(round_id, year, area_id, date)`.

Parameters of every statement: `rounds`, `firsts`, `untils`, lists of the same length: the rounds to look at and the
span of days of each.
"""

from reports.queries.township_sql import ASKED, SUPERIOR, TOWNSHIPS

TODO = """
CREATE TEMPORARY TABLE rollup_todo (round_id bigint, year smallint, area_id bigint, date date, level smallint,
    unit_path varchar(64) COLLATE "C", parent_id bigint, parent_level smallint, PRIMARY KEY (area_id, date, round_id))
    ON COMMIT DROP"""

# Marks are taken away by the statement that reads them; one committed meanwhile waits for its turn. A filed day also
# changes the days after it, up to the township's next filed one.
DIRTY = f"""{ASKED}, taken AS (
    DELETE FROM reports_dirtymark WHERE round_id = ANY (%(rounds)s) RETURNING round_id, area_id, date
), former AS (
    -- A village that has come from another township leaves that one's totals with its first report here.
    SELECT t.round_id, v.parent_id, t.date
      FROM taken t JOIN accounts_area village ON village.parent_id = t.area_id AND village.version_from IS NOT NULL
      JOIN accounts_areaversion v ON v.area_id = village.id AND v.parent_id <> t.area_id
), changed AS (
    SELECT DISTINCT q.round_id, q.year, t.area_id, t.date, q.until
      FROM (SELECT * FROM taken UNION ALL SELECT * FROM former) t JOIN asked q USING (round_id) WHERE t.date <= q.until
), day AS (
    SELECT DISTINCT c.round_id, c.year, c.area_id, day::date
      FROM changed c
      LEFT JOIN LATERAL (
          SELECT min(r.date) AS date FROM reports_dailyrevision r
           WHERE r.round_id = c.round_id AND r.area_id = c.area_id AND r.date > c.date) next ON true
     CROSS JOIN LATERAL generate_series(
          c.date, least(c.until, coalesce(next.date - 1, c.until)), interval '1 day') day
)
INSERT INTO rollup_todo
SELECT d.*, a.level, a.path, a.parent_id, a.parent_level
  FROM day d {SUPERIOR.format(area="d.area_id", day="d.day")}"""

EVERYTHING = f"""{ASKED}{TOWNSHIPS}
INSERT INTO rollup_todo
SELECT t.round_id, t.year, t.id, day::date, a.level, a.path, a.parent_id, a.parent_level
  FROM township t CROSS JOIN LATERAL generate_series(t.first, t.until, interval '1 day') day
 {SUPERIOR.format(area="t.id", day="day::date")}"""

# Days that have come and have no row yet. The row of the round's own unit says how many townships its day has: where
# that is all of them nothing is looked up.
UNOPENED = f"""{ASKED}{TOWNSHIPS}, counted AS (
    SELECT round_id, count(*) AS townships FROM township GROUP BY 1
), lacking AS MATERIALIZED (
    SELECT q.round_id, day::date
      FROM asked q JOIN counted USING (round_id)
     CROSS JOIN LATERAL generate_series(q.first, q.until, interval '1 day') day
      LEFT JOIN LATERAL (
          SELECT townships FROM reports_rolluprow r
           WHERE r.round_id IS NOT NULL AND r.round_id + 0 = q.round_id AND r.area_id = q.area_id
             AND r.date = day::date OFFSET 0) made ON true
     WHERE made.townships IS DISTINCT FROM counted.townships
)
INSERT INTO rollup_todo
SELECT t.round_id, t.year, t.id, l.day, a.level, a.path, a.parent_id, a.parent_level
  FROM lacking l JOIN township t USING (round_id) {SUPERIOR.format(area="t.id", day="l.day")}
 WHERE NOT EXISTS (SELECT 1 FROM reports_rolluprow r
                    WHERE r.round_id IS NOT NULL AND r.round_id + 0 = l.round_id
                      AND r.area_id = t.id AND r.date = l.day OFFSET 0)
ON CONFLICT DO NOTHING"""
