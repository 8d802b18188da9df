"""What stands in the side menu and the top bar. Apps register in `AppConfig.ready()`.

An entry is listed only for the roles it names and only when its URL exists, so a screen that is not built
yet is never promised.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.urls import NoReverseMatch, URLResolver, get_resolver, get_urlconf, reverse

GROUPS = ("", "上报", "研判", "选举", "监督", "系统")
Counter = Callable[[Any], int]


@dataclass(frozen=True)
class Entry:
    """One line of the menu. `counter(scope)` says how much waits for this user: at most one query."""

    group: str
    label: str
    url_name: str
    roles: frozenset[str]
    order: int
    counter: Counter | None = None


@dataclass(frozen=True)
class Line:
    label: str
    url: str
    waiting: int
    current: bool


@dataclass(frozen=True)
class Group:
    label: str
    lines: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class RoundLabel:
    """The round in force as the top bar shows it."""

    name: str
    practice: bool = False


_entries: dict[str, Entry] = {}
_single: dict[str, Any] = {}


def register(
    group: str, label: str, url_name: str, roles: Iterable[str], order: int, counter: Counter | None = None
) -> None:
    """Put a screen into the menu; registering the same URL name again replaces it."""
    if group not in GROUPS:
        raise ValueError(f"unknown menu group {group!r}")
    _entries[url_name] = Entry(group, label, url_name, frozenset(str(role) for role in roles), order, counter)


def entries() -> list[Entry]:
    """Every line of the menu, in the order of its groups."""
    return sorted(_entries.values(), key=lambda entry: (GROUPS.index(entry.group), entry.order))


def register_round(provider: Callable[[Any], RoundLabel | None]) -> None:
    """`provider(scope)` gives the round in force, or None before there is one: at most one query."""
    _single["round"] = provider


def register_todo(provider: Callable[[Any, dt.datetime], int]) -> None:
    """`provider(scope, now)` counts what waits for this user on the first page."""
    _single["todo"] = provider


def url_or_none(url_name: str) -> str | None:
    """The URL, or None while that screen does not exist."""
    return _url_in(get_resolver(get_urlconf()), url_name)


@lru_cache(maxsize=512)  # every page asks for some twenty
def _url_in(resolver: URLResolver, url_name: str) -> str | None:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


def round_label(scope: Any) -> RoundLabel | None:
    """The round in force for this scope, or None."""
    provider = _single.get("round")
    return provider(scope) if callable(provider) else None


def todo_count(scope: Any, now: dt.datetime) -> int | None:
    """How much waits for this user, or None when nobody counts it."""
    provider = _single.get("todo")
    return provider(scope, now) if callable(provider) else None


def menu_counts(scope: Any) -> dict[str, int]:
    """How much waits behind each line of this user's menu, by URL name. One query for each line that counts."""
    return {
        name: entry.counter(scope)
        for name, entry in _entries.items()
        if entry.counter and str(scope.role) in entry.roles
    }


def menu_for(
    scope: Any, current_path: str, suffix: str = "", *, waiting: Mapping[str, int] | None = None
) -> list[Group]:
    """The menu of this user, in order. `suffix` (`?unit=…`) keeps the unit in force in every link.

    `waiting`: what `menu_counts` gave. No query.
    """
    counts = waiting or {}
    lines: dict[str, list[Line]] = {label: [] for label in GROUPS}
    urls = [(entry, url_or_none(entry.url_name)) for entry in entries() if str(scope.role) in entry.roles]
    matches = [
        url
        for _, url in urls
        if url and (current_path == url or (url != "/" and current_path.startswith(url)))
    ]
    current = max(matches, key=len, default=None)
    for entry, url in urls:
        if url is None:
            continue
        line = Line(entry.label, url + suffix, counts.get(entry.url_name, 0), url == current)
        lines[entry.group].append(line)
    return [Group(label, found) for label, found in lines.items() if found]
