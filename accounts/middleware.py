"""The pipeline of a request: id, authentication, then one transaction of our own under the scope token.

Order matters (docs/decisions/0002-scope-in-the-database.md): the session or API token is read before the
transaction through the alias `login`; a body is read before it too, so that a slow sender holds none; the scope is
set for that transaction alone; any answer of 500 or more rolls everything back. A view that takes a file runs
outside it and opens short transactions of its own (`accounts.doors.takes_upload`).
"""

import re
import uuid
from collections.abc import Callable
from contextlib import nullcontext, suppress
from functools import partial

import structlog
from django.core.exceptions import BadRequest
from django.db import DatabaseError, IntegrityError, OperationalError, connections, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

from accounts import audit, idempotency
from accounts.context import forget_waiting
from accounts.errors import Refusal, from_constraint
from accounts.outages import CROSSED, outage_of
from accounts.scope import in_scope
from accounts.scope.selection import select_scope
from accounts.typed_again import was_refused
from accounts.views.errors import outage_page, refusal_page

REQUEST_ID = re.compile(r"[0-9a-f-]{16,40}")
# A foreign object and an absent one are both 404 and both counted, so neither answer is slower.
REFUSED = (403, 404)
BODIES = ("POST", "PUT", "PATCH")
ATTEMPTS = 3  # of a request whose transaction the database gave up in favour of another one
SAFE = ("GET", "HEAD", "OPTIONS")
GetResponse = Callable[[HttpRequest], HttpResponse]


class Crossed(Exception):
    """The database broke a deadlock by undoing this transaction."""


class RequestIdMiddleware:
    """Give each request an id; it goes into logs, audit acts and the answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-Id", "")
        request.request_id = offered if REQUEST_ID.fullmatch(offered) else str(uuid.uuid4())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id
        response.setdefault("Cache-Control", "no-store")
        return response


class ScopeMiddleware:
    """Run the view inside our transaction and scope."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.scope = None  # the page that refuses has no unit
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL")
        try:
            scope, token = select_scope(request)
        except Http404:
            _count_refusal(request)
            request.scope = None  # the page that says so has no unit
            raise
        request.scope = scope
        if scope is None:
            return self.get_response(request)
        answer = self._outside if takes_upload(request) else self._inside
        try:
            response = answer(request, token)
        except Refusal as refusal:  # of the submission as such; the view's own are answered below
            response = refusal_page(request, refusal)
        if response.status_code in REFUSED and not getattr(request, "asks_step_up", False):
            _count_refusal(request)
        if request.method not in SAFE:
            forget_waiting(scope)
        return response

    def _inside(self, request: HttpRequest, token: str) -> HttpResponse:
        if request.method in BODIES:
            # Read to its end now: uploads and slow senders must not hold a transaction.
            refuse_nul(request)
        request.in_scope = nullcontext
        scope = request.scope
        for _ in range(ATTEMPTS):
            request.scope = scope  # the page that an attempt ended in had none
            # Two acts that crossed: the database undid this one as a whole, so it is simply done again.
            with suppress(Crossed):
                return self._once(request, token)
        return outage_page(request, CROSSED)

    def _once(self, request: HttpRequest, token: str) -> HttpResponse:
        """One attempt in one transaction. Raises Crossed when the database gave way to another one."""
        request.crossed = False
        try:
            response = self._in_transaction(request, token)
        except OperationalError as error:  # at the commit, where the audit is sealed
            if outage_of(error) is not CROSSED:
                raise
            raise Crossed from error
        if request.crossed:
            raise Crossed
        return response

    def _in_transaction(self, request: HttpRequest, token: str) -> HttpResponse:
        with in_scope(token):
            claimed = None if _marked(request, "ends_session") else idempotency.claim(request, request.scope)
            response = (claimed and claimed.replay) or _rendered(self.get_response(request))
            idempotency.keep(claimed, response, done=not was_refused(request, response))
            if response.status_code >= 500:
                transaction.set_rollback(True, using="default")
        return response

    def _outside(self, request: HttpRequest, token: str) -> HttpResponse:
        """A view that takes a file: it is received and read while no transaction is open."""
        refuse_nul(request)
        request.in_scope = partial(in_scope, token)
        with in_scope(token):
            claimed = idempotency.claim(request, request.scope, apart=True)
        if claimed and claimed.replay:
            return claimed.replay
        response = _rendered(self.get_response(request))
        with in_scope(token):
            idempotency.keep(claimed, response, done=not was_refused(request, response))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """What a view let through: a rule's refusal keeps its status instead of being our mistake (500).

        A row policy's refusal looks like absence; a missing grant is our mistake and stays a 500.
        """
        if isinstance(error, IntegrityError) and (refusal := from_constraint(error)):
            roll_back()
            request.scope = None  # the page that says so asks the database nothing
            return refusal_page(request, refusal)
        if outage_of(error) is CROSSED:
            roll_back()
            request.crossed = True
            return outage_page(request, CROSSED)
        if isinstance(error, Refusal):
            roll_back()
            if error.status == 404:
                raise Http404 from error
            return refusal_page(request, error)
        if isinstance(error, DatabaseError) and is_row_refusal(error):
            roll_back()
            raise Http404 from error
        return None


def takes_upload(request: HttpRequest) -> bool:
    """Whether the request brings a body to a view that takes files (`accounts.doors.takes_upload`)."""
    return _marked(request, "takes_upload")


def _marked(request: HttpRequest, mark: str) -> bool:
    """Whether the view of a changing request carries this mark of `accounts.doors`."""
    if request.method not in BODIES:
        return False
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return False
    return getattr(getattr(view, "cls", view), mark, False)


def _rendered(response: HttpResponse) -> HttpResponse:
    if hasattr(response, "render") and callable(response.render) and not response.is_rendered:
        return response.render()
    return response


def roll_back() -> None:
    """Undo the request's transaction; outside one the view's own has been undone already."""
    if connections["default"].in_atomic_block:
        transaction.set_rollback(True, using="default")


def refuse_nul(request: HttpRequest) -> None:
    """Refuse a body with a NUL in its text: PostgreSQL keeps none, and nobody types one."""
    if request.content_type == "multipart/form-data":
        found = any("\x00" in text for name, texts in request.POST.lists() for text in (name, *texts))
    else:
        found = any(nul in request.body for nul in (b"\x00", b"%00", b"\\u0000"))
    if found:
        raise BadRequest("NUL")


def _count_refusal(request: HttpRequest) -> None:
    """Count what this assignment was refused, by route; a mistyped address that names no route is not counted."""
    match = request.resolver_match
    if match is None:
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return
    audit.deny(request, match.view_name)


def is_row_refusal(error: DatabaseError) -> bool:
    """Whether the database refused a row (not a whole table) by row-level security."""
    cause = error.__cause__
    return getattr(cause, "pgcode", None) == "42501" and "row-level security" in str(cause)
