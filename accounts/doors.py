"""Who may come in: every route says so itself. A route that says nothing is closed, and a test names it."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import DisallowedHost, PermissionDenied
from django.db import transaction
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
                return redirect(sign_in_url(request))
            if request.scope.role not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.allowed_roles = roles
        return guarded

    return decorate


def came_from(request: HttpRequest) -> str:
    """The page of ours on which a submission stood; '' where that is unknown."""
    came = urlsplit(request.headers.get("Referer", ""))
    try:
        ours = came.netloc == request.get_host()
    except DisallowedHost:  # the page that says so
        ours = False
    if request.method == "GET" or not ours:
        return ""
    return f"{came.path}?{came.query}" if came.query else came.path


def sign_in_url(request: HttpRequest) -> str:
    """The sign-in page, with the way back (of a submission: the page it stood on) and why the session is over."""
    back = came_from(request) or request.get_full_path()
    ended = getattr(request.session, "ended", "")
    return f"/login/?{urlencode({'next': back, **({'ended': ended} if ended else {})})}"


allow_all = allow(*ALL_ROLES)


def takes_upload(view: View) -> View:
    """Run the POST of this view outside the request's transaction: receiving and reading a file must hold none.

    The view opens short ones itself, `with request.in_scope():`, and renders its page inside one. Of an API view the
    route is marked: `takes_upload(View.as_view())`. Any other method runs inside the request's transaction, where
    `request.in_scope()` adds nothing.
    """
    view.takes_upload = True
    return transaction.non_atomic_requests(using="default")(view)


def ends_session(view: View) -> View:
    """Mark a view that may end the session it was asked in (signing in and out, giving back a token).

    With the session its scope ends, so no answer can be kept under it; doing such a thing twice does no harm.
    An API view says `ends_session = True` itself.
    """
    view.ends_session = True
    return view


def gives_way(view: View) -> View:
    """Mark a view of totals or an export: under pressure filing goes first (accounts/pressure.py).

    An API view says `gives_way = True` itself.
    """
    view.gives_way = True
    return view


def comes_first(view: View) -> View:
    """Mark a view by which a township submits its daily report. An API view says `comes_first = True` itself."""
    view.comes_first = True
    return view


def public(view: View) -> View:
    """Open a view to everybody, signed in or not."""
    view.allowed_roles = PUBLIC
    return view
