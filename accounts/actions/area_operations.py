"""Propose, decide and carry out a dated change of the tree."""

import datetime
import json
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connections, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import area_moves, audit, audit_types
from accounts.area_moves import Change
from accounts.choices import AreaOperationKind, AreaOperationState
from accounts.errors import Refusal
from accounts.jobs import start_job
from accounts.models import AreaOperation
from accounts.queries.area_operations import Preview, asked_of, preview, scope_unit
from accounts.rules import area_operations as rules
from accounts.scope import Scope

JOB = "areas.carry_out"


def compile_plan(
    kind: str, day: datetime.date, plan: dict[str, Any], *, by: Scope
) -> tuple[rules.Asked, rules.Compiled]:
    """What the plan would do; refused where it is not allowed or reaches beyond the asker's own area."""
    asked = asked_of(AreaOperationKind(kind), day, plan)
    compiled = rules.compile_steps(asked, timezone.localdate())
    if by.role not in rules.PROPOSERS or not compiled.superior.startswith(by.path) or by.units is not None:
        raise Refusal(
            "area_outside_scope",
            "变更涉及管辖范围以外的单位，请由共同的上级提出",
            field="units",
            source=rules.SOURCE,
            status=403,
        )
    return asked, compiled


def look_ahead(kind: str, day: datetime.date, plan: dict[str, Any], *, by: Scope) -> Preview:
    """What the plan would do, before it is proposed; with the refusals that proposing would give. Writes nothing."""
    asked, compiled = compile_plan(kind, day, plan, by=by)
    refuse_waiting(compiled)
    return preview(asked, compiled)


@transaction.atomic
def propose(
    kind: str, day: datetime.date, plan: dict[str, Any], *, reason: str, by: Scope, batch: str = ""
) -> AreaOperation:
    """Put a change forward. Its steps are fixed now: the second person approves exactly these."""
    _, compiled = compile_plan(kind, day, plan, by=by)
    if not reason.strip():
        raise Refusal("reason_required", "请填依据（批文号或会议纪要）", field="reason", source=rules.SOURCE)
    refuse_waiting(compiled)
    area = scope_unit(compiled.superior)
    operation = AreaOperation(
        kind=kind,
        effective_on=day,
        area=area,
        units=list(compiled.touched),
        plan=plan,
        steps=compiled.steps,
        summary=compiled.summary[:400],
        reason=reason.strip(),
        proposed_by=by.assignment,
        proposed_by_account=_account(by),
        proposed_by_name=by.name,
        batch=batch,
    )
    operation.full_clean(exclude=["unit_path", "area", "proposed_by", "units", "steps"])
    audit.act(
        by, audit_types.AREA_CHANGE_PROPOSED, AreaOperation, reason=reason, unit_path=area.path,
        after={"summary": operation.summary, "effective_on": day},
    )  # fmt: skip
    operation.save()
    operation.refresh_from_db(fields=["unit_path"])
    return operation


def refuse_waiting(compiled: rules.Compiled) -> None:
    """One change at a time for a unit, and for the code of a new one."""
    same = Q(units__overlap=list(compiled.touched))
    for code in compiled.change.opened:
        same |= Q(steps__contains=[{"do": "open", "code": code}])
    waiting = AreaOperation.objects.filter(same, state__in=rules.OPEN).first()
    if waiting is not None:
        raise Refusal(
            "area_change_waiting",
            f"其中有单位还有未办结的变更：{waiting.summary}（{waiting.effective_on}），请先办结或撤回",
            field="units",
            source=rules.SOURCE,
            status=409,
        )


@transaction.atomic
def withdraw(operation: AreaOperation, *, by: Scope) -> AreaOperation:
    """Take back what is not decided yet: the one who proposed it."""
    operation = _locked(operation, by, AreaOperationState.PROPOSED)
    if operation.proposed_by_id != by.assignment_id:
        raise Refusal("not_allowed", "只有提出人可以撤回", source=rules.SOURCE, status=403)
    audit.act(by, audit_types.AREA_CHANGE_WITHDRAWN, operation)
    operation.state = AreaOperationState.WITHDRAWN
    operation.save(update_fields=["state", "updated_at"])
    return operation


@transaction.atomic
def decide(operation: AreaOperation, *, agree: bool, note: str, by: Scope) -> AreaOperation:
    """Approve or refuse, by another person than the one who proposed. An approved change whose day has come starts."""
    operation = _decide(operation, agree=agree, note=note, by=by)
    _start([operation], by=by)
    return operation


@transaction.atomic
def decide_many(
    operations: Sequence[AreaOperation], *, by: Scope
) -> tuple[list[AreaOperation], list[tuple[AreaOperation, ValidationError]]]:
    """Approve several; each stands for itself: (approved, refused with the reason). One job carries out those due."""
    approved, refused = [], []
    for operation in operations:
        try:
            with transaction.atomic():
                approved.append(_decide(operation, agree=True, note="", by=by))
        except ValidationError as refusal:
            refused.append((operation, refusal))
    _start(approved, by=by)
    return approved, refused


def _decide(operation: AreaOperation, *, agree: bool, note: str, by: Scope) -> AreaOperation:
    operation = _locked(operation, by, AreaOperationState.PROPOSED)
    if by.role not in rules.DECIDERS:
        raise Refusal("not_allowed", "区划变更由市换届办或系统管理员审批", source=rules.SOURCE, status=403)
    if operation.proposed_by_account == _account(by):
        raise Refusal("second_person_required", "区划变更须由另一个人审批", source=rules.SOURCE, status=403)
    if not agree and not note.strip():
        raise Refusal("reason_required", "不同意请写明理由", field="note", source=rules.SOURCE)
    if agree:
        _check_again(operation)
    kind = audit_types.AREA_CHANGE_APPROVED if agree else audit_types.AREA_CHANGE_REFUSED
    audit.act(by, kind, operation, reason=note, after={"summary": operation.summary})
    operation.state = AreaOperationState.APPROVED if agree else AreaOperationState.REFUSED
    operation.decided_by, operation.decided_by_name = by.assignment, by.name
    operation.decided_at, operation.note = timezone.now(), note.strip()
    operation.full_clean(exclude=["unit_path", "area", "proposed_by", "decided_by", "units", "steps", "plan"])
    operation.save()
    return operation


