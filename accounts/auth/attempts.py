"""Counting tries to sign in, per (account, device) and per address, in the database.

A try is written as failed *before* the password is checked and turned into passed afterwards: twenty
parallel guesses are twenty failures, not one. A try while locked is refused and does not lengthen the wait.
Guesses from elsewhere never lock a device from which the account has signed in before.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.conf import settings
from django.db import connections, transaction
from django.db.models import Count, DurationField, ExpressionWrapper, Max, Q
from django.db.models.functions import Now

from accounts.auth import rules
from accounts.errors import Refusal
from accounts.models import LoginAttempt

Outcome = LoginAttempt.Outcome


@dataclass(frozen=True)
class Caller:
    """Who tries: the account aimed at (if it exists), the address, the device if known."""

    username: str
    user_id: int | None
    device_id: int | None
    ip: str | None
    step: str = "sign-in"

    @property
    def bucket(self) -> str:
        """What the failures count for: the device, or everybody who has no known device for this name.

        A code of the second factor (`step`) is counted apart from passwords: a right password must not begin its
        count anew. Keyed hash: names that do not exist (sometimes a password typed into the wrong field) are not stored.
        """
        text = f"device {self.device_id}" if self.device_id else f"name {self.username.strip().lower()}"
        return hmac.new(
            settings.SECRET_KEY.encode(), f"{self.step} {text}".encode(), hashlib.sha256
        ).hexdigest()


def open_attempt(caller: Caller) -> LoginAttempt:
    """Count a try as failed, or refuse it while the bucket or the address must wait."""
    with transaction.atomic(using="login"):
        with connections["login"].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [caller.bucket])
        wait = max(_bucket_wait(caller), _address_wait(caller))
        outcome = Outcome.REFUSED if wait > timedelta(0) else Outcome.FAILED
        attempt = LoginAttempt.objects.create(
            bucket=caller.bucket,
            user_id=caller.user_id,
            known_device=caller.device_id is not None,
            ip=caller.ip,
            outcome=outcome,
        )
    if outcome == Outcome.REFUSED:
        raise locked(wait)
    return attempt


def pass_attempt(attempt: LoginAttempt) -> None:
    """The password was right."""
    LoginAttempt.objects.filter(pk=attempt.pk).update(outcome=Outcome.PASSED)


def locked(wait: timedelta) -> Refusal:
    seconds = ceil(wait.total_seconds())
    left = f"{seconds} 秒" if seconds < 120 else f"{ceil(seconds / 60)} 分钟"
    return Refusal("sign_in_locked", f"尝试次数过多，请在 {left}后再试", status=429)


def _bucket_wait(caller: Caller) -> timedelta:
    tries = LoginAttempt.objects.filter(bucket=caller.bucket, at__gt=Now() - rules.FAILURES_FADE)
    last_passed = tries.filter(outcome=Outcome.PASSED).aggregate(at=Max("at"))["at"]
    failed = tries.filter(outcome=Outcome.FAILED)
    if last_passed:
        failed = failed.filter(at__gt=last_passed)
    seen = failed.aggregate(
        count=Count("pk"),
        since=ExpressionWrapper(Now() - Max("at"), output_field=DurationField()),
    )
    return rules.wait_after(seen["count"]) - seen["since"] if seen["count"] else timedelta(0)


def _address_wait(caller: Caller) -> timedelta:
    """A whole county may share one address: only tries without a known device count, and only they wait."""
    if caller.device_id or caller.ip is None:
        return timedelta(0)
    seen = LoginAttempt.objects.filter(
        Q(outcome=Outcome.FAILED), ip=caller.ip, known_device=False, at__gt=Now() - rules.IP_WINDOW
    ).aggregate(count=Count("pk"))
    return rules.FIRST_WAIT if seen["count"] >= rules.IP_FAILURES else timedelta(0)
