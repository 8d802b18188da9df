"""Totals of one day: our rebuild and fold beside what users write, at a city, 62 thousand villages and all of them."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any

from django.db import connections

from accounts.choices import Level
from accounts.models import Area
from benchmarks import rollup_writers, world
from benchmarks.measure import Result, Timing, alone, beside, compared, measured
from elections.models import Round

SIZES = (4_964, 62_074, 700_000)
KEPT = "peer_total"


def run(*, quick: bool) -> Iterator[Result]:
    """One day of every size; then one report at a time, a fold of 1,000 villages, and the check for drift."""
    world.need_city(days=3 if quick else 14)
    if not quick:
        world.need_tree(country=True)
        world.need_rounds()
    try:
        with world.reporting_on_day():
            yield from days(quick=quick)
            yield from rollup_writers.run(quick=quick)
            yield from fold(quick=quick)
            yield drift()
    finally:
        world.forget_day()


def days(*, quick: bool) -> Iterator[Result]:
    """Rebuild of a day. The peers get the figures of the newest revision without having to look for it."""
    per_row: dict[int, tuple[float, float]] = {}
    for limit in SIZES[:1] if quick else SIZES:
        rounds = rounds_up_to(limit)
        villages = world.need_day(rounds)
        if villages in per_row:
            break
        repeat = 1 if quick or villages > 100_000 else 3
        ours = measured("benchmarks.rollup:ours", worker=True, repeat=repeat, rounds=rounds)
        again = measured("benchmarks.rollup:ours_again", worker=True, repeat=repeat, rounds=rounds)
        owner = measured("benchmarks.rollup:without_policies", repeat=repeat, rounds=rounds)
        cascade = measured("benchmarks.rollup:cascade", repeat=repeat, rounds=rounds)
        annotate = measured("benchmarks.rollup:annotate", repeat=repeat, rounds=rounds)
        loop = measured("benchmarks.rollup:python_loop", repeat=1, rounds=rounds)
        per_row[villages] = (ours.seconds / villages, cascade.seconds / villages)
        label = f"a day of {villages:,} villages"
        yield compared(label, ours, "objects in a Python loop, nothing stored", loop, target="≥20×")
        yield compared(label, ours, "values().annotate() × 4 levels, nothing stored", annotate, target="≥3×")
        yield compared(label, ours, "plain SQL cascade into an unlogged table", cascade, target="≥0.67× (within 1.5)",
                       note=shares(ours, owner, len(rounds)))  # fmt: skip
        yield compared(f"{label}, made again", again, "first time", ours)
    if len(per_row) > 1:
        yield growth(per_row)


def shares(ours: Timing, owner: Timing, rounds: int) -> str:
    """Where our time goes."""
    parts = ", ".join(f"{name} {value:.2f} s" for name, value in ours.detail["shares"].items())
    policies = ours.seconds - owner.seconds
    return f"{parts}; of it row-level security {max(0.0, policies):.2f} s; {rounds} rounds"


def growth(per_row: dict[int, tuple[float, float]]) -> Result:
    """Time per village at the largest size against the smallest."""
    sizes = sorted(per_row)
    ours, peer = (per_row[sizes[-1]][n] / per_row[sizes[0]][n] for n in (0, 1))
    steps = ", ".join(f"{size:,}: {per_row[size][0] * 1e6:.1f}" for size in sizes)
    return Result(f"time a village, {sizes[-1] // sizes[0]}× the size", round(ours, 2), "×", "the cascade's growth",
                  round(peer, 2), target="≤1.2", note=f"µs a village at {steps}")  # fmt: skip


def rounds_up_to(villages: int) -> list[int]:
    """The demonstration city's round and others in the order of the codes until so many villages are in."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT round_id, sum(n) OVER (ORDER BY mine DESC, near DESC, path) FROM (SELECT org.round_id, "
            "count(*) AS n, r.area_id = %s AS mine, a.code = '3308' AS near, a.path FROM elections_org org "
            "JOIN elections_round r ON r.id = org.round_id AND r.is_current JOIN accounts_area a ON a.id = r.area_id "
            "GROUP BY 1, 3, 4, 5) x",
            [world.city().pk],
        )
        found = cursor.fetchall()
    return [round for n, (round, total) in enumerate(found) if total <= villages or n == 0]


