"""Secret addresses of calendars: made, revoked, opened without a session for what is one's own and nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connections, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit, audit_types
from accounts.auth import networks
from accounts.auth.api import hashed
from accounts.auth.attempts import Caller, open_attempt
from accounts.errors import Refusal
from accounts.models import Assignment, CalendarFeed
from accounts.scope import Scope, enter
from accounts.scope.entry import issue, scope_of

if TYPE_CHECKING:
    from django.http import HttpRequest

# A program asks every quarter of an hour to every few hours; a dozen devices may share an address.
WINDOW = timedelta(minutes=10)
MOST_FETCHES = 30


def feed_of(assignment_id: int | None) -> CalendarFeed | None:
    """The feed in force of an assignment."""
    return CalendarFeed.objects.filter(assignment_id=assignment_id, revoked_at__isnull=True).first()


def make_feed(user_id: int, assignment: Assignment) -> tuple[str, CalendarFeed]:
    """A new secret (its text is shown this once); the one before stops at the same moment."""
    text = secrets.token_urlsafe(32)
    with transaction.atomic(using="login"):
        audit.act(None, audit_types.FEED_MADE, CalendarFeed, unit_path=assignment.unit_path, using="login")
        _in_force(assignment.pk).update(revoked_at=Now())
        feed = CalendarFeed.objects.create(
            user_id=user_id, assignment_id=assignment.pk, token_hash=hashed(text)
        )
    return text, feed


def revoke_feed(assignment: Assignment) -> bool:
    """Stop the feed of an assignment; False when there was none."""
    with transaction.atomic(using="login"):
        found = _in_force(assignment.pk).select_for_update().first()
        if found is None:
            return False
        audit.act(None, audit_types.FEED_REVOKED, found, unit_path=assignment.unit_path, using="login")
        CalendarFeed.objects.filter(pk=found.pk).update(revoked_at=Now())
    return True


def open_feed(request: HttpRequest, text: str) -> Assignment | None:
    """Whose deadlines the secret opens; None for one that opens nothing (any more).

    Refusal feed_too_often or sign_in_locked (429): of one address too often, of unknown ones too many.
    """
    feed = (
        CalendarFeed.objects.filter(token_hash=hashed(text), revoked_at__isnull=True, user__is_active=True)
        .select_related("user")
        .first()
    )
    if feed is None:
        address = request.META.get("REMOTE_ADDR")
        open_attempt(
            Caller(username=f"feed {address}", user_id=None, device_id=None, ip=address, step="calendar")
        )
        return None
    if networks.is_outside(feed.user_id, request.META.get("REMOTE_ADDR")):
        return None
    _count(feed)
    assignment = (
        Assignment.objects.using("login")
        .filter(pk=feed.assignment_id, user_id=feed.user_id)
        .in_force(timezone.localdate())
        .select_related("area")
        .first()
    )
    if assignment is not None:
        for row in (assignment, assignment.area):
            if row is not None:
                row._state.db = "default"
    return assignment


def revoke_feeds(user_id: int) -> int:
    """Stop every feed of an account that is put out; an act is open on `login`."""
    return CalendarFeed.objects.filter(user_id=user_id, revoked_at__isnull=True).update(revoked_at=Now())


@contextmanager
def reading_as(assignment: Assignment) -> Iterator[Scope]:
    """Read in the scope of the feed's assignment; a scope in force before is in force again afterwards."""
    token = issue(f"feed:{assignment.pk}", assignment.pk, hours=1)
    with transaction.atomic(using="default"):
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT current_setting('app.scope_token', true)")
            before = cursor.fetchone()[0] or ""
        enter(token)
        yield scope_of(assignment)
        enter(before)


def _in_force(assignment_id: int):
    return CalendarFeed.objects.filter(assignment_id=assignment_id, revoked_at__isnull=True)


def _count(feed: CalendarFeed) -> None:
    """Count the fetch in its window, by the clock of the database; refuse what is too often."""
    rows = CalendarFeed.objects.filter(pk=feed.pk)
    over = Q(window_at__lt=Now() - Value(WINDOW))
    changed = rows.filter(over | Q(fetches__lt=MOST_FETCHES)).update(
        fetches=Case(When(over, then=Value(1)), default=F("fetches") + 1),
        window_at=Case(When(over, then=Now()), default=F("window_at")),
        fetched_at=Now(),
    )
    if not changed:
        raise Refusal("feed_too_often", "读取过于频繁，请十分钟后再试", status=429)
