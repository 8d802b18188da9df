"""T61: when townships file faster than the machine answers, totals and exports are shed first, filing never."""

import math
import threading
import time

import pytest
from django.db import connections
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import get_resolver, resolve

from accounts.pressure import FilingFirstMiddleware, Pressure, marked
from tests.helpers import log_in
from tests.outages.test_t38_postgres_gone import assert_whole, filers

GIVE_WAY = {
    "rollup:table", "rollup:export", "rollup:villages", "rollup:fold", "rollup:comparison", "rollup:comparison-export",
    "completeness:grid", "completeness:export", "publications:detail", "publications:check", "comments:counts",
    "comments:counts-export", "comments:export", "elections:counts", "elections:counts-export", "imports:export",
}  # fmt: skip
FILE = "/api/v1/daily/2026-11-22/file/"
COME_FIRST = {"reports:daily-day", "reports:daily-check", "reports:daily-import"}


class Clock:
    """Seconds that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def busy(pressure: Pressure, clock: Clock, *, running: int, seconds: float) -> None:
    """So many requests for so long, then none."""
    for _ in range(running):
        pressure.begin()
    clock.now += seconds
    for _ in range(running):
        pressure.end()


@pytest.mark.parametrize(
    ("running", "seconds", "high"),
    [(2, 30, True), (2, 5.7, True), (2, 5.6, False), (1, 30, False), (5, 30, True), (0, 30, False)],
)
def test_full_threads_for_some_seconds_are_pressure(clock, running, seconds, high):
    """1 - e^(-t/3) passes 0.85 at 5.69 seconds; one of two threads never gets there."""
    pressure = Pressure(2, clock)
    busy(pressure, clock, running=running, seconds=seconds)
    pressure.note_filing()
    assert pressure.is_high() is high


@pytest.mark.parametrize(("later", "high"), [(10.0, True), (10.1, False)])
def test_only_while_somebody_files(clock, later, high):
    pressure = Pressure(2, clock)
    busy(pressure, clock, running=0, seconds=0)
    pressure.note_filing()
    busy(pressure, clock, running=2, seconds=later)
    assert pressure.is_high() is high


def test_without_a_known_number_of_threads_nothing_gives_way(clock):
    pressure = Pressure(0, clock)
    busy(pressure, clock, running=9, seconds=60)
    pressure.note_filing()
    assert pressure.is_high() is False


def test_it_is_over_in_seconds(clock):
    """Recovery: idle threads bring the level down by themselves; nobody has to reset anything."""
    pressure = Pressure(2, clock)
    busy(pressure, clock, running=2, seconds=60)
    pressure.note_filing()
    assert pressure.is_high() is True
    clock.now += 0.6
    assert pressure.is_high() is False


def test_what_gives_way_has_a_tenth_of_a_thread(clock):
    pressure = Pressure(2, clock)
    assert [pressure.admit(), pressure.admit()] == [True, False]
    clock.now += 2
    pressure.leave(2)
    clock.now += 17.9
    assert pressure.admit() is False
    clock.now += 0.2
    assert pressure.admit() is True


def test_who_gives_way_and_who_comes_first():
    """Exactly these pages, and the operations of the API beside them; what ends in export always."""
    pages = {name: view for name, view in routes().items() if not getattr(view, "cls", None)}
    assert {name for name, view in pages.items() if marked(view, "gives_way")} == GIVE_WAY
    assert {name for name, view in pages.items() if marked(view, "comes_first")} == COME_FIRST
    api = {name: view for name, view in routes().items() if getattr(view, "cls", None)}
    assert {name for name, view in api.items() if marked(view, "comes_first")} == {
        "api-daily:draft", "api-daily:file", "api-daily:import",
    }  # fmt: skip
    assert [
        name for name, view in api.items() if name.endswith("export") and not marked(view, "gives_way")
    ] == []


def routes() -> dict:
    """Every view of the site by the name of its route."""
    found: dict = {}

    def walk(patterns, prefix: str) -> None:
        for one in patterns:
            if hasattr(one, "url_patterns"):
                walk(one.url_patterns, prefix + (f"{one.namespace}:" if one.namespace else ""))
            elif one.name:
                found[prefix + one.name] = one.callback

    walk(get_resolver().url_patterns, "")
    return found


def test_turned_away_before_anything_is_asked():
    """A page with what to do, that asks again by itself; for a program the same with a code; filing goes through."""
    turned = FilingFirstMiddleware(lambda request: HttpResponse("in"))
    turned.pressure = always_high()
    asked = RequestFactory()
    answers = {
        url: turned(asked.get(url))
        for url in ("/reports/rollup/", "/api/v1/rollups/", "/reports/daily/", "/nowhere/")
    }
    assert {url: answer.status_code for url, answer in answers.items()} == {
        "/reports/rollup/": 503, "/api/v1/rollups/": 503, "/reports/daily/": 200, "/nowhere/": 200,
    }  # fmt: skip
    page = answers["/reports/rollup/"]
    assert (page["Refresh"], page["Retry-After"]) == ("15", "15")
    assert "各乡镇正在集中上报，汇总和导出稍后再办" in page.content.decode()
    assert '"code": "filing_first"' in answers["/api/v1/rollups/"].content.decode()
    export = turned(asked.post("/reports/rollup/export/"))
    assert (export.status_code, export.get("Refresh")) == (503, None)
    assert turned(asked.post(FILE)).status_code == 200


@pytest.mark.parametrize(
    ("scope", "status", "filed"),
    [(None, 302, False), ("somebody", 403, False), ("somebody", 399, True), ("somebody", 400, False)],
)
def test_only_who_is_let_in_counts_as_filing(scope, status, filed):
    """A stranger or another role must not have totals turned away by knocking at the door of filing."""
    request = RequestFactory().post(FILE)

    def answer(request):
        request.scope = scope
        turned.process_view(request, resolve(FILE).func, (), {})
        return HttpResponse(status=status)

    turned = FilingFirstMiddleware(answer)
    turned.pressure = Pressure(2)
    turned(request)
    assert (turned.pressure.filed_at > -math.inf) is filed


def always_high() -> Pressure:
    """Full threads, somebody files, and the share of what gives way is used up."""
    pressure = Pressure(2)
    pressure.MEMORY = 1e9
    pressure.level, pressure.again_at = 1.0, time.monotonic() + 3600
    pressure.FILING = 3600.0
    pressure.note_filing()
    return pressure


@pytest.fixture
def two_threads(settings):
    """Requests of this process are measured as those of a web process with two threads, and remembered for a second."""
    settings.WEB_THREADS = 2
    before = Pressure.MEMORY
    Pressure.MEMORY = 0.3
    yield
    Pressure.MEMORY = before


class Dashboard(threading.Thread):
    """An office that looks at the totals again and again, and exports them."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.client, self.ends, self.answers = client, threading.Event(), []

    def run(self) -> None:
        try:
            while not self.ends.is_set():
                self.answers.append(self.client.get("/reports/rollup/").status_code)
                self.answers.append(self.client.post("/reports/completeness/export/").status_code)
        finally:
            connections.close_all()