def _start(operations: Sequence[AreaOperation], *, by: Scope) -> None:
    """One job for the approved ones whose day has come; the others wait for the timer."""
    today = timezone.localdate()
    due = [
        one for one in operations if one.state == AreaOperationState.APPROVED and one.effective_on <= today
    ]
    if due:
        detail = due[0].summary if len(due) == 1 else f"{len(due)} 项区划变更"
        params = {"operations": [one.pk for one in due]}
        start_job(JOB, f"area_operations:{due[0].pk}", by=by, params=params, detail=detail)


@transaction.atomic
def cancel(operation: AreaOperation, *, reason: str, by: Scope) -> AreaOperation:
    """Call off what was approved, before its day: who proposed it, or who may approve."""
    operation = _locked(operation, by, AreaOperationState.APPROVED)
    if not may_cancel(operation, by):
        raise Refusal("not_allowed", "只有提出人和审批单位可以取消", source=rules.SOURCE, status=403)
    if operation.effective_on <= timezone.localdate():
        raise Refusal(
            "area_day_has_come",
            "生效日已到，不能取消；要改回请另提一项变更",
            field="effective_on",
            source=rules.SOURCE,
            status=409,
        )
    if not reason.strip():
        raise Refusal("reason_required", "取消要写明理由", field="reason", source=rules.SOURCE)
    audit.act(by, audit_types.AREA_CHANGE_CANCELLED, operation, reason=reason.strip())
    operation.state, operation.cancel_reason = AreaOperationState.CANCELLED, reason.strip()
    operation.cancelled_by, operation.cancelled_by_name = by.assignment, by.name
    operation.full_clean(
        exclude=["unit_path", "area", "proposed_by", "decided_by", "cancelled_by", "units", "steps", "plan"]
    )
    operation.save()
    return operation


def _locked(operation: AreaOperation, by: Scope, state: AreaOperationState) -> AreaOperation:
    rows = AreaOperation.objects.visible_to(by).select_for_update(of=("self",))
    found = rows.get(pk=operation.pk)
    if found.state != state:
        raise Refusal(
            "area_change_decided",
            f"这项变更{found.get_state_display()}，不能再办",
            source=rules.SOURCE,
            status=409,
        )
    return found


def _check_again(operation: AreaOperation) -> rules.Compiled:
    """The plan must still give the very steps that were proposed: the tree may have changed since."""
    compiled = rules.compile_steps(
        asked_of(AreaOperationKind(operation.kind), operation.effective_on, operation.plan),
        timezone.localdate(),
    )
    if json.loads(json.dumps(compiled.steps)) != operation.steps:
        raise Refusal(
            "area_changed_meanwhile", "提出以后区划又有变化，请撤回重新提出", source=rules.SOURCE, status=409
        )
    return compiled


def carry_out(operation: AreaOperation, *, by: Scope) -> Change:
    """Change the tree, the paths of all rows and what each app has to do; one transaction, under scope `areas`.

    Totals are made again by `finish`, once for all changes of a run.
    """
    compiled = _check_again(operation)
    audit.act(
        by, audit_types.AREA_CHANGE_DONE, operation, reason=operation.reason,
        after={"summary": operation.summary, "effective_on": operation.effective_on},
    )  # fmt: skip
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT area_move(%s)", [operation.pk])
        outcome = cursor.fetchone()[0]
    told = [sentence for share in area_moves.shares() for sentence in share.carry_out(compiled.change, by)]
    outcome = json.loads(outcome) if isinstance(outcome, str) else outcome
    operation.state, operation.done_at = AreaOperationState.DONE, timezone.now()
    operation.outcome = {**outcome, "told": told}
    operation.save(update_fields=["state", "done_at", "outcome", "updated_at"])
    return compiled.change


def finish(changes: list[Change], *, by: Scope) -> list[str]:
    """What is done once for all changes of a run, in its transaction."""
    if not changes:
        return []
    return [sentence for share in area_moves.shares() for sentence in share.finish(changes, by)]


def mark_failed(operation: AreaOperation, message: str, *, by: Scope) -> None:
    """Write down why an approved change cannot be carried out; a new one has to be proposed."""
    audit.act(by, audit_types.AREA_CHANGE_FAILED, operation, after={"message": message})
    operation.state, operation.outcome = AreaOperationState.FAILED, {"message": message}
    operation.save(update_fields=["state", "outcome", "updated_at"])


def may_decide(operation: AreaOperation, scope: Scope) -> bool:
    """Whether the reader may approve it: a decider, another account."""
    return (
        operation.state == AreaOperationState.PROPOSED
        and scope.role in rules.DECIDERS
        and operation.proposed_by_account != _account(scope)
    )


def may_cancel(operation: AreaOperation, scope: Scope) -> bool:
    """Whether the reader may cancel an approved change: its proposer, or one who approves."""
    return operation.state == AreaOperationState.APPROVED and (
        scope.role in rules.DECIDERS or operation.proposed_by_account == _account(scope)
    )


def _account(scope: Scope) -> int:
    return scope.assignment.user_id if scope.assignment else 0
