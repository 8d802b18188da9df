"""Signing in and out."""

from django.contrib import auth
from django.db import transaction
from django.http import HttpRequest

from accounts import audit, audit_types
from accounts.auth import factors, rules, security_keys
from accounts.auth.attempts import Caller, open_attempt, pass_attempt
from accounts.auth.backend import PasswordBackend, find_user
from accounts.auth.devices import known_device, remember_device
from accounts.auth.networks import require_network
from accounts.auth.step_up import note_step_up
from accounts.errors import Refusal
from accounts.models import Assignment, User
from accounts.scope.selection import held_assignments

BACKEND = "accounts.auth.backend.PasswordBackend"


def wrong_credentials() -> Refusal:
    """One sentence for an unknown name, a wrong password and a disabled account."""
    return Refusal("sign_in_failed", "用户名或密码不正确", status=401)


def check_credentials(request: HttpRequest, *, username: str, password: str) -> tuple[User, list[Assignment]]:
    """The account and its assignments in force; Refusal otherwise. Tries are counted outside the request."""
    aimed_at = find_user(username)
    device = known_device(request, aimed_at)
    attempt = open_attempt(
        Caller(
            username=username,
            user_id=aimed_at.pk if aimed_at else None,
            device_id=device.pk if device else None,
            ip=client_address(request),
        )
    )
    user = PasswordBackend().authenticate(request, username=username, password=password)
    if user is None:
        raise wrong_credentials()
    pass_attempt(attempt)
    held = held_assignments(user.pk)
    if not held:
        raise Refusal("no_assignment", "账号没有有效的角色授权，请联系系统管理员", status=403)
    require_network((row.role for row in held), client_address(request))
    return user, held


def sign_in(request: HttpRequest, *, username: str, password: str) -> str:
    """Open a session for these credentials; returns the device mark to set as a cookie.

    The session key is new (no fixation) and the account's other sessions end. While the second factor is missing
    they go on and the mark is empty: whoever has a password alone must not put the owner out, nor become a known
    device with trials of its own.
    """
    user, held = check_credentials(request, username=username, password=password)
    with transaction.atomic(using="login"):
        audit.act(None, audit_types.SIGNED_IN, user, unit_path=held[0].unit_path, using="login")
        auth.login(request, user, backend=BACKEND)
        request.session.bind(
            user.pk,
            idle=rules.idle_limit(assignment.role for assignment in held),
            ip=client_address(request),
            agent=request.headers.get("User-Agent", ""),
        )
        if user.second_factor_since is not None:
            return ""
        request.session.replace_others(user.pk)
        note_step_up(request)
        return remember_device(request, user)


def pass_second_factor(request: HttpRequest, *, code: str = "", key: str = "") -> str:
    """Second step of the sign-in, by a code or by what a security key signed; returns the device mark."""
    user = User.objects.get(pk=request.user.pk)
    if key:
        security_keys.verify_key(request, user, key)
    else:
        factors.verify(request, user, code)
    factors.note_passed(request, user)
    request.session.replace_others(user.pk)
    note_step_up(request)
    return remember_device(request, user)


def sign_out(request: HttpRequest) -> None:
    """End the session at once; its scope tokens end with it."""
    if request.user.is_authenticated:
        with transaction.atomic(using="login"):
            audit.act(None, audit_types.SIGNED_OUT, request.user, using="login", unit_path="")
            auth.logout(request)


def client_address(request: HttpRequest) -> str | None:
    """Address of the caller as the server sees it; behind our proxy the server puts the real one there."""
    return request.META.get("REMOTE_ADDR") or None
