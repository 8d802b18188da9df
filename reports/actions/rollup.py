"""Fold what was filed into the totals of every unit above: one folder at a time, and twice changes nothing."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import connections

from accounts import audit
from accounts.choices import Level
from accounts.scope import Scope
from elections.models import Round
from reports import audit_types
from reports.actions import rollup_lists as lists
from reports.actions import rollup_sql, rollup_store

# Superiors of townships, from below: a city without counties adds its townships directly.
LEVELS_ABOVE = (Level.COUNTY, Level.CITY)
# Rows of a hundred columns are grouped and joined by hashing in memory, and never looked up twice.
SETTINGS = "SET LOCAL work_mem = '64MB'; SET LOCAL enable_memoize = off; SET LOCAL enable_mergejoin = off"
Span = tuple[Round, datetime.date, datetime.date]


def fold(*rounds: Round, by: Scope | None, until: datetime.date, using: str = "default") -> int:
    """Take in every township's day that was filed since the last fold, and the rows it changes up to `until`.

    A filed day also changes the following days on which the township filed nothing, up to its next filed
    day. Days of a round on which nobody has filed yet are opened with the last known levels. All rounds are folded
    by the same statements. Returns the number of township days made again; 0 when there was nothing to do.
    """
    spans = [(one, one.reporting_from, min(until, one.reporting_to)) for one in rounds]
    return _run(spans, (lists.DIRTY, lists.UNOPENED), by=by, using=using)


def rebuild(
    *rounds: Round, by: Scope | None, first: datetime.date, last: datetime.date, using: str = "default"
) -> int:
    """Make every row of the rounds' days `first` to `last` again from the filed reports."""
    return _run([(one, first, last) for one in rounds], (lists.EVERYTHING,), by=by, using=using)


def _run(spans: list[Span], statements: Sequence[str], *, by: Scope | None, using: str) -> int:
    spans = sorted((span for span in spans if span[1] <= span[2]), key=lambda span: span[0].pk)
    if not spans:
        return 0
    rounds = [round for round, _, _ in spans]
    values: dict[str, Any] = {
        "rounds": [round.pk for round in rounds],
        "firsts": [first for _, first, _ in spans],
        "untils": [until for _, _, until in spans],
        "counted": [round.pk for round in rounds if round.is_current and not round.practice],
    }
    with connections[using].cursor() as cursor:
        _lock(cursor, values)
        cursor.execute(SETTINGS)
        cursor.execute(lists.TODO)
        for statement in statements:
            cursor.execute(statement, values)
        cursor.execute("SELECT count(*), min(date), max(date) FROM rollup_todo")
        count, first, last = cursor.fetchone()
        if count:
            after = {"township_days": count, "first": first, "last": last}
            _open_act(rounds, after, by=by, using=using)
            _make(cursor, values)
        cursor.execute("DROP TABLE rollup_todo")
    return count


def _lock(cursor: Any, values: dict[str, Any]) -> None:
    """One folder per round; the others wait. The locks are taken in one order."""
    cursor.execute(
        "SELECT pg_advisory_xact_lock(hashtext('rollup'), id::int) FROM unnest(%(rounds)s::bigint[]) id",
        values,
    )


def _open_act(rounds: list[Round], after: dict[str, Any], *, by: Scope | None, using: str) -> None:
    """One act a run: of the round, or of everything the scope covers."""
    only = rounds[0] if len(rounds) == 1 else None
    audit.act(
        by,
        audit_types.ROLLUP_FOLDED,
        only or Round,
        after=after if only else {"rounds": len(rounds), **after},
        unit_path=only.unit_path if only else None,
        using=using,
    )


def _make(cursor: Any, values: dict[str, Any]) -> None:
    """Rows of `rollup_todo`, of everything above them, and the places of their siblings."""
    cursor.execute("ANALYZE rollup_todo")
    cursor.execute(rollup_sql.work_table())
    cursor.execute(rollup_sql.townships())
    cursor.execute("ANALYZE rollup_new (round_id, year, parent_id, parent_level, date)")
    moved = False
    for level in LEVELS_ABOVE:
        cursor.execute(rollup_sql.siblings(level))
        moved = moved or cursor.rowcount > 0
        cursor.execute(rollup_sql.superiors(level))
    cursor.execute(rollup_store.ranks())
    cursor.execute(rollup_store.store(province=False))
    if moved:
        cursor.execute(rollup_store.MOVE_RANKS)
    if values["counted"]:
        cursor.execute(rollup_sql.siblings(Level.PROVINCE), values)
        cursor.execute(rollup_sql.superiors(Level.PROVINCE), values)
        cursor.execute(rollup_store.store(province=True))
    cursor.execute("DROP TABLE rollup_new, rollup_ranked")
