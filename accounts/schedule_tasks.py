"""Exports at a time of day: every minute what is due is started as its owner's own job, and what ended is counted.

Starting and moving on to the next moment are one transaction of one job of the ledger: killed anywhere, an export is
started once or not yet, never twice. After the worker was away one is started for all that was missed.
"""

import datetime as dt
from dataclasses import replace

from django.db import connections
from django.utils import timezone

from accounts import audit, audit_types, scheduling
from accounts.choices import ALL_ROLES
from accounts.errors import Refusal
from accounts.jobs.context import JobContext
from accounts.jobs.params import check_params
from accounts.jobs.registry import kind_of, register_job, register_timer
from accounts.jobs.start import wake_after_commit
from accounts.models import ScheduledExport
from accounts.models.schedules import ScheduleState, StopReason
from accounts.rules.schedules import MOST_FAILURES, next_run
from accounts.scope import Scope

KIND, DUE = "exports.scheduled", "exports.due"
SYSTEM_SCOPE = "schedules"
LABEL = "定时导出"
# Friday evening's file is there on Monday morning.
KEPT_HOURS = 72
MOST_ATTEMPTS = 3
# The owner's role no longer opens it: trying again would not help.
OVER = ("assignment_not_current", "schedule_role")


def run_scheduled(ctx: JobContext) -> None:
    """Write the export under the owner's scope of this moment. Refusal schedule_gone, schedule_role, unit_outside."""
    one = ScheduledExport.objects.visible_to(ctx.scope).filter(pk=ctx.params["schedule"]).first()
    if one is None:
        raise Refusal("schedule_gone", "这个定时导出已删去")
    exporter = scheduling.exporter_of(one.screen)
    if exporter is None or ctx.scope.role not in exporter.screen.roles:
        raise Refusal("schedule_role", "现在的角色不能导出这个列表")
    kind = kind_of(exporter.job_kind)
    if kind is None:
        raise LookupError(f"job kind {exporter.job_kind} is not registered")
    ctx.claim = replace(ctx.claim, params=check_params(exporter.at(ctx.scope, one.query, timezone.now())))
    kind.handler(ctx)


def start_due(by: Scope, now: dt.datetime) -> int:
    """Start every export that is due, once, and move it to its next moment; returns how many were started."""
    started = 0
    rows = ScheduledExport.objects.due(now).select_for_update(of=("self",), skip_locked=True).order_by("pk")
    for one in rows:
        job = _job_of(one)
        if job is None:
            stop(one, StopReason.ROLE, by=by)
            continue
        audit.act(by, audit_types.SCHEDULE_STARTED, one, after={"job": job})
        ScheduledExport.objects.filter(pk=one.pk).update(
            last_job=job, last_at=now, settled=False, next_at=next_run(now, one.at, one.weekdays)
        )
        started += 1
    return started


def count_outcomes(by: Scope) -> int:
    """Count how runs ended; three failures in a row, or a role that is over, stop one. Returns how many were counted."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT * FROM schedule_outcomes()")
        ended = {row[0]: row[1:] for row in cursor.fetchall()}
    if not ended:
        return 0
    audit.act(by, audit_types.SCHEDULE_COUNTED, ScheduledExport, after={"runs": len(ended)})
    for one in ScheduledExport.objects.filter(pk__in=ended).select_for_update(of=("self",)):
        state, code = ended[one.pk]
        failures = 0 if state == "done" else one.failures + (state != "cancelled")
        ScheduledExport.objects.filter(pk=one.pk).update(settled=True, failures=failures)
        if code in OVER:
            stop(one, StopReason.ROLE, by=by)
        elif failures >= MOST_FAILURES:
            stop(one, StopReason.FAILED, by=by)
    return len(ended)


def stop(one: ScheduledExport, why: StopReason, *, by: Scope) -> None:
    """Stop one that cannot go on, and tell its owner why."""
    if one.state == ScheduleState.STOPPED:
        return
    audit.act(by, audit_types.SCHEDULE_STOPPED, one, after={"why": why.value})
    ScheduledExport.objects.filter(pk=one.pk).update(state=ScheduleState.STOPPED, stopped_for=why.value)
    text = f"定时导出“{one.name}”已停：{why.label}。到“定时导出”里看，改好后恢复"
    with connections["default"].cursor() as cursor:
        dedup = f"schedule:{one.pk}:{one.next_at:%Y%m%d%H%M}"
        cursor.execute(
            "SELECT notice_holder(%s, %s, '/account/schedules/', %s)", [one.assignment_id, text, dedup]
        )


def run_due(ctx: JobContext) -> None:
    """Every minute. Run again it finds nothing left to start or to count."""
    counted = count_outcomes(ctx.scope)
    started = start_due(ctx.scope, timezone.now())
    ctx.finish(f"开始 {started:,} 个，计 {counted:,} 个" if started or counted else "没有到时间的")


def _job_of(one: ScheduledExport) -> int | None:
    """The owner's job for this moment; None when the owner's role is over."""
    subject = f"{one.pk}:{one.next_at:%Y%m%d%H%M}"
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT schedule_start(%s, %s, %s, %s)", [one.pk, LABEL, subject, MOST_ATTEMPTS])
        job = cursor.fetchone()[0]
    if job is not None:
        wake_after_commit(job)
    return job


def register() -> None:
    register_job(
        KIND, label=LABEL, roles=ALL_ROLES, shared=False, max_attempts=MOST_ATTEMPTS, result_hours=KEPT_HOURS
    )(run_scheduled)
    register_job(DUE, label="到时间的导出")(run_due)
    register_timer(DUE, kind=DUE, every=dt.timedelta(minutes=1), system_scope=SYSTEM_SCOPE)
