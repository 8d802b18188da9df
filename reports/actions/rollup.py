"""Fold what was filed into the totals of every unit above: one folder at a time, and twice changes nothing."""

import datetime
from typing import Any

from django.db import connections

from accounts import audit
from accounts.choices import Level
from accounts.scope import Scope
from elections.models import Round
from reports import audit_types
from reports.actions import rollup_sql

# Superiors of townships, from below: a city without counties adds its townships directly.
LEVELS_ABOVE = (Level.COUNTY, Level.CITY)


def fold(round: Round, *, by: Scope | None, until: datetime.date, using: str = "default") -> int:
    """Take in every township's day that was filed since the last fold, and the rows it changes up to `until`.

    A filed day also changes the following days on which the township filed nothing, up to its next filed
    day. Days of the round on which nobody has filed yet are opened with the last known levels. Returns the number of
    township days made again; 0 when there was nothing to do.
    """
    with connections[using].cursor() as cursor:
        _lock(cursor, round)
        cursor.execute(rollup_sql.TODO)
        cursor.execute(DIRTY, {"round": round.pk, "until": until})
        cursor.execute(UNOPENED, {"round": round.pk, "first": round.reporting_from, "until": until})
        return _fold_todo(cursor, round, by=by, using=using)


def rebuild(
    round: Round, *, by: Scope | None, first: datetime.date, last: datetime.date, using: str = "default"
) -> int:
    """Make every row of the round's days `first` to `last` again from the filed reports."""
    with connections[using].cursor() as cursor:
        _lock(cursor, round)
        cursor.execute(rollup_sql.TODO)
        cursor.execute(EVERYTHING, {"round": round.pk, "first": first, "until": last})
        return _fold_todo(cursor, round, by=by, using=using)


def _lock(cursor: Any, round: Round) -> None:
    """One folder per round; the others wait."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtext('rollup'), %s::int)", [round.pk])


def _fold_todo(cursor: Any, round: Round, *, by: Scope | None, using: str) -> int:
    cursor.execute("SELECT count(*), min(date), max(date) FROM rollup_todo")
    count, first, last = cursor.fetchone()
    if count:
        audit.act(
            by,
            audit_types.ROLLUP_FOLDED,
            round,
            after={"township_days": count, "first": first, "last": last},
            unit_path=round.unit_path,
            using=using,
        )
        cursor.execute("ANALYZE rollup_todo")
        values = {"round": round.pk, "year": round.year}
        cursor.execute(rollup_sql.townships(), values)
        for level in LEVELS_ABOVE:
            cursor.execute(rollup_sql.parents_todo(level))
            cursor.execute(rollup_sql.superiors(level), values)
        cursor.execute(rollup_sql.ranks(), values)
        # All places against all rows of those days: one pass over both, not each against each.
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute(rollup_sql.SET_RANKS, values)
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute("DROP TABLE rollup_ranked")
        if round.is_current and not round.practice:
            cursor.execute(rollup_sql.parents_todo(Level.PROVINCE))
            cursor.execute(rollup_sql.provinces(), values)
    cursor.execute("DROP TABLE rollup_todo")
    return count


# Marks are taken away by the statement that reads them; one committed meanwhile waits for its turn.
DIRTY = """
WITH taken AS (
    DELETE FROM reports_dirtymark WHERE round_id = %(round)s RETURNING area_id, date
), changed AS (
    SELECT DISTINCT area_id, date FROM taken WHERE date <= %(until)s
)
INSERT INTO rollup_todo
SELECT DISTINCT c.area_id, day::date
  FROM changed c
  LEFT JOIN LATERAL (
      SELECT min(r.date) AS date FROM reports_dailyrevision r
       WHERE r.round_id = %(round)s AND r.area_id = c.area_id AND r.date > c.date) next ON true
 CROSS JOIN LATERAL generate_series(
      c.date, least(%(until)s, coalesce(next.date - 1, %(until)s)), interval '1 day') day
ON CONFLICT DO NOTHING"""

TOWNSHIPS = """
SELECT DISTINCT a.parent_id AS area_id FROM elections_org org JOIN accounts_area a ON a.id = org.area_id
 WHERE org.round_id = %(round)s"""

EVERYTHING = f"""
INSERT INTO rollup_todo
SELECT t.area_id, day::date
  FROM ({TOWNSHIPS}) t, generate_series(%(first)s::date, %(until)s::date, interval '1 day') day
ON CONFLICT DO NOTHING"""

UNOPENED = f"""
INSERT INTO rollup_todo
SELECT t.area_id, day::date
  FROM ({TOWNSHIPS}) t, generate_series(%(first)s::date, %(until)s::date, interval '1 day') day
 WHERE NOT EXISTS (SELECT 1 FROM reports_rolluprow r
                    WHERE r.round_id IS NOT NULL AND r.round_id + 0 = %(round)s
                      AND r.area_id = t.area_id AND r.date = day::date OFFSET 0)
ON CONFLICT DO NOTHING"""
