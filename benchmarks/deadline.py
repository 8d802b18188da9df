"""The last ten minutes before the cut-off (security T60 to T63): counts first, seconds after.

Townships of the demonstration city file one township day each over a web server of the product's kind: six pages, the day
typed at once, filed; one in five clicks twice at the same moment, one in twenty loses its connection before the answer
and sends again. The load is closed: as many townships work at once as `at_once` says, and the rate is what comes out.
"""

from __future__ import annotations

import contextlib
import datetime
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connections, transaction
from django.utils import timezone

from accounts.choices import Level
from accounts.models import Assignment
from benchmarks import world
from benchmarks.clerk import Seat, Seen, file, seats_of
from benchmarks.client import Browser, server
from benchmarks.measure import Result, alone, beside, percentile
from reports.actions.rollup import fold

DASHBOARDS = ("/reports/rollup/", "/reports/completeness/")
EXPORT, EXPORTS = "/reports/completeness/export/", 20
HALF_OPEN = 500
WORK = "POST /imports/orgs/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n\r\nhalf"


def run(*, quick: bool) -> Iterator[Result]:
    """T60 with T62 at its end, T61 with four times as many at once, T63 with half-open connections."""
    round = world.need_city(days=3 if quick else 14)
    plan = Plan(quick)
    first = open_days(round, plan.days * 3 + 1)
    with server() as port:
        seats = seats_of(round, port, plan.townships)
        every = [first + datetime.timedelta(days=n) for n in range(plan.days * 3 + 1)]
        calm = work(seats[:1], [every[0]], Seen(), at_once=1)
        yield from last_minutes(seats[1:], every[: plan.days], calm, plan)
        yield from rolled_up(round, seats[1:], every[: plan.days])
        yield from overload(port, seats, every[plan.days : plan.days * 2], plan)
        yield from slow_clients(port, seats, every[plan.days * 2 :], plan)


@dataclass(frozen=True)
class Plan:
    """Sizes: 3,000 township days in the whole form, some 120 in the quick one."""

    quick: bool

    @property
    def townships(self) -> int:
        return 25 if self.quick else 144

    @property
    def days(self) -> int:
        return 2 if self.quick else 21

    @property
    def at_once(self) -> int:
        return 4 if self.quick else 8


def open_days(round, count: int) -> datetime.date:
    """The round reports from `count` days before its first filed day on; answers the first of them."""
    first = round.reporting_from - datetime.timedelta(days=count)
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "UPDATE elections_round SET starts_on = least(starts_on, %s), reporting_from = %s WHERE id = %s",
            [first, first, round.pk],
        )
        for month in {(first + datetime.timedelta(days=n)).replace(day=1) for n in range(count)}:
            cursor.execute("SELECT daily_figure_partition(%s)", [month])
    round.refresh_from_db(using="owner")
    return first


def work(seats: list[Seat], days: list[datetime.date], seen: Seen, *, at_once: int) -> Seen:
    """Every seat files every day, `at_once` seats at the same time; each seat one day after the other."""
    waiting = [(seat, day) for day in days for seat in seats]
    busy: set[int] = set()
    gate = threading.Condition()

    def next_one() -> tuple[Seat, datetime.date] | None:
        with gate:
            while waiting:
                for place, (seat, day) in enumerate(waiting):
                    if seat.office.pk not in busy:
                        busy.add(seat.office.pk)
                        del waiting[place]
                        return seat, day
                gate.wait(5)
        return None

    def clerk() -> None:
        while found := next_one():
            seat, day = found
            try:
                file(seat, day.isoformat(), seen)
            except (OSError, RuntimeError, ValueError, KeyError) as error:
                seen.refused.append(f"{type(error).__name__}: {error}"[:200])
            finally:
                with gate:
                    busy.discard(seat.office.pk)
                    gate.notify_all()

    together(clerk, at_once)
    return seen