def ours(rounds: list[int]) -> dict[str, Any]:
    """As the timer does it: the worker's role, the roll-up's scope, one audited transaction for all rounds."""
    from accounts.scope import system_scoped  # noqa: PLC0415
    from reports.actions.rollup import rebuild  # noqa: PLC0415

    clock = StatementClock()
    with connections["default"].execute_wrapper(clock), system_scoped("rollup") as scope:
        found = Round.objects.filter(pk__in=rounds).select_related("area")
        rebuild(*found, by=scope, first=world.DAY, last=world.DAY)
    return {"rows": len(rounds), "shares": clock.shares}


def _without_rows(rounds: list[int]) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM reports_rolluprow WHERE date = %s", [world.DAY])
        cursor.execute("VACUUM ANALYZE reports_rolluprow")


ours.prepare = _without_rows


def ours_again(rounds: list[int]) -> dict[str, Any]:
    """The same when every row is there: updates instead of inserts."""
    return ours(rounds)


def without_policies(rounds: list[int]) -> dict[str, Any]:
    """The same statements by the owner, who is under no row policy."""
    from django.db import transaction  # noqa: PLC0415

    from reports.actions.rollup import rebuild  # noqa: PLC0415

    with transaction.atomic(using="owner"):
        found = Round.objects.using("owner").filter(pk__in=rounds).select_related("area")
        rebuild(*found, by=None, first=world.DAY, last=world.DAY, using="owner")
    return {"rows": len(rounds)}


without_policies.prepare = _without_rows


class StatementClock:
    """Seconds of each kind of statement."""

    KINDS = (
        ("INSERT INTO rollup_new (made, round_id", "townships"), ("WITH total", "counties, cities, provinces"),
        ("rollup_ranked ON COMMIT", "ranks"), ("INSERT INTO reports_rolluprow", "writing"),
        ("audit_open_act", "audit"), ("WITH RECURSIVE", "lists of units"),
    )  # fmt: skip

    def __init__(self) -> None:
        self.shares: dict[str, float] = {}

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        from time import perf_counter  # noqa: PLC0415

        started = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            kind = next((name for start, name in self.KINDS if start in sql[:120]), "other")
            self.shares[kind] = self.shares.get(kind, 0.0) + perf_counter() - started


def totals(prefix: str = "") -> str:
    """Sums, and how many have the date, of every column."""
    return ", ".join(
        f"{'count' if key in world.dates() else 'sum'}({prefix}{key}) AS {key}" for key in world.columns()
    )


def cascade(rounds: list[int], townships: list[int] | None = None) -> dict[str, Any]:
    """Each level out of the one below, into an unlogged table; no ranks, no gaps, no revisions, no policies."""
    columns = ", ".join(world.columns())
    again = ", ".join(f"sum(t.{key}) AS {key}" for key in world.columns())
    some = "AND f.township_id = ANY (%s)" if townships else ""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {KEPT}")
        cursor.execute(
            f"CREATE UNLOGGED TABLE {KEPT} (area_id bigint, level int, "
            + ", ".join(f"{key} bigint" for key in world.columns())
            + ")"
        )
        cursor.execute(
            f"INSERT INTO {KEPT} (area_id, level, {columns}) SELECT township_id, 4, {totals('f.')} "
            f"FROM reports_dailyfigure f WHERE f.date = %s AND f.round_id = ANY (%s) {some} GROUP BY 1",
            [world.DAY, rounds, *([townships] if townships else [])],
        )
        for level in (3, 2, 1):
            cursor.execute(
                f"INSERT INTO {KEPT} (area_id, level, {columns}) SELECT p.id, p.level, {again} FROM {KEPT} t "
                "JOIN accounts_area a ON a.id = t.area_id JOIN accounts_area p ON p.id = a.parent_id "
                "WHERE p.level = %s GROUP BY 1, 2",
                [level],
            )
    return {"rows": len(rounds)}


