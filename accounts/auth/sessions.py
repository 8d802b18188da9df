"""Sessions as rows (SESSION_ENGINE): the cookie's key is stored hashed, the end is decided at every request.

Idle and absolute limits are measured by the database clock. Ending a session also ends its scope tokens, so a
job or a connection that still holds one sees nothing more.
"""

import hashlib
from datetime import timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, connections, transaction
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.db.models.functions import Now

from accounts.auth import rules
from accounts.models import UserSession

# A row is touched at most this often; the idle limit is therefore met to within this time, never exceeded.
TOUCH_EVERY = timedelta(seconds=10)


def key_hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def end_sessions(rows: QuerySet[UserSession], reason: str) -> int:
    """End these sessions and their scope tokens now; returns how many."""
    with transaction.atomic(using="login"), connections["login"].cursor() as cursor:
        hashes = list(rows.filter(ended_at__isnull=True).select_for_update().values_list("pk", flat=True))
        UserSession.objects.filter(pk__in=hashes).update(ended_at=Now(), end_reason=reason, data="")
        for ended in hashes:
            cursor.execute("SELECT scope_revoke(%s)", [f"session:{ended[:40]}"])
    return len(hashes)


class SessionStore(SessionBase):
    """Django's session interface over `UserSession`."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.quiet = False  # a request that the page makes by itself (accounts.auth.quiet)
        self.ended = ""  # why the session that the cookie names is over
        self.network = ""  # where it was opened, '' where unknown
        self._left: timedelta | None = None

    def __setitem__(self, key: str, value: Any) -> None:
        """Writing what is there already is no change: it would cost a row version at every request."""
        if key not in self or self[key] != value:
            super().__setitem__(key, value)

    def load(self) -> dict[str, Any]:
        row = self._live_row()
        if row is None:
            self._session_key = None
            return {}
        if row.idle >= TOUCH_EVERY and not self.quiet:
            UserSession.objects.filter(pk=row.pk).update(seen_at=Now())
        return self.decode(row.data)

    def _live_row(self) -> UserSession | None:
        """The session's row while neither limit is passed; a row past one is ended here."""
        if not self.session_key:
            return None
        row = (
            UserSession.objects.filter(pk=key_hash(self.session_key))
            .annotate(age=_since("created_at"), idle=_since("seen_at"))
            .first()
        )
        if row is None or row.ended_at is not None:
            self.ended = row.end_reason if row is not None else ""
            return None
        limit = None if row.idle_seconds is None else timedelta(seconds=row.idle_seconds)
        reason = rules.session_end(age=row.age, idle=row.idle, limit=limit)
        if reason:
            end_sessions(UserSession.objects.filter(pk=row.pk), reason)
            self.ended = reason
            return None
        self.network = rules.network_of(row.ip)
        idle = row.idle if self.quiet else timedelta(0)
        self._left = rules.session_left(age=row.age, idle=idle, limit=limit)
        return row

    @property
    def seconds_left(self) -> int | None:
        """Until the session ends by itself, as the database clock has it; None for one that does not."""
        return None if self._left is None else int(self._left.total_seconds())

    def end(self, reason: str) -> None:
        """End this session for a reason that the sign-in page tells."""
        if self.session_key:
            end_sessions(UserSession.objects.filter(pk=key_hash(self.session_key)), reason)
        self.flush()
        self.ended = reason

    def exists(self, session_key: str) -> bool:
        return UserSession.objects.filter(pk=key_hash(session_key)).exists()

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            return self.create()
        data = self._get_session(no_load=must_create)
        values = {"data": self.encode(data), "user_id": data.get(SESSION_KEY)}
        hashed = key_hash(self.session_key)
        if not must_create:
            if not UserSession.objects.filter(pk=hashed, ended_at__isnull=True).update(**values):
                raise UpdateError
            return None
        try:
            with transaction.atomic(using="login"):
                UserSession.objects.create(pk=hashed, **values)
        except IntegrityError:
            raise CreateError from None
        return None

    def cycle_key(self) -> None:
        """A new key for the same data; the old one ends (no fixation).

        A session in which somebody is signed in stays what it is: its limits and its age go with it, or a change
        of the password would open another twelve hours under the limits of no role.
        """
        data, old = self._session, self.session_key
        self.create()
        self._session_cache = data
        if old:
            signed_in = UserSession.objects.filter(pk=key_hash(old), user_id__isnull=False)
            if kept := signed_in.values("idle_seconds", "ip", "agent", "created_at").first():
                UserSession.objects.filter(pk=key_hash(self.session_key or "")).update(**kept)
            self.delete(old)

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key:
            end_sessions(UserSession.objects.filter(pk=key_hash(key)), "closed")

    @classmethod
    def clear_expired(cls) -> None:
        """Django's `clearsessions`: the nightly retention does it (accounts/auth/housekeeping.py)."""

    def bind(self, user_id: int, *, idle: timedelta | None, ip: str | None, agent: str) -> None:
        """Note whose session this is."""
        mine = key_hash(self.session_key or "")
        UserSession.objects.filter(pk=mine).update(
            user_id=user_id,
            created_at=Now(),
            idle_seconds=None if idle is None else int(idle.total_seconds()),
            ip=ip,
            agent=agent[:160],
        )

    def replace_others(self, user_id: int) -> None:
        """End the account's other sessions: one session per account. Only who has passed every factor may."""
        mine = key_hash(self.session_key or "")
        end_sessions(UserSession.objects.filter(user_id=user_id).exclude(pk=mine), "replaced")


def _since(field: str) -> ExpressionWrapper:
    return ExpressionWrapper(Now() - F(field), output_field=DurationField())
