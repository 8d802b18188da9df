"""Accounts and their roles. `User` lives behind the alias `login`, `Assignment` with the business rows.

An act on accounts opens on `login` under the caller's own scope token, so that the trail names the person.
"""

import re
from datetime import date

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit, audit_types
from accounts.actions.grants import Wanted, ask_grant, give_role
from accounts.actions.login_acts import login_act
from accounts.auth.api import revoke_tokens
from accounts.auth.attempts import Caller, open_attempt, pass_attempt
from accounts.auth.devices import known_device
from accounts.auth.feeds import revoke_feeds
from accounts.auth.passwords import check_rules, one_time_password
from accounts.auth.sessions import end_sessions, key_hash
from accounts.auth.signin import client_address
from accounts.errors import Refusal
from accounts.models import Area, Assignment, GrantRequest, KnownDevice, User, UserSession
from accounts.queries.people import active_assignments, held_by, held_within
from accounts.rules import people as rules
from accounts.scope import Scope

__all__ = ["active_assignments", "held_by", "login_act"]
USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,39}")


def create_user(*, username: str, display_name: str, by: Scope) -> tuple[User, str]:
    """A new account without any role; returns it with its one-time password, which is shown once."""
    rules.check_may_manage(by, user_id=0, held=())
    username = username.strip().lower()
    if not USERNAME.fullmatch(username):
        raise Refusal(
            "username_malformed",
            "用户名须为 3 至 40 位小写字母、数字、点、横线或下划线，字母开头",
            field="username",
        )
    password = one_time_password()
    user = User(
        username=username,
        display_name=display_name.strip(),
        must_change_password=True,
        password_changed_at=timezone.now(),
    )
    user.set_password(password)
    user.full_clean(validate_unique=False)
    try:
        with login_act(by, audit_types.USER_CREATED, User):
            user.save(force_insert=True, using="login")
    except IntegrityError:
        raise Refusal("username_taken", "这个用户名已有人使用", field="username", status=409) from None
    return user, password


def set_active(user: User, *, active: bool, by: Scope, reason: str) -> None:
    """Disable an account (its sessions and tokens end at once) or let it in again."""
    rules.check_may_manage(by, user_id=user.pk, held=held_by(user.pk))
    if not reason.strip():
        raise Refusal("reason_required", "请填写理由", field="reason")
    type = audit_types.USER_ENABLED if active else audit_types.USER_DISABLED
    with login_act(by, type, user, reason=reason):
        User.objects.filter(pk=user.pk).update(is_active=active, updated_at=Now())
        if not active:
            _put_out(user.pk, "disabled")
    user.is_active = active


def reset_password(user: User, *, by: Scope, reason: str) -> str:
    """A new one-time password, shown once; sessions, tokens and known devices of the account end."""
    rules.check_may_manage(by, user_id=user.pk, held=held_by(user.pk))
    if not reason.strip():
        raise Refusal("reason_required", "请填写理由", field="reason")
    password = one_time_password()
    user.set_password(password)
    user.must_change_password = True
    user.password_changed_at = timezone.now()
    with login_act(by, audit_types.PASSWORD_RESET, user, reason=reason):
        _save_password(user)
        _put_out(user.pk, "password")
        KnownDevice.objects.filter(user_id=user.pk).delete()
    return password


def change_password(request: HttpRequest, *, old: str, new: str) -> None:
    """Change one's own password. Tries with a wrong old password count like tries to sign in."""
    user = User.objects.get(username=request.user.get_username())
    device = known_device(request, user)
    attempt = open_attempt(
        Caller(user.username, user.pk, device.pk if device else None, client_address(request))
    )
    # Not user.check_password: that would save a rehash of its own, outside any act.
    if not check_password(old, user.password):
        raise Refusal("password_wrong", "现用密码不正确", field="old")
    pass_attempt(attempt)
    check_rules(new, user)
    user.set_password(new)
    user.must_change_password = False
    user.password_changed_at = timezone.now()
    with login_act(request.scope, audit_types.PASSWORD_CHANGED, user):
        _save_password(user)
        others = UserSession.objects.filter(user_id=user.pk)
        end_sessions(others.exclude(pk=key_hash(request.session.session_key or "")), "password")
        revoke_tokens(user.pk)
        revoke_feeds(user.pk)
        update_session_auth_hash(request, user)


def set_own_phone(request: HttpRequest, *, phone: str) -> User:
    """Give, change or ('') take back one's own telephone number; it rests sealed and is shown masked."""
    user = User.objects.get(username=request.user.get_username())
    sealed = user._meta.get_field("phone").seal(user, phone)
    with login_act(request.scope, audit_types.PHONE_SET, user):
        user.phone = sealed  # type: ignore[assignment]  # it takes the field for a text
        user.save(using="login", update_fields=["phone", "updated_at"])
    return user


def grant_role(
    user: User,
    *,
    role: str,
    area: Area | None,
    office_name: str,
    valid_from: date,
    valid_to: date | None = None,
    department: str = "",
    units: list[Area] | None = None,
    by: Scope,
) -> Assignment | GrantRequest:
    """Give an account a role in an area from a day to a day; several may be held at once.

    What needs two persons (`rules.needs_two_persons`) becomes a request that another administrator decides.
    """
    # What this transaction has granted already (an import grants many) is not there yet for `login`.
    rows = {row.pk: row for row in (*held_by(user.pk), *held_within(by, user.pk))}
    held = list(rows.values())
    rules.check_may_manage(by, user_id=user.pk, held=held)
    rules.check_may_grant(by, role=role, area=area, user_id=user.pk)
    rules.check_separate(role=role, held=held)
    outside = [unit.name for unit in units or () if area is None or not unit.path.startswith(area.path)]
    if outside:
        raise Refusal("units_outside", f"{'、'.join(outside[:3])} 不在管辖区域内", field="units")
    wanted = Wanted(
        role=role,
        area=area,
        office_name=office_name.strip(),
        department=department.strip(),
        units=[unit.pk for unit in units] if units else None,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    if rules.needs_two_persons(role=role, area=area, held=held):
        return ask_grant(user, wanted, by=by)
    return give_role(user, wanted, by=by)


def end_role(assignment: Assignment, *, by: Scope, reason: str) -> Assignment:
    """Take a role back now; what runs under it is refused from the next statement on."""
    with transaction.atomic():
        assignment = Assignment.objects.select_for_update(of=("self",)).get(pk=assignment.pk)
        if assignment.revoked_at is not None:
            raise Refusal("assignment_ended", "这项授权已经收回", status=409)
        rules.check_may_manage(by, user_id=assignment.user_id, held=[assignment])
        if not reason.strip():
            raise Refusal("reason_required", "请填写理由", field="reason")
        audit.act(by, audit_types.ROLE_ENDED, assignment, reason=reason)
        assignment.revoked_at = timezone.now()
        assignment.save(update_fields=["revoked_at", "updated_at"])
    return assignment


def _save_password(user: User) -> None:
    user.save(
        using="login", update_fields=["password", "must_change_password", "password_changed_at", "updated_at"]
    )


def _put_out(user_id: int, reason: str) -> None:
    end_sessions(UserSession.objects.filter(user_id=user_id), reason)
    revoke_tokens(user_id)
    revoke_feeds(user_id)
