"""The search of the top bar and the field for a unit, over the whole country: the database alone, and end to end."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from django.db import connections

from accounts import finding
from accounts.choices import Level, Role
from accounts.models import Area, Assignment
from accounts.queries.picking import suggest
from accounts.scope import Scope, scoped
from benchmarks import world
from benchmarks.client import Browser, p50, server, stock_admin
from benchmarks.lists import STOCK
from benchmarks.measure import Result, beside

# One, two and three characters; initials of one, two and three; the beginning of a code.
TERMS = ("和", "和平", "和平村", "h", "hp", "hpc", "330702")
# What the stock admin can find as well.
CHINESE = TERMS[:3]
BOX = {"HX-Request": "true"}


def run(*, quick: bool) -> Iterator[Result]:
    """An administrator searches the country, a city office its city out of it (quick: the city alone is loaded)."""
    world.need_city(days=3 if quick else 14)
    if not quick:
        world.need_tree(country=True)
        world.need_rounds()
    admin = Assignment.objects.using("login").filter(role=Role.ADMIN).select_related("area")[0]
    villages = Area.objects.using("owner").filter(level=Level.VILLAGE).count()
    people = {"country": admin, "city": world.office(Level.CITY)}
    for who, person in people.items():
        yield from in_database(f"{who} of {villages:,}", person)
    seconds = 0.7 if quick else 2.0
    with server() as port, stock_admin() as stock:
        yield from end_to_end(port, stock(), people, seconds, "" if quick else "≥25×")


def in_database(label: str, person: Assignment) -> Iterator[Result]:
    """Time the database takes for all sources of the box together, and for the list under a field."""
    for term in TERMS:
        for name, ask in (("search", finding.find), ("field", suggest)):
            ours = _database_ms(person, lambda scope, term=term, ask=ask: list(ask(scope, term)))
            yield Result(f"{name} {term}, {label}, database", ours, "ms", target="≤5 ms")


def _database_ms(person: Assignment, ask: Callable[[Scope], Any]) -> float:
    """Median of the time that the queries of one call take, fetching included."""
    times = []
    for _ in range(9):
        spent = [0.0]

        def timed(execute, sql, params, many, context, spent=spent):
            started = time.perf_counter()
            try:
                return execute(sql, params, many, context)
            finally:
                spent[0] += (time.perf_counter() - started) * 1000

        with scoped(person) as scope, connections["default"].execute_wrapper(timed):
            ask(scope)
        times.append(spent[0])
    return statistics.median(times)


def end_to_end(
    port: int, stock: Browser, people: dict[str, Assignment], seconds: float, goal: str
) -> Iterator[Result]:
    """The list that drops from the box, as the browser asks for it, beside the stock admin's search."""
    for who, person in people.items():
        browser = Browser(port, person, headers=BOX)
        for term in TERMS:
            query = f"?q={quote(term)}"
            asked = [(browser, f"/search/{query}"), (browser, f"/system/areas/pick/{query}")]
            if term not in CHINESE:
                found = p50(*asked, seconds=seconds)
                for name, ours in zip(("search", "field"), found, strict=True):
                    yield Result(f"{name} {term}, {who}", ours, "ms")
                continue
            box, field, theirs = p50(*asked, (stock, STOCK + query), seconds=seconds)
            yield beside(f"search {term}, {who}", box, "stock admin", theirs, target=goal)
            yield beside(f"field {term}, {who}", field, "stock admin", theirs, target=goal)
