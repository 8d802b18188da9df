"""Two-person acts on accounts: one administrator asks, another account decides (threat model 2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from accounts import audit, audit_types
from accounts.actions.login_acts import login_act
from accounts.actions.two_persons import asked_by, enter_answer
from accounts.auth.api import revoke_tokens
from accounts.auth.factors import remove_factors
from accounts.auth.feeds import revoke_feeds
from accounts.auth.sessions import end_sessions
from accounts.errors import Refusal, from_constraint
from accounts.models import Area, Assignment, GrantRequest, User, UserSession
from accounts.queries.people import held_by
from accounts.rules import people as rules

if TYPE_CHECKING:
    from accounts.scope import Scope

Kind = GrantRequest.Kind


@dataclass(frozen=True)
class Wanted:
    """A role in an area from a day to a day; `units`: keys of the villages it is confined to."""

    role: str
    area: Area | None
    office_name: str
    department: str
    units: list[int] | None
    valid_from: date
    valid_to: date | None


def give_role(user: User, wanted: Wanted, *, by: Scope) -> Assignment:
    """Write the assignment; the caller has checked that `by` may, alone or as the second person."""
    if wanted.area is not None and wanted.area.valid_to is not None:
        raise Refusal(
            "area_closed", f"{wanted.area.name}已停用，请改授予接续它的单位", field="area", status=409
        )
    assignment = Assignment(user_id=user.pk, holder_name=user.display_name, **_fields(wanted))
    assignment.full_clean(exclude=["unit_path"])
    path = wanted.area.path if wanted.area else ""
    try:
        with transaction.atomic():
            audit.act(by, audit_types.ROLE_GRANTED, Assignment, unit_path=path, after=_summary(user, wanted))
            assignment.save()
    except IntegrityError as error:
        # Another grant to the same account came first, after the rules were asked.
        raise from_constraint(error) or error from error
    return assignment


def ask_grant(user: User, wanted: Wanted, *, by: Scope) -> GrantRequest:
    """Ask for a role that one administrator may not give alone."""
    Assignment(user_id=user.pk, holder_name=user.display_name, **_fields(wanted)).full_clean(
        exclude=["unit_path"]
    )
    request = GrantRequest(kind=Kind.GRANT, **_fields(wanted), **_asked(user, by))
    return _ask(request, by=by, area=wanted.area, after=_summary(user, wanted))


def ask_factor_removal(user: User, *, reason: str, by: Scope) -> GrantRequest:
    """Ask to take away the second factor of somebody who has lost it and the recovery codes."""
    held = held_by(user.pk)
    rules.check_may_manage(by, user_id=user.pk, held=held)
    if not reason.strip():
        raise Refusal("reason_required", "请填写理由", field="reason")
    if user.second_factor_since is None:
        raise Refusal("factor_absent", "这个账号没有启用第二因素", status=409)
    area = held[0].area if held else by.area
    if area is not None:
        area._state.db = "default"
    request = GrantRequest(kind=Kind.FACTOR, area=area, reason=reason.strip(), **_asked(user, by))
    return _ask(request, by=by, area=area, after={"account": user.username, "kind": "factor"})


def decide(request: GrantRequest, *, approve: bool, answer: str = "", by: Scope) -> GrantRequest:
    """Consent, which carries the act out at once, or decline with a reason. Never by who asked."""
    with transaction.atomic():
        request = GrantRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        rules.check_may_decide(by, request)
        type = audit_types.GRANT_APPROVED if approve else audit_types.GRANT_REFUSED
        enter_answer(request, approve=approve, answer=answer, by=by, type=type)
        if approve:
            _carry_out(request, by=by)
    return request


def _carry_out(request: GrantRequest, *, by: Scope) -> None:
    user = User.objects.get(pk=request.user_id)
    if request.kind == Kind.FACTOR:
        _take_factor(user, by=by, reason=request.reason)
        return
    if not user.is_active:
        raise Refusal("account_closed", "账号已停用，先恢复再审批", status=409)
    rules.check_separate(role=request.role, held=held_by(user.pk))
    wanted = {name: getattr(request, name) for name in Wanted.__dataclass_fields__}
    give_role(user, Wanted(**wanted), by=by)


def _take_factor(user: User, *, by: Scope, reason: str) -> None:
    """Everything the lost telephone had opened ends with it."""
    with login_act(by, audit_types.FACTOR_REMOVED, user, reason=reason):
        remove_factors(user)
        end_sessions(UserSession.objects.filter(user_id=user.pk), "factor")
        revoke_tokens(user.pk)
        revoke_feeds(user.pk)


def _ask(request: GrantRequest, *, by: Scope, area: Area | None, after: dict[str, str]) -> GrantRequest:
    request.full_clean(exclude=["unit_path", "asked_at"])
    with transaction.atomic():
        path = area.path if area else ""
        audit.act(
            by, audit_types.GRANT_ASKED, GrantRequest, reason=request.reason, unit_path=path, after=after
        )
        request.save()
    return request


def _asked(user: User, by: Scope) -> dict[str, object]:
    return {
        "user_id": user.pk,
        "holder_name": user.display_name,
        **asked_by(by),
    }


def _fields(wanted: Wanted) -> dict[str, object]:
    return {name: getattr(wanted, name) for name in Wanted.__dataclass_fields__}


def _summary(user: User, wanted: Wanted) -> dict[str, str]:
    return {
        "account": user.username,
        "role": wanted.role,
        "area": wanted.area.code if wanted.area else "",
    }
