"""What stands between a right password and the work: a list of stages, each with its own page.

The second factor comes first: a one-time password alone opens nothing, not even the page that changes it. Every
request and every token asks `pending_stage`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from accounts.auth import factors, rules
from accounts.models import User


@dataclass(frozen=True)
class Stage:
    """`pending(user, request)` says whether this stage must still be passed; `url_name` is its page."""

    code: str
    message: str
    url_name: str
    pending: Callable[[User, HttpRequest], bool]


def password_is_due(user: User, now: datetime) -> bool:
    """Must be changed at the first sign-in, after a reset, and when older than 90 days."""
    changed = user.password_changed_at
    return user.must_change_password or (changed is not None and now - changed > rules.PASSWORD_AGE)


STAGES: list[Stage] = [
    Stage(
        code="second_factor_required",
        message="请先通过第二因素：在登录页输入手机验证码，或按提示启用",
        url_name="second-factor",
        pending=factors.is_pending,
    ),
    Stage(
        code="password_change_required",
        message="请先修改密码：初次登录、重置之后或满 90 天须修改",
        url_name="password",
        pending=lambda user, request: password_is_due(user, timezone.now()),
    ),
]


def pending_stage(user: User, request: HttpRequest) -> Stage | None:
    """The first stage not yet passed, or None."""
    return next((stage for stage in STAGES if stage.pending(user, request)), None)
