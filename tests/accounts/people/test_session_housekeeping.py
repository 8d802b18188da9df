"""What the daily clean-up removes and what it keeps."""

import datetime as dt

from django.utils import timezone

from accounts.auth.housekeeping import ATTEMPTS_KEPT, clear
from accounts.models import LoginAttempt, UserSession


class Quiet:
    """Stands in for the job's context: keeps the last sentence."""

    said = ""

    def finish(self, message: str) -> None:
        self.said = message


def test_old_rows_go_and_recent_ones_stay(committed, cast):
    now, day = timezone.now(), dt.timedelta(days=1)
    user = cast.users["town"]
    rows = [
        ("a", {"user": user, "ended_at": now - 31 * day}),
        ("b", {"user": user, "ended_at": now - 29 * day}),
        ("c", {"user": user, "seen_at": now - 31 * day}),
        ("d", {"seen_at": now - 31 * day}),
        ("e", {"seen_at": now - 29 * day}),
    ]
    for key, values in rows:
        UserSession.objects.create(pk=key, **values)
    for age in (ATTEMPTS_KEPT + day, ATTEMPTS_KEPT - day):
        LoginAttempt.objects.create(bucket="x", at=now - age)
    context = Quiet()
    clear(context)
    kept = sorted(UserSession.objects.filter(pk__in="abcde").values_list("pk", flat=True))
    assert kept == ["b", "c", "e"]
    assert (LoginAttempt.objects.filter(bucket="x").count(), context.said) == (1, "清理登录记录 1 条")