def annotate(rounds: list[int]) -> dict[str, Any]:
    """One aggregate query a level, the result in Python."""
    from django.db.models import Count, Sum  # noqa: PLC0415

    from reports.models import DailyFigure  # noqa: PLC0415

    wanted = {f"total_{key}": (Count if key in world.dates() else Sum)(key) for key in world.columns()}
    rows = DailyFigure.objects.using("owner").filter(date=world.DAY, round__in=rounds).order_by()
    found = 0
    for unit in (
        "township",
        "township__parent",
        "township__parent__parent",
        "township__parent__parent__parent",
    ):
        found += len(list(rows.values(unit).annotate(**wanted)))
    return {"rows": found}


def python_loop(rounds: list[int]) -> dict[str, Any]:
    """Objects, added up in dictionaries; the levels above out of the townships."""
    from reports.models import DailyFigure  # noqa: PLC0415

    parents = dict(Area.objects.using("owner").filter(level__lt=Level.VILLAGE).values_list("pk", "parent_id"))
    keys, dates = world.columns(), world.dates()
    found: dict[int, dict[str, int]] = {}
    rows = DailyFigure.objects.using("owner").filter(date=world.DAY, round__in=rounds).order_by()
    for figure in rows.iterator(chunk_size=5_000):
        total = found.setdefault(figure.township_id, dict.fromkeys(keys, 0))
        for key in keys:
            value = getattr(figure, key)
            if value is not None:
                total[key] += 1 if key in dates else value
    for unit, total in list(found.items()):
        above = parents[unit]
        while above:
            sums = found.setdefault(above, dict.fromkeys(keys, 0))
            for key in keys:
                sums[key] += total[key]
            above = parents[above]
    return {"rows": len(found)}


def fold(*, quick: bool) -> Iterator[Result]:
    """Some townships with about 1,000 villages filed again: fold what is dirty, all levels up."""
    round = world.round_of_city()
    towns = world.townships_with(round, 1_000)
    times, peers = [], []
    for _ in range(1 if quick else 3):
        measured_fold = measured(
            "benchmarks.rollup:fold_dirty", worker=True, repeat=1, round=round.pk, towns=towns
        )
        times.append(measured_fold.seconds)
        peers.append(
            measured("benchmarks.rollup:cascade", repeat=1, rounds=[round.pk], townships=towns).seconds
        )
    yield beside("fold of 1,000 dirty villages", statistics.median(times) * 1000, "the cascade for the same townships",
                 statistics.median(peers) * 1000, target="≥0.67× (within 1.5)",
                 note=f"{len(towns)} townships; totals are folded every minute and on demand")  # fmt: skip


def fold_dirty(round: int, towns: list[int]) -> dict[str, Any]:
    """What the timer does when these townships have filed."""
    from accounts.scope import system_scoped  # noqa: PLC0415
    from reports.actions.rollup import fold as fold_round  # noqa: PLC0415

    with system_scoped("rollup") as scope:
        one = Round.objects.select_related("area").get(pk=round)
        changed = fold_round(one, by=scope, until=world.DAY)
    if changed != len(towns):
        raise RuntimeError(f"folded {changed} of {len(towns)}")
    return {"rows": changed}


fold_dirty.prepare = lambda round, towns: world.mark_dirty(round, towns)


def drift() -> Result:
    """Stored totals against sums made here out of the figures, by the path alone."""
    differs = " OR ".join(f"r.{key} IS DISTINCT FROM s.{key}" for key in world.columns())
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            f"WITH steps AS (SELECT f.*, n FROM reports_dailyfigure f, generate_series(1, 4) n WHERE f.date = %s "
            f"AND f.round_id IN (SELECT round_id FROM reports_rolluprow WHERE date = %s)), "
            f"s AS (SELECT split_part(f.unit_path, '/', n) AS code, {totals('f.')} FROM steps f GROUP BY 1) "
            f"SELECT count(*), count(*) FILTER (WHERE r.id IS NULL OR {differs}) FROM s "
            "JOIN accounts_area a ON a.code = s.code AND a.level < 5 "
            "LEFT JOIN reports_rolluprow r ON r.area_id = a.id AND r.date = %s "
            "WHERE a.level > 1 OR r.id IS NOT NULL",
            [world.DAY, world.DAY, world.DAY],
        )
        units, wrong = cursor.fetchone()
    return alone("drift of the stored totals", wrong, unit="", target="≤0",
                 note=f"{units:,} units compared with sums of the filed figures")  # fmt: skip
