"""Template context of the page frame: who, where, which round, the menu. A constant number of queries."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts import navigation
from accounts.choices import Role
from accounts.queries.areas import near
from accounts.queries.notices import known_unread
from accounts.scope import Scope

WHOLE_SYSTEM = "全系统"
WAITING_SECONDS = 30


@dataclass(frozen=True)
class Place:
    """One line of the area switcher. `depth` counts from the user's own area."""

    name: str
    url: str
    depth: int
    current: bool


@dataclass(frozen=True)
class Shell:
    """Everything `base.html` shows around a page; nearly empty for somebody who is not signed in."""

    unit_name: str = ""
    unit_code: str = ""
    suffix: str = ""
    places: list[Place] = field(default_factory=list)
    menu: list[navigation.Group] = field(default_factory=list)
    round: navigation.RoundLabel | None = None
    todo: int | None = None
    search_url: str | None = None
    told: bool = False
    unread: int | None = None
    home_url: str = "/"
    help_url: str | None = None
    logout_url: str | None = None
    password_url: str | None = None
    account_url: str | None = None
    session_left: int | None = None
    account: int | None = None
    draft_key: str = ""
    person: str = ""
    office: str = ""


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor; nothing is computed for a page that does not show the frame."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def _shell(request: HttpRequest) -> Shell:
    """Queries: one for the switcher, one for the round, those of the registered counters."""
    scope: Scope | None = getattr(request, "scope", None)
    if scope is None:
        return Shell(help_url=navigation.url_or_none("help"))
    if getattr(request, "stage", None) is not None:
        # Nothing else opens before this stage of the sign-in is passed: no door is shown but the way out.
        return Shell(logout_url=navigation.url_or_none("logout"), person=scope.name, office=scope.office)
    suffix, waits = unit_suffix(scope), waiting(scope)
    return Shell(
        unit_name=scope.unit.name if scope.unit else WHOLE_SYSTEM,
        unit_code=scope.unit.code if scope.unit else "",
        suffix=suffix,
        places=[*places(scope, request.path), *other_places(request, scope)],
        menu=navigation.menu_for(scope, request.path, suffix, waiting=waits.menu),
        round=navigation.round_label(scope),
        todo=waits.todo,
        search_url=None if scope.has(Role.WALL) else navigation.url_or_none("search"),
        told=not scope.has(Role.WALL),
        unread=known_unread(scope),
        home_url=f"{navigation.url_or_none('today') or '/'}{suffix}",
        help_url=navigation.url_or_none("help"),
        logout_url=navigation.url_or_none("logout"),
        password_url=navigation.url_or_none("password"),
        session_left=getattr(request.session, "seconds_left", None),
        account=request.user.pk,
        draft_key=draft_key(request.user.pk),
        account_url=navigation.url_or_none("account"),
        person=scope.name,
        office=scope.office,
    )


def draft_key(user_id: int) -> str:
    """Key under which this account's browser keeps what was typed and not sent (static/js/drafts.js).

    Only pages of the account carry it: what lies in a browser without its session cannot be read.
    """
    return b64encode(
        hmac.new(settings.SECRET_KEY.encode(), f"unsent {user_id}".encode(), hashlib.sha256).digest()
    ).decode()


def unit_suffix(scope: Scope | None) -> str:
    """`?unit=<code>` while a unit below the user's own is in force, else nothing."""
    if scope is None or scope.unit is None or scope.unit == scope.area:
        return ""
    return f"?unit={quote(scope.unit.code)}"


def places(scope: Scope, path: str) -> list[Place]:
    """The user's own area, the way down to the unit in force, and the units under it: one query.

    A person whose villages are named one by one sees only the area of the assignment.
    """
    own, unit = scope.area, scope.unit
    if unit is None:
        return []
    if scope.units is not None and own is not None:
        return [Place(own.name, path, 0, True)]
    top = scope.path.count("/")
    return [
        Place(
            found.name,
            path if own and found.code == own.code else f"{path}?unit={quote(found.code)}",
            max(found.path.count("/") - top, 0),
            found.code == unit.code,
        )
        for found in near(scope)
    ]


def other_places(request: HttpRequest, scope: Scope) -> Iterator[Place]:
    """Areas of the user's other assignments, which the middleware has read already."""
    for held in getattr(request, "assignments", []):
        if held.pk != scope.assignment_id and held.area is not None:
            yield Place(f"{held.area.name}　{held.office_name}", f"/?unit={quote(held.area.code)}", 0, False)


@dataclass(frozen=True)
class Waiting:
    """What waits for this user: on the first page (None: nobody counts it), and behind the lines of the menu."""

    todo: int | None
    menu: dict[str, int]


def waiting(scope: Scope) -> Waiting:
    """May be `WAITING_SECONDS` old (0: counted on every page), but not older than the user's own last act."""
    seconds = getattr(settings, "WAITING_SECONDS", WAITING_SECONDS)
    if not seconds:
        return _waiting(scope)
    return cache.get_or_set(_waiting_key(scope), lambda: _waiting(scope), seconds)


def forget_waiting(scope: Scope) -> None:
    """After an act of this user the next page counts again."""
    cache.delete(_waiting_key(scope))


def _waiting(scope: Scope) -> Waiting:
    return Waiting(navigation.todo_count(scope, timezone.now()), navigation.menu_counts(scope))


def _waiting_key(scope: Scope) -> str:
    return f"shell-waiting:{scope.assignment_id}:{scope.unit.pk if scope.unit else 0}"
