"""Jobs of the tree of units: changes whose day has come, and the nightly check."""

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import alarms
from accounts.actions.area_operations import JOB, carry_out, finish, mark_failed
from accounts.area_moves import Change
from accounts.choices import AreaOperationState
from accounts.jobs import JobContext, register_job, register_timer
from accounts.models import AreaOperation
from accounts.queries.tree_check import broken
from accounts.rules.area_operations import DECIDERS
from accounts.scope import Scope, system_scoped

SYSTEM_SCOPE = "areas"
DAYS_CHECKED = 7


def _run(operations: Iterable[AreaOperation], by: Scope) -> str:
    """Carry out changes one after the other; one that is refused is written down and leaves the tree as it was.

    Everything is one transaction with the end of the job: killed in the middle, nothing has happened.
    """
    said: list[str] = []
    changes: list[Change] = []
    for operation in operations:
        try:
            with transaction.atomic():
                changes.append(carry_out(operation, by=by))
        except ValidationError as refusal:
            message = "；".join(refusal.messages)
            mark_failed(AreaOperation.objects.get(pk=operation.pk), message, by=by)
            alarms.sound("area_operation_failed", operation=operation.pk)
            said.append(f"{operation.summary}：未能执行，{message}")
    done = f"{len(changes)} 项变更已生效"
    return "；".join([done, *said, *finish(changes, by=by)])[:400]


def _due() -> QuerySet[AreaOperation]:
    """Approved changes whose day has come, in the order of their days; a second run finds them done."""
    due = AreaOperation.objects.select_for_update().filter(
        state=AreaOperationState.APPROVED, effective_on__lte=timezone.localdate()
    )
    return due.order_by("effective_on", "pk")


def carry_out_approved(ctx: JobContext) -> None:
    """On approval of changes whose day has come."""
    with system_scoped(SYSTEM_SCOPE) as scope:
        message = _run(_due().filter(pk__in=ctx.params["operations"]), scope)
    ctx.finish(message)


def carry_out_due(ctx: JobContext) -> None:
    """Every ten minutes: what was approved for a day that has come."""
    ctx.finish(_run(_due(), ctx.scope))


def check_tree(ctx: JobContext) -> None:
    """Every night: the tree of the last days and of every day on which it changed; a fault sounds an alarm."""
    today = timezone.localdate()
    faults = broken(today - datetime.timedelta(days=DAYS_CHECKED), today)
    for fault in faults:
        alarms.sound("area_tree_broken", what=fault.what, area=fault.area, day=fault.day.isoformat())
    ctx.finish(f"发现 {len(faults)} 处：{faults[0].sentence}" if faults else "区划树完整")


def register() -> None:
    """Declare the jobs, their timers and alarms."""
    alarms.register("area_tree_broken", "区划树不完整")
    alarms.register("area_operation_failed", "区划变更未能执行")
    register_job(JOB, label="执行区划变更", roles=DECIDERS)(carry_out_approved)
    register_job("areas.due", label="到日的区划变更")(carry_out_due)
    register_job("areas.check", label="核对区划树")(check_tree)
    register_timer(
        "areas.due", kind="areas.due", every=datetime.timedelta(minutes=10), system_scope=SYSTEM_SCOPE
    )
    register_timer(
        "areas.check",
        kind="areas.check",
        every=datetime.timedelta(days=1),
        offset=datetime.timedelta(hours=19, minutes=30),  # 03:30 in China
        system_scope=SYSTEM_SCOPE,
    )
