"""API tokens: authenticated before the request's transaction opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpRequest

    from accounts.models import Assignment, User


def authenticate_token(request: HttpRequest) -> tuple[User, Assignment] | None:
    """User and assignment of the request's bearer token; None without one."""
    return None
