"""API tokens: issued for one assignment, authenticated before the request's transaction opens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit, audit_types
from accounts.auth import factors, networks
from accounts.auth.stages import pending_stage
from accounts.errors import Refusal
from accounts.free_text import CODE, MESSAGE, holds_personal_number
from accounts.models import ApiToken, Assignment, User

if TYPE_CHECKING:
    from django.http import HttpRequest

LIFE = timedelta(days=30)
SCHEMES = ("bearer", "token")


def authenticate_token(request: HttpRequest) -> tuple[User, Assignment] | None:
    """User and assignment of the request's bearer token; None without one in force.

    Sets `request.by_token`, so that the CSRF check knows that no cookie was relied on.
    """
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in SCHEMES or not value.strip():
        return None
    token = (
        ApiToken.objects.filter(
            token_hash=hashed(value.strip()),
            revoked_at__isnull=True,
            expires_at__gt=Now(),
            user__is_active=True,
        )
        .select_related("user")
        .first()
    )
    if token is None:
        return None
    if token.second_factor:
        request.second_factor_of = token.user_id
    if pending_stage(token.user, request) is not None:
        return None
    assignment = (
        Assignment.objects.using("login")
        .filter(pk=token.assignment_id, user_id=token.user_id)
        .in_force(timezone.localdate())
        .select_related("area")
        .first()
    )
    if assignment is None or networks.is_outside(token.user_id, request.META.get("REMOTE_ADDR")):
        return None
    request.by_token = True
    request.api_token = token
    return token.user, assignment


def issue_token(
    request: HttpRequest,
    *,
    user: User,
    held: list[Assignment],
    assignment_id: int | None,
    name: str = "",
    code: str = "",
) -> tuple[str, ApiToken]:
    """A new token (its text is shown this once) for one of the assignments held; `code`: of the second factor."""
    if user.second_factor_since is not None:
        if not code:
            raise Refusal("second_factor_required", "请同时提供验证码 code", field="code", status=403)
        factors.verify(request, user, code)
        request.second_factor_of = user.pk
    stage = pending_stage(user, request)
    if stage is not None:
        raise Refusal(stage.code, stage.message, status=403)
    chosen = [row for row in held if assignment_id in (None, row.pk)]
    if not chosen:
        raise Refusal("assignment_unknown", "没有这项授权，或已失效", field="assignment")
    if len(chosen) > 1:
        raise Refusal("assignment_required", "账号有多项授权，请指明其中一项", field="assignment")
    if holds_personal_number(name):
        raise Refusal(CODE, MESSAGE, field="name")
    text = secrets.token_urlsafe(32)
    with transaction.atomic(using="login"):
        audit.act(None, audit_types.TOKEN_ISSUED, user, unit_path=chosen[0].unit_path, using="login")
        token = ApiToken.objects.create(
            user=user,
            assignment_id=chosen[0].pk,
            name=name[:60],
            token_hash=hashed(text),
            second_factor=user.second_factor_since is not None,
            expires_at=expiry(timezone.now()),
        )
    return text, token


def revoke_tokens(user_id: int, *, only: str = "") -> int:
    """Revoke the account's tokens, or the one whose text is `only`; an act is open on `login`."""
    rows = ApiToken.objects.filter(user_id=user_id, revoked_at__isnull=True)
    if only:
        rows = rows.filter(token_hash=hashed(only))
    return rows.update(revoked_at=Now())


def expiry(now: datetime) -> datetime:
    return now + LIFE


def hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