def crowd(cast) -> tuple[list, list[Dashboard]]:
    """Townships that file and offices that look, at once; until every township is through."""
    looking = [
        Dashboard(log_in(Client(raise_request_exception=False), cast.users[who]))
        for who in ("city", "county") * 2
    ]
    found = filers(cast)
    for one in found:
        one.days = one.days[:4]
    for one in [*looking, *found]:
        one.start()
    for one in found:
        one.join(120)
    for one in looking:
        one.ends.set()
        one.join(60)
    assert [repr(one.error) for one in found] == ["None"] * len(found)
    return found, looking


def test_t61_reporting_is_shed_first_and_filing_never(committed, cast, two_threads):
    found, looking = crowd(cast)
    told = [status for one in looking for status in one.answers]
    assert set(told) <= {200, 302, 503}
    assert told.count(503) > len(told) / 2
    assert {seen for one in found for seen in one.seen} <= {(409, "still_running")}
    assert_whole(found)
    # Recovery: nobody files any more, the offices are served again.
    client = log_in(Client(raise_request_exception=False), cast.users["city"])
    time.sleep(0.5)
    assert [client.get("/reports/rollup/").status_code for _ in range(3)] == [200] * 3


def test_t61_negative_control_without_it_nothing_is_shed(committed, cast, two_threads, settings):
    settings.WEB_THREADS = 0
    _, looking = crowd(cast)
    assert {status for one in looking for status in one.answers} <= {200, 302}
