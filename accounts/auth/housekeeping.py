"""Old sessions, old tries to sign in and answers kept for repeats are removed once a day."""

import datetime as dt

from django.db.models.functions import Now

from accounts.auth.sessions import SessionStore
from accounts.jobs.context import JobContext
from accounts.jobs.registry import register_job, register_timer
from accounts.models import IdempotencyKey, LoginAttempt

# Logs of sign-ins are kept at least six months by law (网络安全法); thirteen here, like the audit trail.
ATTEMPTS_KEPT = dt.timedelta(days=396)
# A retry comes within minutes; a key may be used again after a day.
ANSWERS_KEPT = dt.timedelta(days=1)


def clear(ctx: JobContext) -> None:
    """Remove sessions that ended a month ago, tries older than thirteen months, answers older than a day."""
    SessionStore.clear_expired()
    removed, _ = LoginAttempt.objects.filter(at__lt=Now() - ATTEMPTS_KEPT).delete()
    IdempotencyKey.objects.filter(created_at__lt=Now() - ANSWERS_KEPT).delete()
    ctx.finish(f"清理登录记录 {removed} 条")


def register() -> None:
    register_job("sessions.clear", label="清理过期会话")(clear)
    register_timer(
        "clear_sessions",
        kind="sessions.clear",
        every=dt.timedelta(days=1),
        offset=dt.timedelta(hours=18, minutes=20),  # 02:20 in China
        system_scope="housekeeping",
    )
