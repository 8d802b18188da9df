"""安全密钥 (WebAuthn): a key that signs for our own address alone, so that no other site can ask for it.

The ceremony is fido2's, the table django-allauth's. A challenge is made with the page, held by the session and used
once. A key whose counter goes backwards is a copy and is refused. Works on https and on localhost only: browsers
offer it nowhere else.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts import audit, audit_types
from accounts.auth import factors
from accounts.auth.adapter import ISSUER
from accounts.errors import Refusal
from accounts.free_text import CODE, MESSAGE, holds_personal_number
from accounts.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest

STATE_KEY = "security_key"
# A challenge of its own: proving who one is must not spend that of the act it stands before (adding a key).
PROOF_STATE_KEY = "security_key_proof"
NAME_LENGTH = 30
MOST_KEYS = 5
Type = Authenticator.Type


def begin_adding(request: HttpRequest, user: User) -> str:
    """What the browser needs to make a key for this account, as JSON; the challenge stays in the session."""
    name = user.get_username()
    options, state = _server(request).register_begin(
        user=PublicKeyCredentialUserEntity(id=str(user.pk).encode(), name=name, display_name=name),
        credentials=[credential_of(row) for row in keys_of(user)],
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[STATE_KEY] = dict(state)
    return json.dumps(dict(options))


def add_key(request: HttpRequest, user: User, *, answer: str, name: str) -> list[str]:
    """Keep the key that the browser made; returns recovery codes when it is the account's first second factor."""
    name = name.strip()[:NAME_LENGTH] or "安全密钥"
    if holds_personal_number(name):
        raise Refusal(CODE, MESSAGE, field="name")
    state, given = request.session.pop(STATE_KEY, None), _parsed(answer)
    with factors.counted(request, user):
        try:
            made = _server(request).register_complete(state, RegistrationResponse.from_dict(given))
        except (ValueError, TypeError, KeyError) as error:
            raise _not_right() from error
    with transaction.atomic(using="login"):
        audit.act(None, audit_types.FACTOR_ENROLLED, user, using="login", unit_path="")
        User.objects.select_for_update().get(pk=user.pk)
        there = keys_of(user)
        if len(there) >= MOST_KEYS:
            raise Refusal("too_many_keys", f"最多 {MOST_KEYS} 把安全密钥，先删去不用的", status=409)
        if any(credential_of(row).credential_id == made.credential_data.credential_id for row in there):
            raise Refusal("key_there", "这把安全密钥已经登记过", status=409)
        Authenticator.objects.create(
            user_id=user.pk,
            type=Type.WEBAUTHN,
            data={"name": name, "credential": given, "counter": made.counter},
        )
        return factors.enrolled(request, user)


def begin_signing(request: HttpRequest, user: User, *, state_key: str = STATE_KEY) -> str:
    """What the browser needs to sign with one of the account's keys, as JSON; '' where it has none."""
    keys = keys_of(user)
    if not keys:
        return ""
    options, state = _server(request).authenticate_begin(
        credentials=[credential_of(row) for row in keys],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[state_key] = dict(state)
    return json.dumps(dict(options))


def verify_key(request: HttpRequest, user: User, answer: str, *, state_key: str = STATE_KEY) -> None:
    """Check what a key signed; Refusal unless it is a key of this account over the challenge of this session."""
    state, given = request.session.pop(state_key, None), _parsed(answer)
    with factors.counted(request, user), transaction.atomic(using="login"):
        audit.act(None, audit_types.FACTOR_USED, user, using="login", unit_path="")
        rows = {credential_of(row).credential_id: row for row in keys_of(user, lock=True)}
        try:
            response = AuthenticationResponse.from_dict(given)
            used = _server(request).authenticate_complete(
                state, [credential_of(row) for row in rows.values()], response
            )
        except (ValueError, TypeError, KeyError) as error:
            raise _not_right() from error
        row, counter = rows[used.credential_id], response.response.authenticator_data.counter
        if counter <= row.data["counter"] and (counter or row.data["counter"]):
            raise Refusal("key_copied", "这把安全密钥可能有复制品，不能再用。请用别的方式登录，并报告管理员")
        row.data["counter"] = counter
        row.last_used_at = timezone.now()
        row.save(update_fields=["data", "last_used_at"])


def rename_key(user: User, pk: int, name: str) -> None:
    """Call one's own key something else."""
    name = name.strip()[:NAME_LENGTH]
    if not name:
        raise Refusal("name_required", "请给安全密钥起个名字", field="name")
    if holds_personal_number(name):
        raise Refusal(CODE, MESSAGE, field="name")
    with transaction.atomic(using="login"):
        audit.act(None, audit_types.KEY_RENAMED, user, using="login", unit_path="")
        row = _own(user, pk)
        row.data["name"] = name
        row.save(update_fields=["data"])


def remove_key(request: HttpRequest, user: User, pk: int) -> None:
    """Take one key away; the last second factor goes as `factors.remove_own` does."""
    others = Authenticator.objects.filter(user_id=user.pk, type__in=(Type.TOTP, Type.WEBAUTHN)).exclude(pk=pk)
    if not others.exists():
        _own(user, pk)
        factors.remove_own(request)
        return
    with transaction.atomic(using="login"):
        audit.act(None, audit_types.FACTOR_REMOVED, user, using="login", unit_path="")
        _own(user, pk).delete()


def keys_of(user: User, *, lock: bool = False) -> list[Authenticator]:
    """The account's keys, oldest first."""
    rows = Authenticator.objects.filter(user_id=user.pk, type=Type.WEBAUTHN).order_by("pk")
    return list(rows.select_for_update() if lock else rows)


def credential_of(row: Authenticator) -> AttestedCredentialData:
    found = row.wrap().authenticator_data.credential_data
    if found is None:
        raise ValueError("a key without a credential")
    return found


def works_at(request: HttpRequest) -> bool:
    """Whether browsers offer keys at this address: https, or localhost by name; never a bare number."""
    host = _host(request)
    if host == "localhost" or host.endswith(".localhost"):
        return True
    return request.is_secure() and not host.replace(".", "").isdigit() and ":" not in host


def _own(user: User, pk: int) -> Authenticator:
    row = Authenticator.objects.filter(user_id=user.pk, type=Type.WEBAUTHN, pk=pk).first()
    if row is None:
        raise Refusal("key_unknown", "没有这把安全密钥，可能已经删去", status=404)
    return row


def _server(request: HttpRequest) -> Fido2Server:
    """Bound to one name: that of the site, or the one of CUNXUAN_KEY_DOMAIN where it answers to several."""
    return Fido2Server(PublicKeyCredentialRpEntity(id=settings.KEY_DOMAIN or _host(request), name=ISSUER))


def _host(request: HttpRequest) -> str:
    host = request.get_host()
    return host.rpartition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _parsed(answer: str) -> dict[str, Any]:
    try:
        given = json.loads(answer)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise _not_right()
    return given


def _not_right() -> Refusal:
    return Refusal(
        "key_wrong", "安全密钥没有通过，请重试；一直不行就用别的方式（验证码、恢复码、密码）", field="key"
    )
