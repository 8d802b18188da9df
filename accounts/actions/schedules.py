"""Setting exports that run by themselves: set, pause, resume, delete."""

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts import audit, audit_types, scheduling
from accounts.errors import Refusal
from accounts.models import ScheduledExport
from accounts.models.schedules import ScheduleState
from accounts.rules.schedules import next_run

if TYPE_CHECKING:
    from accounts.scope import Scope

MOST = 20


def add_schedule(
    screen: str, query: str, *, name: str, at: dt.time, weekdays: int, by: "Scope"
) -> ScheduledExport:
    """Export a list at `at` on the weekdays (bits), from the next such moment on.

    Refusals: schedule_screen_unknown (404), schedule_name_required, weekday_required, too_many_schedules (409),
    personal_number_refused, unit_outside.
    """
    exporter = scheduling.exporter_of(screen)
    if exporter is None or by.assignment is None or by.role not in exporter.screen.roles:
        raise Refusal("schedule_screen_unknown", "这个列表不能定时导出", field="screen", status=404)
    now = timezone.now()
    kept = exporter.screen.canonical(query)
    exporter.at(by, kept, now)  # what could not run now is not set
    if not 0 < weekdays < 128:
        raise Refusal("weekday_required", "至少选一天", field="weekdays")
    if ScheduledExport.objects.visible_to(by).count() >= MOST:
        raise Refusal("too_many_schedules", f"最多 {MOST} 个定时导出，先删去不用的", status=409)
    at = at.replace(second=0, microsecond=0)
    new = ScheduledExport(
        assignment=by.assignment,
        screen=screen,
        query=kept,
        name=" ".join(name.split()),
        at=at,
        weekdays=weekdays,
        next_at=next_run(now, at, weekdays),
    )
    new.full_clean()
    with transaction.atomic():
        audit.act(by, audit_types.SCHEDULE_SET, ScheduledExport, after=_facts(new), unit_path=by.path)
        new.save()
    return new


@transaction.atomic
def pause_schedule(found: ScheduledExport, *, by: "Scope") -> None:
    """Let one rest until it is resumed. Refusal schedule_not_active."""
    row = _locked(found, by)
    if row.state != ScheduleState.ACTIVE:
        raise Refusal("schedule_not_active", "它没有在用，无须暂停", status=409)
    audit.act(by, audit_types.SCHEDULE_PAUSED, row)
    ScheduledExport.objects.filter(pk=row.pk).update(state=ScheduleState.PAUSED)


@transaction.atomic
def resume_schedule(found: ScheduledExport, *, by: "Scope") -> None:
    """Go on from the next moment, with a fresh count of failures. Refusal schedule_active."""
    row = _locked(found, by)
    if row.state == ScheduleState.ACTIVE:
        raise Refusal("schedule_active", "它正在用", status=409)
    audit.act(by, audit_types.SCHEDULE_RESUMED, row, before={"state": row.state})
    again = next_run(timezone.now(), row.at, row.weekdays)
    ScheduledExport.objects.filter(pk=row.pk).update(
        state=ScheduleState.ACTIVE, stopped_for="", failures=0, settled=True, next_at=again
    )


@transaction.atomic
def delete_schedule(found: ScheduledExport, *, by: "Scope") -> None:
    """Delete one; what it has exported stays in 任务 until it expires."""
    row = _locked(found, by)
    audit.act(by, audit_types.SCHEDULE_DELETED, row, before=_facts(row))
    row.delete()


def _locked(found: ScheduledExport, by: "Scope") -> ScheduledExport:
    return ScheduledExport.objects.visible_to(by).select_for_update(of=("self",)).get(pk=found.pk)


def _facts(row: ScheduledExport) -> dict[str, object]:
    return {"screen": row.screen, "name": row.name, "when": row.when}
