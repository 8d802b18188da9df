"""List pages and search: ours beside Django's stock admin, and the page-number list that a user writes first."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

from django.db import connections

from accounts.choices import Level, Role
from accounts.keyset import path_cursor
from accounts.models import Area, Assignment
from benchmarks import world
from benchmarks.client import Browser, p50, server, stock_admin
from benchmarks.measure import Result, beside
from elections.models import Org

TERMS = ("和", "和平", "和平村")
CLIENTS = 8
Goal = Callable[[str], str]


def run(*, quick: bool) -> Iterator[Result]:
    """Records of one city out of the country's, and the tree of the country (quick: of the city)."""
    world.need_city(days=3 if quick else 14)
    if not quick:
        world.need_tree(country=True)
        world.need_rounds()
    seconds = 0.7 if quick else 2.0
    # The targets are set for the country; a city fits into memory whichever way it is asked for.
    goal = (lambda text: "") if quick else (lambda text: text)
    villages = Area.objects.using("owner").filter(level=Level.VILLAGE).count()
    yield from in_database(villages)
    with server() as port:
        with stock_admin() as admin:
            yield from records(port, admin, seconds, goal)
        yield from tree(port, seconds, villages, goal)


def records(port: int, admin: Callable[[], Browser], seconds: float, goal: Goal) -> Iterator[Result]:
    """The city's list of records, 100 a page, with filters, chips and the frame of every screen."""
    office = world.office(Level.CITY)
    browser, stock, peer = Browser(port, office), admin(), Browser(port)
    rows = Org.objects.using("owner").filter(unit_path__startswith=office.unit_path).order_by("unit_path")
    count = rows.count()
    deep = path_cursor(rows.values_list("unit_path", flat=True)[max(0, count - 120)])
    page = min(5_000, Org.objects.using("owner").count() // 100)
    first, last, stock_first, stock_deep, bare, bare_city = p50(
        (browser, "/orgs/"), (browser, f"/orgs/?after={deep}"), (stock, STOCK), (stock, f"{STOCK}?p={page}"),
        (peer, "/peer/"), (peer, f"/peer/?within={quote(office.unit_path)}"), seconds=seconds,
    )  # fmt: skip
    label = f"records of a city ({count:,})"
    yield beside(f"{label}, page 1", first, "stock admin of the country, page 1", stock_first, target=goal("≥10×"),
                 note=SAME)  # fmt: skip
    yield beside(f"{label}, last page", last, f"stock admin, page {page:,}", stock_deep, target=goal("≥25×"))
    yield beside(f"{label}, last page", last, "our page 1", first, target="≥0.83× (≤1.2 of page 1)")
    yield beside(f"{label}, page 1", first, "bare list of the country", bare, note=BARE)
    yield beside(f"{label}, page 1", first, "bare list of the city", bare_city, note=BARE)
    for term in TERMS:
        query = f"?q={quote(term)}"
        ours, theirs, plain = p50(
            (browser, f"/orgs/{query}"), (stock, STOCK + query), (peer, f"/peer/{query}"), seconds=seconds
        )
        yield beside(f"records, search {term}", ours, "stock admin", theirs, target=goal("≥25×"))
        yield beside(f"records, search {term}", ours, "bare icontains list", plain, note=BARE)
    ours = rate(lambda: Browser(port, office), "/orgs/", seconds)
    theirs = rate(admin, STOCK, seconds)
    yield beside(f"records, {CLIENTS} clients", ours, "stock admin", theirs, unit="/s", target=goal("≥30×"))
    yield beside(f"records, {CLIENTS} clients", ours, "bare list of the country",
                 rate(lambda: Browser(port), "/peer/", seconds), unit="/s", note=BARE)  # fmt: skip


STOCK = "/admin/stock/village/"
SAME = "the same columns of the same rows, filters and a session on either side; ours is scoped to the city"
BARE = "six columns, no session, scope, filters or frame"


def tree(port: int, seconds: float, villages: int, goal: Goal) -> Iterator[Result]:
    """Units of the whole system, as an administrator reads them."""
    admin = Assignment.objects.using("login").filter(role=Role.ADMIN).select_related("area")[0]
    browser, peer = Browser(port, admin), Browser(port)
    start, page = "/api/v1/areas/?level=5", min(5_000, villages // 100)
    label = f"tree as JSON ({villages:,})"
    ours, deep, fast, fast_deep, numbered = p50(
        (browser, start), (browser, f"{start}&cursor={cursor_at(page)}"), (peer, "/peer/keyset/"),
        (peer, f"/peer/keyset/?after={quote(path_at(page))}"), (peer, f"/peer/json/?page={page}"), seconds=seconds,
    )  # fmt: skip
    yield beside(f"{label}, page 1", ours, "keyset, ORM values()", fast, target=goal("≥0.33× (within 3)"),
                 note="ours: serializer, session, scope")  # fmt: skip
    yield beside(f"{label}, page {page:,}", deep, "page-number JSON", numbered, target=goal("≥10×"))
    yield beside(
        f"{label}, page {page:,}", deep, "keyset, ORM values()", fast_deep, target=goal("≥0.33× (within 3)")
    )
    for term in TERMS:
        ours, theirs = p50(
            (browser, f"/system/areas/?q={quote(term)}"), (peer, f"/peer/?q={quote(term)}"), seconds=seconds
        )
        yield beside(f"tree, search {term}", ours, "bare icontains list", theirs, note=BARE)
    ours = rate(lambda: Browser(port, admin), start, seconds)
    theirs = rate(lambda: Browser(port), "/peer/keyset/", seconds)
    yield beside(
        f"tree as JSON, {CLIENTS} clients",
        ours,
        "keyset, ORM values()",
        theirs,
        unit="/s",
        target=goal("≥0.3×"),
    )


def path_at(page: int) -> str:
    rows = Area.objects.using("owner").filter(level=Level.VILLAGE).order_by("path")
    return rows.values_list("path", flat=True)[(page - 1) * 100 - 1]


def cursor_at(page: int) -> str:
    """A cursor of the API that continues after the page before."""
    from base64 import b64encode  # noqa: PLC0415

    return quote(b64encode(f"p={quote(path_at(page), safe='')}".encode()).decode())


def in_database(villages: int) -> Iterator[Result]:
    """The search alone, beside Django's icontains, on one connection."""
    for term in TERMS:
        yield beside(
            f"search {term} in {villages:,} names", _query_ms(Area.objects.using("owner").search(term)),
            "icontains", _query_ms(Area.objects.using("owner").filter(name__icontains=term)), target="≤5 ms",
            note="first 51 in the order of the tree",
        )  # fmt: skip


def _query_ms(rows) -> float:
    sql, params = rows.order_by("level", "path").values_list("code", "name")[:51].query.sql_with_params()
    times = []
    with connections["owner"].cursor() as cursor:
        for _ in range(9):
            started = time.perf_counter()
            cursor.execute(sql, params)
            cursor.fetchall()
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def rate(client: Callable[[], Browser], url: str, seconds: float) -> float:
    """Requests a second of eight clients that each ask again at once."""
    browsers = [client() for _ in range(CLIENTS)]
    counts = [0] * CLIENTS
    for browser in browsers[:2]:
        browser.get(url)
    end = time.monotonic() + max(2.0, seconds)
    started = time.monotonic()

    def ask(number: int) -> None:
        while time.monotonic() < end:
            browsers[number].get(url)
            counts[number] += 1

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - started)
