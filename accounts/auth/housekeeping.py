"""Old sessions, old tries to sign in and answers kept for repeats go with the nightly retention."""

import datetime as dt

from django.db.models import Q, QuerySet

from accounts import retention
from accounts.models import IdempotencyKey, LoginAttempt, UserSession

# Logs of sign-ins are kept at least six months by law (网络安全法); thirteen here, like the audit trail.
ATTEMPTS_KEPT = dt.timedelta(days=396)
SESSIONS_KEPT = dt.timedelta(days=30)
# A retry comes within minutes; a key may be used again after a day.
ANSWERS_KEPT = dt.timedelta(days=1)


def old_sessions(now: dt.datetime) -> QuerySet[UserSession]:
    """Sessions that ended, or never belonged to anybody, more than 30 days ago."""
    limit = now - SESSIONS_KEPT
    return UserSession.objects.filter(Q(ended_at__lt=limit) | Q(user__isnull=True, seen_at__lt=limit))


def old_attempts(now: dt.datetime) -> QuerySet[LoginAttempt]:
    return LoginAttempt.objects.filter(at__lt=now - ATTEMPTS_KEPT)


def old_answers(now: dt.datetime) -> QuerySet[IdempotencyKey]:
    return IdempotencyKey.objects.filter(created_at__lt=now - ANSWERS_KEPT)


def register() -> None:
    retention.register_rows(
        old_sessions,
        code="auth.sessions",
        label="会话，自结束起",
        age=SESSIONS_KEPT,
        kept="30 天",
        place="accounts_usersession",
        source="登录事实另存于审计",
    )
    retention.register_rows(
        old_attempts,
        code="auth.attempts",
        label="登录尝试，自发生起",
        age=ATTEMPTS_KEPT,
        kept="13 个月",
        place="accounts_loginattempt",
        source="网络安全法：日志留存不少于六个月",
    )
    retention.register_rows(
        old_answers,
        code="auth.repeats",
        label="重复提交的应答，自提交起",
        age=ANSWERS_KEPT,
        kept="1 天",
        place="accounts_idempotencykey",
        source="重试只在几分钟之内",
    )
