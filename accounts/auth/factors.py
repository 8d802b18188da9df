"""The second factor: a code from the telephone (TOTP, RFC 6238), a security key (WebAuthn), or a recovery code.

The arithmetic and the table are django-allauth's; sessions, trials and replay are ours. A code is tried under the
same curve as a password, written as failed first; its time step must be later than the last one used, under a row
lock, so that one code opens one door once, in any process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts import audit, audit_types
from accounts.auth import rules
from accounts.auth.attempts import Caller, open_attempt, pass_attempt
from accounts.auth.devices import known_device
from accounts.auth.sessions import end_sessions, key_hash
from accounts.errors import Refusal
from accounts.models import ApiToken, User, UserSession
from accounts.scope.selection import held_assignments

if TYPE_CHECKING:
    from django.http import HttpRequest

Type = Authenticator.Type
PASSED_KEY, SECRET_KEY = "second_factor", "second_factor_secret"
CODE_WRONG = "验证码不正确或已用过，请等下一个验证码再试；手机时间须准确"


def required(user: User) -> bool:
    """Whether a role in force of the account must have a second factor (CUNXUAN_SECOND_FACTOR)."""
    roles = rules.factor_roles(settings.SECOND_FACTOR)
    if len(roles) == len(rules.Role):
        return True
    return bool(roles) and any(held.role in roles for held in held_assignments(user.pk))


def is_pending(user: User, request: HttpRequest) -> bool:
    """Whether this session, token or sign-in through the API has still to show the second factor, or to get one."""
    if user.second_factor_since is None:
        return required(user)
    return not has_passed(user, request)


def has_passed(user: User, request: HttpRequest) -> bool:
    """Whether the second factor was shown in this session (or when the token was issued), since it is enrolled."""
    by_request: int | None = getattr(request, "second_factor_of", None)
    return user.pk in (by_request, request.session.get(PASSED_KEY))


def held_factors(user: User) -> dict[str, list[Authenticator]]:
    """The account's authenticators by type."""
    found: dict[str, list[Authenticator]] = {str(kind): [] for kind in Type.values}
    for row in Authenticator.objects.filter(user_id=user.pk).order_by("pk"):
        found[row.type].append(row)
    return found


def secret_of(request: HttpRequest) -> str:
    """The secret offered to this session for enrolling; the session row is of `login` alone and ends."""
    if SECRET_KEY not in request.session:
        request.session[SECRET_KEY] = get_adapter().encrypt(generate_totp_secret())
    return get_adapter().decrypt(request.session[SECRET_KEY])


def enrol_totp(request: HttpRequest, *, code: str) -> list[str]:
    """Make the offered secret the account's; returns the recovery codes, shown this once. Other sessions end."""
    user = User.objects.get(pk=request.user.pk)
    secret = secret_of(request)
    with counted(request, user):
        step = rules.code_counter(_plain(code), _candidates(secret), -1)
        if step is None:
            raise Refusal("code_wrong", CODE_WRONG, field="code")
    with transaction.atomic(using="login"):
        audit.act(None, audit_types.FACTOR_ENROLLED, user, using="login", unit_path="")
        User.objects.select_for_update().get(pk=user.pk)
        if Authenticator.objects.filter(user_id=user.pk, type=Type.TOTP).exists():
            raise Refusal("factor_there", "已有手机验证码，先解除原来的", status=409)
        made = TOTP.activate(user, secret).instance
        made.data["used_step"] = step
        made.save(update_fields=["data"])
        codes = enrolled(request, user)
    request.session.pop(SECRET_KEY, None)
    return codes


def enrolled(request: HttpRequest, user: User) -> list[str]:
    """After the first authenticator: recovery codes, and every session and token of before ends.

    A further one changes nothing of that: its codes are not shown again.
    """
    if user.second_factor_since is not None:
        return []
    User.objects.filter(pk=user.pk, second_factor_since__isnull=True).update(second_factor_since=Now())
    codes = RecoveryCodes.activate(user).get_unused_codes()
    others = UserSession.objects.filter(user_id=user.pk)
    end_sessions(others.exclude(pk=key_hash(request.session.session_key or "")), "factor")
    ApiToken.objects.filter(user_id=user.pk, revoked_at__isnull=True).update(revoked_at=Now())
    note_passed(request, user)
    return codes


def note_passed(request: HttpRequest, user: User) -> None:
    """This session has shown the second factor."""
    request.session[PASSED_KEY] = user.pk


def verify(request: HttpRequest, user: User, code: str) -> None:
    """Try a code of the telephone or a recovery code; Refusal unless it is right and new."""
    with counted(request, user), transaction.atomic(using="login"):
        audit.act(None, audit_types.FACTOR_USED, user, using="login", unit_path="")
        if not (_use_totp(user, code) or _use_recovery(user, code)):
            raise Refusal("code_wrong", CODE_WRONG, field="code")


def new_recovery_codes(request: HttpRequest) -> list[str]:
    """Ten new recovery codes; the old ones end."""
    user = User.objects.get(pk=request.user.pk)
    with transaction.atomic(using="login"):
        audit.act(None, audit_types.RECOVERY_CODES_MADE, user, using="login", unit_path="")
        Authenticator.objects.filter(user_id=user.pk, type=Type.RECOVERY_CODES).delete()
        return RecoveryCodes.activate(user).get_unused_codes()


def remove_factors(user: User) -> None:
    """Take every authenticator away; an act is open on `login`. Who has to have one enrols at the next sign-in."""
    Authenticator.objects.filter(user_id=user.pk).delete()
    User.objects.filter(pk=user.pk).update(second_factor_since=None, updated_at=Now())


def remove_own(request: HttpRequest) -> None:
    """One's own second factor; the caller has asked for step-up. Tokens issued under it end."""
    user = User.objects.get(pk=request.user.pk)
    with transaction.atomic(using="login"):
        audit.act(None, audit_types.FACTOR_REMOVED, user, using="login", unit_path="")
        remove_factors(user)
        ApiToken.objects.filter(user_id=user.pk, revoked_at__isnull=True).update(revoked_at=Now())
    request.session.pop(PASSED_KEY, None)


class counted:
    """A try under the lock-out curve: failed when it begins, passed when the block ends without a refusal."""

    def __init__(self, request: HttpRequest, user: User) -> None:
        device = known_device(request, user)
        address = request.META.get("REMOTE_ADDR") or None
        self.caller = Caller(user.username, user.pk, device.pk if device else None, address, "second factor")

    def __enter__(self) -> None:
        self.attempt = open_attempt(self.caller)

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        if kind is None:
            pass_attempt(self.attempt)


def _use_totp(user: User, code: str) -> bool:
    row = Authenticator.objects.select_for_update().filter(user_id=user.pk, type=Type.TOTP).first()
    if row is None:
        return False
    secret = get_adapter().decrypt(row.data["secret"])
    step = rules.code_counter(_plain(code), _candidates(secret), row.data.get("used_step", -1))
    if step is None:
        return False
    row.data["used_step"] = step
    row.last_used_at = timezone.now()
    row.save(update_fields=["data", "last_used_at"])
    return True


def _use_recovery(user: User, code: str) -> bool:
    row = Authenticator.objects.select_for_update().filter(user_id=user.pk, type=Type.RECOVERY_CODES).first()
    return row is not None and RecoveryCodes(row).validate_code(code)


def _candidates(secret: str) -> list[tuple[int, str]]:
    """(time step, code) of now and one step either side."""
    return [(step, format_hotp_value(hotp_value(secret, step))) for step in yield_hotp_counters_from_time()]


def _plain(code: str) -> str:
    return "".join(code.split())
