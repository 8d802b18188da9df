"""The audit: events sealed a second with eight writers, and what it adds to a statement of 50,000 rows."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator

from django.db import connections, transaction

from accounts import audit
from accounts.scope import enter, leave
from accounts.scope.entry import issue
from benchmarks import sheet_data
from benchmarks.measure import Result, alone, beside

WRITERS = 8
ROWS, FEW = 50_000, 5_000
TRIGGERS = ("audit_insert", "audit_update", "audit_delete")


def run(*, quick: bool) -> Iterator[Result]:
    """One large statement with and without; then many small transactions at once, each an act and an event."""
    rows = FEW if quick else ROWS
    sheet_data.prepare_tables(rows)
    yield from large_statement(rows, repeat=1 if quick else 3)
    yield from crowd(2.0 if quick else 5.0)
    yield verified()


def large_statement(rows: int, repeat: int) -> Iterator[Result]:
    """INSERT … SELECT of `rows` villages by the city's office: all protection, then less and less of it."""
    times: dict[str, float] = {}
    for name, resting in (
        ("all", ()),
        ("no audit", TRIGGERS),
        ("no audit, no path trigger", (*TRIGGERS, "a_unit_path", "d_same_line")),
    ):
        with rest(resting):
            times[name] = statistics.median(insert(rows) for _ in range(repeat))
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE peer_village")
        started = time.perf_counter()
        cursor.execute(STATEMENT.format(table="peer_village", path=""), [rows])
        bare = time.perf_counter() - started
        cursor.execute("TRUNCATE peer_village")
    audit_share = times["all"] - times["no audit"]
    path_share = times["no audit"] - times["no audit, no path trigger"]
    policies = times["no audit, no path trigger"] - bare
    yield beside(f"INSERT of {rows:,} rows", times["all"], "without audit", times["no audit"], unit="s",
                 note=f"{audit_share / rows * 1e6:.1f} µs a row for the digest of every row")  # fmt: skip
    parts = f"audit {audit_share:.2f} s, path trigger {path_share:.2f} s, policies and scope {policies:.2f} s"
    yield beside(f"INSERT of {rows:,} rows", times["all"], "unprotected table", bare, unit="s", note=parts)


# Columns without a default of their own, filled from the area's number.
STATEMENT = """
INSERT INTO {table} ({path}area_id, kind, population, households, voters, members, representatives, is_pilot, remark)
SELECT {path}id, 'village', id %% 3000, id %% 900, id %% 2000, id %% 90, id %% 60, false, 'x' FROM accounts_area
 WHERE level = 5 AND path >= '98/' AND path < '980' ORDER BY path LIMIT %s"""
PROTECTED = STATEMENT.replace("{path}", "unit_path, ", 1).format(table="bench_village", path="path, ")


class rest:
    """Some triggers of our table at rest."""

    def __init__(self, triggers: tuple[str, ...]) -> None:
        self.triggers = triggers

    def _say(self, verb: str) -> None:
        with connections["owner"].cursor() as cursor:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgrelid = 'bench_village'::regclass")
            there = {name for (name,) in cursor.fetchall()}
            for trigger in there & set(self.triggers):
                cursor.execute(f"ALTER TABLE bench_village {verb} TRIGGER {trigger}")

    def __enter__(self) -> None:
        self._say("DISABLE")

    def __exit__(self, *error: object) -> None:
        self._say("ENABLE")


def insert(rows: int) -> float:
    """Seconds until it is committed and sealed."""
    sheet_data.empty("bench_village")
    office = sheet_data.office()
    token = issue("command", office.pk)
    started = time.perf_counter()
    with transaction.atomic(using="default"), connections["default"].cursor() as cursor:
        enter(token)
        audit.act(office, "bench.imported")
        cursor.execute(PROTECTED, [rows])
        leave()
    return time.perf_counter() - started


def crowd(seconds: float) -> Iterator[Result]:
    """Small transactions of eight writers: an act, one row changed, sealed at the commit; and the same unaudited."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT id FROM bench_village ORDER BY id LIMIT 400")
        ids = [pk for (pk,) in cursor.fetchall()]
        before = head(cursor)
        ours = writers(ids, seconds, audited=True)
        sealed = head(cursor) - before
    with rest(TRIGGERS):
        plain = writers(ids, seconds, audited=False)
    yield beside(f"changes by {WRITERS} writers", ours, "the same, unaudited", plain, unit="/s",
                 note="one chain: every commit waits for the seal of the one before")  # fmt: skip
    yield alone(
        f"entries sealed by {WRITERS} writers", sealed / seconds, unit="/s", note="an act and an event each"
    )


def head(cursor) -> int:
    cursor.execute("SELECT seq FROM accounts_audithead WHERE chain = 1")
    return cursor.fetchone()[0]


def writers(ids: list[int], seconds: float, *, audited: bool) -> float:
    """Commits a second."""
    office = sheet_data.office()
    token = issue("command", office.pk)
    counts = [0] * WRITERS
    started = time.monotonic()
    end = started + seconds

    def work(number: int) -> None:
        at = number
        while time.monotonic() < end:
            with transaction.atomic(using="default"), connections["default"].cursor() as cursor:
                enter(token)
                if audited:
                    audit.act(office, "bench.imported")
                cursor.execute(
                    "UPDATE bench_village SET population = population + 1 WHERE id = %s", [ids[at % len(ids)]]
                )
                leave()
            counts[number] += 1
            at += WRITERS
        connections.close_all()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - started)


def verified() -> Result:
    """The whole chain computed again in the database and compared."""
    import io  # noqa: PLC0415

    from django.core.management import call_command  # noqa: PLC0415

    with connections["owner"].cursor() as cursor:
        entries = head(cursor)
    started = time.perf_counter()
    call_command("verify_audit", stdout=io.StringIO())
    return alone(
        "verify_audit, entries",
        entries / (time.perf_counter() - started),
        unit="/s",
        note=f"{entries:,} entries",
    )
