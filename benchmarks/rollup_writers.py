"""One report saved: marking its township dirty beside adding up its ancestors, alone and with eight writers."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator

import psycopg2.errors
from django.db import DatabaseError, connections, transaction
from django.db.models import Count, Sum

from accounts.models import Area, Assignment
from accounts.scope import enter, leave
from accounts.scope.entry import issue
from benchmarks import world
from benchmarks.measure import Result, alone, beside, percentile
from reports.actions.marks import mark_dirty
from reports.models import DailyFigure, DailyRevision

WRITERS = 8
REFUSED = (psycopg2.errors.DeadlockDetected, psycopg2.errors.LockNotAvailable)
Write = Callable[[int, int], None]


def run(*, quick: bool) -> Iterator[Result]:
    """The evening: the townships of one county file at the same time."""
    round = world.round_of_city()
    towns = townships_of_largest_county(round.pk)
    seconds = 1.0 if quick else 4.0
    with connections["owner"].cursor() as cursor:
        cursor.execute("CREATE UNLOGGED TABLE peer_mark (round_id bigint, area_id bigint, date date)")
        cursor.execute("CREATE TABLE peer_sum (area_id bigint PRIMARY KEY, visits bigint NOT NULL)")
        cursor.execute("ALTER TABLE peer_mark SET LOGGED; GRANT ALL ON peer_mark, peer_sum TO cunxuan_web")
        cursor.execute("INSERT INTO peer_sum SELECT id, 0 FROM accounts_area WHERE level < 5")
    try:
        mark = Marks(towns)
        once = statistics.median(mark.timed(n) for n in range(20 if quick else 100))
        plain = statistics.median(timed(lambda: plain_mark(0, towns[0])) for _ in range(100))
        reaggregated = statistics.median(
            reaggregate_ms(round.pk, towns[n % len(towns)]) for n in range(2 if quick else 8)
        )
        yield beside("one report: mark its township", once, "ORM: add the 4 ancestors up again", reaggregated,
                     target="≥40×")  # fmt: skip
        yield beside("one report: mark its township", once, "a bare INSERT and commit", plain, target="≥0.5× (within 2)",
                     note="scope token looked up, path and line triggers, row policy")  # fmt: skip
        ours, refused, _ = crowd(mark.write, towns, seconds)
        bare, _, _ = crowd(plain_mark, towns, seconds)
        added, deadlocks, slow = crowd(Ancestors(towns).write, towns, seconds)
        yield beside(f"{WRITERS} writers in one county", ours, "bare INSERTs", bare, unit="/s", target="≥0.5×",
                     note=f"{len(towns)} townships of one county")  # fmt: skip
        yield beside(f"{WRITERS} writers in one county", ours, "the difference added to 4 ancestors", added, unit="/s",
                     note=f"{deadlocks} deadlocks and lock time-outs on that side, p99 {slow:.0f} ms")  # fmt: skip
        yield alone(f"deadlocks, time-outs of {WRITERS} writers", refused, unit="", target="≤0")
    finally:
        connections["owner"].cursor().execute("DROP TABLE peer_mark, peer_sum")
        with connections["owner"].cursor() as cursor:
            cursor.execute("DELETE FROM reports_dirtymark WHERE date = %s", [world.DAY])


def townships_of_largest_county(round: int) -> list[int]:
    """Townships of the county that has most of them in the round."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(DISTINCT t.id) FROM elections_org org JOIN accounts_area a ON a.id = org.area_id "
            "JOIN accounts_area t ON t.id = a.parent_id WHERE org.round_id = %s GROUP BY t.parent_id "
            "ORDER BY count(DISTINCT t.id) DESC LIMIT 1",
            [round],
        )
        return cursor.fetchone()[0]


class Marks:
    """Marking as the filing action does it: the township's own scope, the web role, one commit."""

    def __init__(self, towns: list[int]) -> None:
        offices = Assignment.objects.using("login").filter(role="township", area__in=towns)
        self.tokens = {office.area_id: issue("command", office.pk) for office in offices}
        revisions = DailyRevision.objects.using("owner").filter(area__in=towns, date=world.DAY)
        self.revisions = {revision.area_id: revision for revision in revisions}
        self.towns = towns

    def write(self, writer: int, town: int) -> None:
        revision = self.revisions[town]
        with transaction.atomic(using="default"):
            enter(self.tokens[town])
            mark_dirty(revision)
            leave()

    def timed(self, number: int) -> float:
        return timed(lambda: self.write(0, self.towns[number % len(self.towns)]))


def plain_mark(writer: int, town: int) -> None:
    with transaction.atomic(using="default"), connections["default"].cursor() as cursor:
        cursor.execute("INSERT INTO peer_mark VALUES (1, %s, %s)", [town, world.DAY])


class Ancestors:
    """What a signal handler does: add the difference to the township and everything above it."""

    def __init__(self, towns: list[int]) -> None:
        parents = dict(Area.objects.using("owner").filter(level__lt=5).values_list("pk", "parent_id"))
        self.lines = {}
        for town in towns:
            line, unit = [], town
            while unit:
                line.append(unit)
                unit = parents[unit]
            self.lines[town] = line

    def write(self, writer: int, town: int) -> None:
        with transaction.atomic(using="default"), connections["default"].cursor() as cursor:
            cursor.execute(
                "UPDATE peer_sum SET visits = visits + 1 WHERE area_id = ANY (%s)", [self.lines[town]]
            )


def timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def reaggregate_ms(round: int, town: int) -> float:
    """Save one figure and add its township, county, city and province up again, as a signal handler does."""
    wanted = {f"total_{key}": (Count if key in world.dates() else Sum)(key) for key in world.columns()}
    path = Area.objects.using("owner").values_list("path", flat=True).get(pk=town)
    steps = path.split("/")[:-1]

    def work() -> None:
        rows = DailyFigure.objects.using("owner").filter(date=world.DAY).order_by()
        for depth in range(len(steps), 0, -1):
            low = "/".join(steps[:depth]) + "/"
            rows.filter(unit_path__gte=low, unit_path__lt=low[:-1] + "0").aggregate(**wanted)

    return timed(work)


def crowd(write: Write, towns: list[int], seconds: float) -> tuple[float, int, float]:
    """(writes a second, deadlocks and lock time-outs, p99 in ms) of eight writers, each taking the townships in turn."""
    counts, deadlocks, times = [0] * WRITERS, [0] * WRITERS, [[] for _ in range(WRITERS)]
    end = time.monotonic() + seconds
    started = time.monotonic()

    def work(number: int) -> None:
        at = number
        while time.monotonic() < end:
            begun = time.perf_counter()
            try:
                write(number, towns[at % len(towns)])
            except DatabaseError as error:
                if not isinstance(error.__cause__, REFUSED):
                    raise
                deadlocks[number] += 1
            else:
                counts[number] += 1
            times[number].append((time.perf_counter() - begun) * 1000)
            at += 1
        connections.close_all()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    slowest = percentile([one for own in times for one in own], 0.99)
    return sum(counts) / (time.monotonic() - started), sum(deadlocks), slowest
