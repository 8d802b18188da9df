"""Who may come in: every route says so itself. A route that says nothing is closed, and a test names it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode

from accounts.choices import ALL_ROLES

PUBLIC: tuple[str, ...] = ("public",)

View = Callable[..., HttpResponse]


def allow(*roles: str) -> Callable[[View], View]:
    """Open a view to these roles; everyone else gets 403, a stranger the login page."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if getattr(request, "scope", None) is None:
                return redirect(f"/login/?{urlencode({'next': request.get_full_path()})}")
            if request.scope.role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.allowed_roles = roles
        return guarded

    return decorate


allow_all = allow(*ALL_ROLES)


def public(view: View) -> View:
    """Open a view to everybody, signed in or not."""
    view.allowed_roles = PUBLIC
    return view
