"""T50: whatever stands in the fields of a request, no page and no part of the API fails.

Each route is sent a well-made request while the names that it looks up (in the query, the form, the JSON body) are
noted; then again and again with one of those names spoilt. A field that is read the day it is added is spoilt too.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.core.signals import got_request_exception
from django.http import HttpResponse, QueryDict
from django.test import Client

from accounts.choices import ALL_ROLES, Role
from tests.security.expected_routes import ROUTES
from tests.security.route_kinds import Route
from tests.security.stage import ACTORS, Stage

ROOT = Path(__file__).resolve().parents[2]
SHORT: tuple[str, ...] = ("\x00", "²", "9" * 5_000, "[1]")
SHORT_JSON: tuple[Any, ...] = ("\x00", "\ud800", None, 10**30, {"a": []})
LONG: tuple[str, ...] = (
    "", "\x00", "²", "-1", "9" * 5_000, "9" * 19, "2026-02-30", "村" * 3_000, "../../etc/passwd", "[]", "5",
    '{"a": 1}', "[1]",
)  # fmt: skip
LONG_JSON: tuple[Any, ...] = (
    *LONG[1:8], "\ud800", None, True, 1.5, 10**30, float("inf"), [], {}, [None], {"a": {"b": []}},
)  # fmt: skip
PLACES = (
    "village",
    "town",
    "own",
    "today",
    "desk",
    "upload",
    "user",
    "assignment",
    "job",
    "round",
    "item",
    "act",
)
# They end the actor's session or account, or are about passwords, which are hashed slowly.
APART = (
    "logout",
    "login",
    "password",
    "api-token",
    "users:password",
    "users:active",
    "api-user-password",
    "api-user-active",
)


def actor_of(route: Route) -> str:
    """A member of the cast that may use the route with every method it has."""
    common = [role for role in ALL_ROLES if all(role in roles for roles in route.methods.values())]
    offices = [role for role in ("township", "city_office") if role in common]
    return ACTORS[(offices or common or list(route.methods.get("POST", (Role.TOWNSHIP,))))[0]]


class Names:
    """The names that code looks up in query and form while it is watched."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: dict[str, None] = {}
        for method in ("__getitem__", "get", "getlist"):
            monkeypatch.setattr(QueryDict, method, self._watched(getattr(QueryDict, method)))

    def _watched(self, original: Callable) -> Callable:
        def watched(query: QueryDict, key: str, *rest: Any) -> Any:
            self.asked.setdefault(key)
            return original(query, key, *rest)

        return watched

    def taken(self) -> list[str]:
        found = [name for name in self.asked if name != "csrfmiddlewaretoken"]
        self.asked.clear()
        return found


def places(stage: Stage, route: Route, spoilt: tuple[str, ...]) -> Iterator[str]:
    """Addresses of the route with a word of its path spoilt."""
    path = route.url.split("?")[0]
    for word in PLACES:
        if f"{{{word}}}" in path:
            for value in (*spoilt[1:9], "0", "9999-12-31", "00000000000Z"):
                yield stage.but(**{word: quote(value, safe="")}).fill(route.url)


def bodies(data: Any, values: tuple[Any, ...]) -> Iterator[Any]:
    """Copies of a JSON body with one part spoilt, however deep."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from ({**data, name: wrong} for wrong in values)
            yield from ({**data, name: inner} for inner in bodies(value, values))
    elif isinstance(data, list) and data:
        yield from ([inner] for inner in bodies(data[0], values))


def spoilt_requests(
    client: Client, stage: Stage, route: Route, method: str, names: Names, spoilt: tuple[str, ...]
) -> Iterator[tuple[str, HttpResponse]]:
    """(what was spoilt, answer) for every spoilt request of a route."""
    url, data = stage.fill(route.url), stage.fill(route.data.get(method, {}))
    kind = "application/json"
    for address in places(stage, route, spoilt):
        yield f"{address[:150]}", client.generic(method, address)
    if method != "GET":
        yield "bytes", client.generic(method, url, b"\xff\xfe{", content_type=kind)
        yield (
            "charset",
            client.generic(method, url, b"a=1", content_type="application/json; charset=nonsense"),
        )
        yield "multipart", client.generic(method, url, b"--x", content_type="multipart/form-data; boundary=y")
    names.taken()
    yield "nothing", stage.send(client, route, method)
    plain = (
        {name: text for name, text in data.items() if isinstance(text, str | int)}
        if isinstance(data, dict)
        else {}
    )
    seen: set[str] = set()
    waiting = names.taken()
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        for value in spoilt:
            sign = "&" if "?" in url else "?"
            if method == "GET":
                yield f"?{name}={value[:30]!r}", client.get(f"{url}{sign}{urlencode({name: value})}")
            elif not route.is_api:
                yield f"{name}={value[:30]!r}", client.post(url, {**plain, name: value})
        waiting += names.taken()
    if route.is_api and method != "GET":
        for body in ([], None, 1, "x", [1], *bodies(data, SHORT_JSON if spoilt is SHORT else LONG_JSON)):
            text = json.dumps(body)
            yield text[:150], client.generic(method, url, text, content_type=kind)


class Crashes:
    """Errors that Django would answer with 500, with the last frames of our code."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def __call__(self, sender: Any, **kwargs: Any) -> None:
        error = sys.exc_info()[1]
        frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith(str(ROOT))]
        where = " < ".join(f"{Path(f.filename).relative_to(ROOT)}:{f.lineno}" for f in frames[:-4:-1])
        self.found.append(f"{type(error).__name__} {str(error)[:80]!r} at {where}")

    def taken(self, answer: HttpResponse) -> str:
        found = self.found or ([str(answer.status_code)] if answer.status_code >= 500 else [])
        self.found = []
        return "; ".join(found)


@pytest.mark.parametrize("spoilt", [SHORT, pytest.param(LONG, marks=pytest.mark.long)], ids=["short", "long"])
@pytest.mark.parametrize(
    "route", [route for route in ROUTES if route.name not in APART], ids=lambda route: route.name
)
def test_t50_bad_input(route, spoilt, stage_for, client_of, monkeypatch):
    key = actor_of(route)
    stage, client, names, crashes = stage_for(key), client_of(key), Names(monkeypatch), Crashes()
    client.raise_request_exception = False
    wrong: dict[str, str] = {}
    got_request_exception.connect(crashes)
    logging.disable(logging.CRITICAL)
    try:
        for method in route.methods:
            for what, answer in spoilt_requests(client, stage, route, method, names, spoilt):
                if answer.streaming:
                    answer.close()
                if problem := crashes.taken(answer):
                    wrong.setdefault(problem, f"{method} {what}")
    finally:
        logging.disable(logging.NOTSET)
        got_request_exception.disconnect(crashes)
    assert wrong == {}


def test_t50_negative_control_a_view_that_fails_is_seen(committed, cast, client_of, monkeypatch):
    """A crash of a view reaches the list of what is wrong."""
    monkeypatch.setattr("reports.views.daily._number", lambda request: int("²"))
    client, crashes = client_of("town"), Crashes()
    client.raise_request_exception = False
    got_request_exception.connect(crashes)
    logging.disable(logging.CRITICAL)
    try:
        answer = client.get(f"/reports/daily/{cast.rounds['9901'].reporting_from}/")
    finally:
        logging.disable(logging.NOTSET)
        got_request_exception.disconnect(crashes)
    assert crashes.taken(answer).startswith("ValueError")