def together(target: Callable[[], None], number: int) -> None:
    threads = [threading.Thread(target=target) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def last_minutes(seats: list[Seat], days: list[datetime.date], calm: Seen, plan: Plan) -> Iterator[Result]:
    """T60."""
    started = time.perf_counter()
    seen = work(seats, days, Seen(), at_once=plan.at_once)
    seconds = time.perf_counter() - started
    asked = len(seats) * len(days)
    note = (
        f"{asked} township days of {len(seats)} townships, {plan.at_once} at once, 6 pages each; "
        f"{seen.repeats} double clicks and lost connections"
    )
    yield from counts("T60", seats, days, seen, asked)
    yield alone("T60 filings a second", asked / seconds, unit="/s", note=note)
    yield beside("T60 file a day, p95", percentile(seen.filed, 0.95), "one township alone", percentile(calm.filed, 0.5),
                 target="≤1500 ms", note=f"p99 {percentile(seen.filed, 0.99):.0f} ms (target 3000)")  # fmt: skip
    yield alone("T60 page, p95", percentile(seen.pages, 0.95))


def counts(
    name: str, seats: list[Seat], days: list[datetime.date], seen: Seen, asked: int
) -> Iterator[Result]:
    """What must be nought: lost, doubled, refused, 5xx, unsealed; and what must be all: the receipts."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT r.area_id, r.date::text, count(*) FROM reports_dailyrevision r "
            "WHERE r.date = ANY (%s) AND r.area_id = ANY (%s) GROUP BY 1, 2",
            [days, [seat.office.area_id for seat in seats]],
        )
        rows = {(area, day): count for area, day, count in cursor.fetchall()}
        cursor.execute(
            "SELECT count(*) FROM accounts_auditact a WHERE NOT EXISTS "
            "(SELECT FROM accounts_auditchain c WHERE c.kind = 'act' AND c.ref = a.id)"
        )
        unsealed = cursor.fetchone()[0]
    lost = sum(rows.get(key, 0) == 0 for key in seen.receipts)
    first = f"first: {seen.refused[0]}" if seen.refused else ""
    yield alone(f"{name} lost", lost, unit="", target="≤0")
    yield alone(f"{name} doubled", sum(count > 1 for count in rows.values()), unit="", target="≤0")
    yield alone(f"{name} refused", len(seen.refused), unit="", target="≤0", note=first)
    yield alone(f"{name} answers of 500 and more", seen.errors, unit="", target="≤0")
    yield alone(f"{name} unsealed acts", unsealed, unit="", target="≤0")
    yield alone(f"{name} receipts", len(seen.receipts), unit="", target=f"≥{asked}")


def rolled_up(round, seats: list[Seat], days: list[datetime.date]) -> Iterator[Result]:
    """T62: from the cut-off to whole totals, and whether they are those of the base."""
    started = time.perf_counter()
    with transaction.atomic(using="owner"):
        count = fold(round, by=None, until=timezone.localdate(), using="owner")
    seconds = time.perf_counter() - started
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reports_dirtymark WHERE round_id = %s", [round.pk])
        waiting = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM reports_rolluprow t JOIN LATERAL (SELECT count(DISTINCT r.area_id) AS filed "
            "FROM reports_dailyrevision r WHERE r.round_id = t.round_id AND r.date = t.date) base ON true "
            "WHERE t.round_id = %s AND t.level = %s AND t.date = ANY (%s) AND t.filed <> base.filed",
            [round.pk, Level.CITY, days],
        )
        different = cursor.fetchone()[0]
        cursor.execute(
            "SELECT count(*) FROM reports_rolluprow WHERE round_id = %s AND level = %s AND date = ANY (%s)",
            [round.pk, Level.CITY, days],
        )
        made = cursor.fetchone()[0]
    yield alone("T62 totals whole after the cut-off", seconds, unit="s", target="≤60",
                note=f"{count} township days folded at once, county and city")  # fmt: skip
    yield alone("T62 days whose totals differ from the base", different + waiting + (len(days) - made),
                unit="", target="≤0")  # fmt: skip


def overload(port: int, seats: list[Seat], days: list[datetime.date], plan: Plan) -> Iterator[Result]:
    """T61: four times as many townships at once beside the offices' dashboards and exports, which are shed first."""
    ends = threading.Event()
    looks: list[int] = []
    exports: list[int] = []
    offices = [world.office(Level.CITY), *(world.office(Level.COUNTY, skip=n) for n in range(7))]

    def look(office: Assignment) -> None:
        browser = Browser(port, office)
        while not ends.is_set():
            for url in DASHBOARDS:
                looks.append(browser.ask("GET", url).status)
            if len(exports) < EXPORTS:
                exports.append(browser.ask("POST", EXPORT).status)

    watching = [threading.Thread(target=look, args=(office,)) for office in offices]
    for thread in watching:
        thread.start()
    seen = work(seats, days[: max(1, len(days) // 4)], Seen(), at_once=plan.at_once * 4)
    ends.set()
    for thread in watching:
        thread.join()
    asked = len(seats) * max(1, len(days) // 4)
    yield from counts("T61", seats, days, seen, asked)
    yield alone("T61 file a day, p99", percentile(seen.filed, 0.99), target="≤10000 ms",
                note=f"{plan.at_once * 4} townships and {len(offices)} dashboards at once")  # fmt: skip
    yield alone("T61 dashboards and exports shed", 100 * share_of(503, [*looks, *exports]), unit="%",
                note=f"{len(looks)} pages, {looks.count(503)} shed; {len(exports)} exports, "
                f"{exports.count(503)} shed")  # fmt: skip
    other = sum(status >= 500 and status != 503 for status in [*looks, *exports])
    yield alone("T61 dashboards and exports that failed", other, unit="", target="≤0")
    yield from recovered(port, seats, days[-1], offices[0])


def share_of(status: int, answers: list[int]) -> float:
    return answers.count(status) / len(answers) if answers else 0.0


def recovered(port: int, seats: list[Seat], day: datetime.date, office: Assignment) -> Iterator[Result]:
    """From the end of the rush to a dashboard that is served again, and one filing right afterwards."""
    started = time.perf_counter()
    browser = Browser(port, office)
    while browser.ask("GET", DASHBOARDS[0]).status != 200 and time.perf_counter() - started < 300:
        time.sleep(0.2)
    yield alone("T61 dashboards served again after", time.perf_counter() - started, unit="s", target="≤120 s")
    again = Seen()
    work(seats[:1], [day], again, at_once=1)
    yield alone("T61 one filing right afterwards", again.filed[0] if again.filed else 0.0)


def slow_clients(port: int, seats: list[Seat], days: list[datetime.date], plan: Plan) -> Iterator[Result]:
    """T63: half-open uploads and connections beside the filing; nginx in front buffers them in production.

    Measured without them before and after: what else the machine does meets both sides alike.
    """
    before = work(seats, days[:1], Seen(), at_once=plan.at_once)
    held: list[socket.socket] = []
    try:
        for number in range(HALF_OPEN):
            with contextlib.suppress(OSError):
                held.append(socket.create_connection(("127.0.0.1", port), timeout=10))
                held[-1].sendall((WORK if number % 2 else "GET / HTTP/1.1\r\nHost: 127.0").encode())
        meanwhile = work(seats, days[1:2], Seen(), at_once=plan.at_once)
    finally:
        for one in held:
            one.close()
    after = work(seats, days[2:3], Seen(), at_once=plan.at_once)
    calm = percentile(before.filed + after.filed, 0.95)
    yield beside("T63 file a day, p95", percentile(meanwhile.filed, 0.95), "without them", calm,
                 target="≥0.67×", note=f"{len(held)} half-open connections, every second one an upload")  # fmt: skip
    yield alone("T63 refused or lost", len(meanwhile.refused), unit="", target="≤0",
                note=f"first: {meanwhile.refused[0]}" if meanwhile.refused else "")  # fmt: skip
    yield alone(
        "T63 control: one slow client stalls a server that waits for it", stalled(), unit="", target="≥1"
    )


def stalled() -> int:
    """1 when a server of one thread without a proxy does not answer while one client sends half a request."""
    from wsgiref.simple_server import WSGIRequestHandler, make_server  # noqa: PLC0415

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    def answer(environ: dict, start: Callable) -> list[bytes]:
        start("200 OK", [])
        return [b"."]

    with make_server("127.0.0.1", 0, answer, handler_class=Quiet) as simple:
        threading.Thread(target=simple.serve_forever, daemon=True).start()
        place = ("127.0.0.1", simple.server_port)
        with socket.create_connection(place) as slow, socket.create_connection(place, timeout=2) as quick:
            slow.sendall(b"GET / HTTP/1.1\r\n")
            time.sleep(0.2)
            quick.sendall(b"GET / HTTP/1.0\r\n\r\n")
            try:
                said = bool(quick.recv(1))
            except TimeoutError:
                said = False
            slow.close()
        simple.shutdown()
    return int(not said)
