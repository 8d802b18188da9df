"""Search from every page: one term, answered by the sources that the apps register in `AppConfig.ready()`.

    finding.register("orgs", "村情档案", READERS, 30, source)     # source(scope, term, limit) -> Iterable[Hit]
    finding.register_door("汇总", "rollup:table", READERS, 10)      # a link beside each unit that is found

A source reads under the scope in force, makes a constant number of queries and stops at `limit`. The term is
normalised already (`accounts.search.normalise`) and never empty.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.divisions.pinyin import pinyin_of
from accounts.search import normalise

# What stands under the box of the top bar, and on a page of its own.
FEW = 5
MANY = 30
MAX_TERM = 50


@dataclass(frozen=True)
class Hit:
    """One thing found: its name, what tells it apart, where it opens. `doors`: (word, address) of further screens."""

    title: str
    detail: str
    url: str
    doors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Group:
    """What one source has found; `more` says that there is more than is listed."""

    code: str
    label: str
    hits: list[Hit]
    more: bool


@dataclass(frozen=True)
class Door:
    """A screen that takes `?unit=`: its word, its address, who may open it and from which level of unit on."""

    label: str
    url_name: str
    roles: frozenset[str]
    order: int
    lowest: int


Source = Callable[[Any, str, int], Iterable[Hit]]

_sources: dict[str, tuple[int, str, frozenset[str], Source]] = {}
_doors: dict[str, Door] = {}


def register(code: str, label: str, roles: Iterable[str], order: int, source: Source) -> None:
    """Add a source for these roles; registering a code again replaces it."""
    _sources[code] = (order, label, frozenset(str(role) for role in roles), source)


def register_door(label: str, url_name: str, roles: Iterable[str], order: int, *, lowest: int = 4) -> None:
    """Offer a screen beside each unit that is found, down to units of level `lowest`."""
    _doors[url_name] = Door(label, url_name, frozenset(str(role) for role in roles), order, lowest)


def find(scope: Any, asked: str, *, limit: int = FEW) -> list[Group]:
    """What the term finds in each source open to the role, in order; sources without a hit are left out."""
    term = normalise(asked[:MAX_TERM])
    if not term:
        return []
    groups = []
    for code, (_, label, roles, source) in sorted(_sources.items(), key=lambda item: item[1][0]):
        if scope.role in roles:
            hits = list(source(scope, term, limit + 1))
            groups.append(Group(code, label, hits[:limit], len(hits) > limit))
    return [group for group in groups if group.hits]


def doors_of(scope: Any, code: str, level: int) -> tuple[tuple[str, str], ...]:
    """Screens about one unit that the role may open. No query."""
    open_to = (door for door in _doors.values() if scope.role in door.roles and level <= door.lowest)
    ordered = sorted(open_to, key=lambda door: door.order)
    return tuple((door.label, f"{reverse(door.url_name)}?unit={code}") for door in ordered)


def matches(term: str, *texts: str) -> bool:
    """Whether a short text of the program itself holds the term, or its pinyin or initials begin with it."""
    found = (normalise(text) for text in texts)
    if not (term.isascii() and term.isalpha()):
        return any(term in text or term.lower() in text.lower() for text in found)
    return any(_sounds(term, text) for text in found)


def _sounds(term: str, text: str) -> bool:
    whole, initials = pinyin_of(text)
    return term in text.lower() or initials.startswith(term) or whole.startswith(term)
