"""Starting, stopping and restarting jobs. The ledger row is the order; the message is only a wake-up."""

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connections, transaction

from accounts import audit, request_id
from accounts.errors import Refusal
from accounts.jobs.params import PERSONAL, check_params
from accounts.jobs.registry import kind_of
from accounts.models.jobs import Job


def start_job(kind: str, subject: str, *, by: Any, params: dict | None = None, detail: str = "") -> Job:
    """Start a job in the caller's scope, or find the one that is already active (the second click).

    Safe in a race: one row per kind, subject and unit can be queued or running. The job is visible to
    workers when the caller's transaction commits; a dead broker delays it, never fails it.
    """
    found = kind_of(kind)
    if found is None:
        raise LookupError(f"job kind {kind} is not registered")
    if found.roles and str(by.role) not in found.roles:
        raise PermissionDenied
    job_id, created = _row(
        "SELECT * FROM job_start(%s, %s, %s, %s, %s, %s::jsonb, %s, %s)",
        [
            kind,
            found.label,
            subject,
            PERSONAL.sub("***", detail)[:160],
            found.shared,
            json.dumps(check_params(params or {})),
            found.max_attempts,
            request_id.current(),
        ],
    )
    job = Job.objects.get(pk=job_id)
    if created:
        audit.act(by, "job.started", job, after={"kind": kind, "subject": subject})
        wake_after_commit(job.pk, found.queue)
    return job


def start_system_job(
    kind: str, subject: str, *, system_scope: str, params: dict | None = None, using: str = "default"
) -> int:
    """Start a job of the system under a registered system scope; returns its id (workers only)."""
    found = kind_of(kind)
    if found is None:
        raise LookupError(f"job kind {kind} is not registered")
    row = _row(
        "SELECT job_start_system(%s, %s, %s, %s, %s::jsonb, %s)",
        [
            kind,
            found.label,
            subject,
            system_scope,
            json.dumps(check_params(params or {})),
            found.max_attempts,
        ],
        using,
    )
    wake_after_commit(row[0], found.queue, using)
    return row[0]


@transaction.atomic
def cancel_job(job: Job, *, by: Any) -> None:
    """Ask a job to stop. A waiting job stops at once, a running one at its next report of progress."""
    audit.act(by, "job.cancelled", job)
    if not _row("SELECT job_cancel(%s)", [job.pk])[0]:
        raise Refusal("job_not_active", "任务已经结束，无须停止")


@transaction.atomic
def restart_job(job: Job, *, by: Any) -> None:
    """Put a parked or failed job back into the queue with a fresh count of attempts."""
    audit.act(by, "job.restarted", job)
    if not _row("SELECT job_restart(%s)", [job.pk])[0]:
        raise Refusal("job_not_restartable", "只有未完成或已搁置的任务可以重新执行")
    found = kind_of(job.kind)
    wake_after_commit(job.pk, found.queue if found else "jobs")


def wake_after_commit(job_id: int, queue: str = "jobs", using: str = "default") -> None:
    """Ring the worker's bell once the row is committed."""
    transaction.on_commit(lambda: wake(job_id, queue), using=using, robust=True)


def wake(job_id: int, queue: str = "jobs") -> bool:
    """Send the wake-up; False when the broker does not answer (the sweeper will ring again)."""
    from accounts.jobs.broker import send  # noqa: PLC0415 - the broker library loads slowly

    return send("accounts.run_job", job_id, queue=queue)


def _row(sql: str, params: list, using: str = "default") -> tuple:
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchone()
