"""Template context of the page frame: who, where, which round, the menu. A constant number of queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.core.cache import cache
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from . import navigation

TODO_SECONDS = 30
TOWNSHIP = 4


@dataclass(frozen=True)
class Place:
    """One line of the area switcher. `depth` counts from the user's own area."""

    name: str
    url: str
    depth: int
    current: bool


@dataclass(frozen=True)
class Shell:
    """Everything `base.html` shows around a page; empty for somebody who is not logged in."""

    unit: Any = None
    unit_code: str = ""
    suffix: str = ""
    places: list[Place] = field(default_factory=list)
    menu: list[navigation.Group] = field(default_factory=list)
    round: navigation.RoundLabel | None = None
    todo: int | None = None
    search_url: str | None = None
    home_url: str = "/"
    help_url: str | None = None
    logout_url: str | None = None
    password_url: str | None = None
    person: str = ""
    office: str = ""


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Context processor. Queries: one for the switcher, one for the round, those of the counters."""
    scope = getattr(request, "scope", None)
    if scope is None:
        return {"shell": Shell(help_url=navigation.url_or_none("accounts:help"))}
    suffix = unit_suffix(request)
    return {
        "shell": Shell(
            unit=scope.unit,
            unit_code=scope.unit.code,
            suffix=suffix,
            places=places(scope, request.path),
            menu=navigation.menu_for(scope, request.path, suffix),
            round=navigation.round_label(scope),
            todo=todo(scope),
            search_url=navigation.search_url(),
            home_url=f"{navigation.url_or_none('today') or '/'}{suffix}",
            help_url=navigation.url_or_none("accounts:help"),
            logout_url=navigation.url_or_none("accounts:logout"),
            password_url=navigation.url_or_none("accounts:password"),
            person=scope.assignment.holder_name,
            office=scope.assignment.office_name,
        )
    }


def unit_suffix(request: HttpRequest) -> str:
    """`?unit=<code>` while a unit below the user's own is in force, else nothing."""
    scope = getattr(request, "scope", None)
    if scope is None or scope.unit.code == scope.area.code:
        return ""
    return f"?unit={quote(scope.unit.code)}"


def places(scope: Any, path: str) -> list[Place]:
    """The user's own area, the way down to the unit in force, and the units under it: one query."""
    own, unit = scope.area, scope.unit
    steps = unit.path.strip("/").split("/")
    chain = ["/".join(steps[:end]) + "/" for end in range(1, len(steps) + 1)]
    chain = [step for step in chain if step.startswith(own.path)]
    wanted = reduce(or_, (Q(path=step) for step in chain), Q(parent_id=unit.pk, level__lte=TOWNSHIP))
    base = own.path.count("/")
    return [
        Place(
            name,
            path if code == own.code else f"{path}?unit={quote(code)}",
            place.count("/") - base,
            code == unit.code,
        )
        for name, code, place in apps.get_model("accounts", "Area")
        .objects.filter(wanted)
        .order_by("path")
        .values_list("name", "code", "path")
    ]


def todo(scope: Any) -> int | None:
    """What waits for this user; the number may be up to half a minute old."""
    key = f"shell-todo:{scope.assignment.pk}:{scope.unit.code}"
    return cache.get_or_set(key, lambda: navigation.todo_count(scope, timezone.now()), TODO_SECONDS)
