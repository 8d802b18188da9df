"""Which assignment and unit a request runs under."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.http import Http404

from accounts.scope.entry import Scope, hashed, issue, scope_of, token_for

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import Area, Assignment

SESSION_KEY = "assignment"
ISSUED_KEY = "scopes_issued"
RENEW_SECONDS = 6 * 3600


def select_scope(request: HttpRequest) -> tuple[Scope | None, str]:
    """Scope and token of a request, or (None, "") for a stranger.

    The unit in force is the `unit` parameter (an area code) and must lie within an assignment of the user;
    a unit that does not, and a unit that does not exist, look the same: 404.
    """
    from accounts.auth.api import authenticate_token  # noqa: PLC0415 - auth imports the scope package

    adopted = authenticate_token(request)
    if adopted is not None:
        request.user, assignment = adopted
        _belongs_to_business(assignment, assignment.area)
        unit = _unit(request, [assignment])[1]
        return scope_of(assignment, unit), issue(f"api:{assignment.pk}", assignment.pk)
    if not request.user.is_authenticated:
        return None, ""
    held = held_assignments(request.user.pk)
    if not held:
        return None, ""
    assignment, unit = _unit(request, _preferred_first(request, held))
    request.session[SESSION_KEY] = assignment.pk
    request.assignments = held
    return scope_of(assignment, unit), _session_token(request, assignment.pk)


def held_assignments(user_id: int) -> list[Assignment]:
    """Assignments of a user in force today, read before any scope exists (alias `login`)."""
    from django.utils import timezone  # noqa: PLC0415

    from accounts.models import Assignment  # noqa: PLC0415 - models need this package

    held = list(
        Assignment.objects.using("login")
        .filter(user_id=user_id)
        .in_force(timezone.localdate())
        .select_related("area")
        .order_by("pk")
    )
    for assignment in held:
        _belongs_to_business(assignment, assignment.area)
    return held


def _belongs_to_business(*rows: Assignment | Area | None) -> None:
    """Rows read through `login` before the scope existed: what refers to them is written through `default`."""
    for row in rows:
        if row is not None:
            row._state.db = "default"


def _preferred_first(request: HttpRequest, held: list[Assignment]) -> list[Assignment]:
    preferred = request.session.get(SESSION_KEY)
    return sorted(held, key=lambda assignment: assignment.pk != preferred)


def _unit(request: HttpRequest, held: list[Assignment]) -> tuple[Assignment, Area | None]:
    from accounts.models import Area  # noqa: PLC0415

    code = request.GET.get("unit", "")
    if not code:
        return held[0], None
    area = Area.objects.using("login").filter(code=code).first()
    _belongs_to_business(area)
    for assignment in held:
        if area is not None and scope_of(assignment).covers(area):
            return assignment, area
    request.scope = scope_of(held[0])  # whose attempt it was
    raise Http404


def session_holder(session_key: str) -> str:
    """Name under which a session's tokens are kept; the key itself is never written down there."""
    return f"session:{hashed(session_key)[:40]}"


def _session_token(request: HttpRequest, assignment_id: int) -> str:
    """Token of (session, assignment): issued at its first use, made again by the web process afterwards.

    The database's row holds for 12 hours. A wall's session goes on longer, so the row is lengthened on the way; that
    changes the session, and its cookie is sent again with a new end.
    """
    holder = session_holder(request.session.session_key)
    issued = request.session.get(ISSUED_KEY, [])
    now = int(time.time())
    if any(row[:2] == [holder, assignment_id] and now - row[2] < RENEW_SECONDS for row in issued):
        return token_for(holder, assignment_id)
    others = [row for row in issued if row[:2] != [holder, assignment_id]]
    request.session[ISSUED_KEY] = [*others, [holder, assignment_id, now]]
    return issue(holder, assignment_id)
