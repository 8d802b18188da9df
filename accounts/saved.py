"""Lists whose filters can be kept under a name: apps register them in `AppConfig.ready()`.

    saved.register("elections:orgs", "村情", READERS, ("unit", "q", "kind"))

A saved filter is a query string of that list. `keys` are the parameters that are kept; days and pages are left out, so
that the filter shows what is there when it is opened.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse


@dataclass(frozen=True)
class FilterScreen:
    """A list with filters: its route, its word, who opens it, the parameters that make a filter."""

    url_name: str
    label: str
    roles: frozenset[str]
    keys: tuple[str, ...]

    def canonical(self, query: str | QueryDict) -> str:
        """The query string with the kept parameters alone, in their order; equal filters are equal texts."""
        given = QueryDict(query) if isinstance(query, str) else query
        return urlencode([(key, given[key]) for key in self.keys if given.get(key)])

    def url(self, query: str) -> str:
        """The list with the filter on."""
        return f"{reverse(self.url_name)}{'?' if query else ''}{query}"


_screens: dict[str, FilterScreen] = {}


def register(url_name: str, label: str, roles: Iterable[str], keys: tuple[str, ...]) -> None:
    """Let filters of a list be kept; registering it again replaces it."""
    _screens[url_name] = FilterScreen(url_name, label, frozenset(str(role) for role in roles), keys)


def screen_of(url_name: str) -> FilterScreen | None:
    return _screens.get(url_name)


def screens_for(role: str) -> list[FilterScreen]:
    """Lists open to a role, in the order of registration."""
    return [screen for screen in _screens.values() if role in screen.roles]
