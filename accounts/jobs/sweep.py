"""The guarantee behind the wake-ups: what the broker lost, the ledger finds again."""

import datetime as dt
import json
import logging

from django.conf import settings
from django.db import connections
from django.utils import timezone

from accounts import alarms
from accounts.jobs import results
from accounts.jobs.registry import Timer, kind_of, timers
from accounts.jobs.start import wake

logger = logging.getLogger(__name__)


def sweep() -> dict[str, int]:
    """Requeue jobs whose worker is gone, park hopeless ones, ring again for waiting ones.

    Returns how many were parked and rung for.
    """
    counts = {"parked": 0, "ring": 0}
    for job_id, kind, happened in _rows("SELECT * FROM job_sweep(%s)", [settings.JOB_RING_AGAIN_SECONDS]):
        counts[happened] += 1
        if happened == "parked":
            alarms.sound("job_parked", job_id=job_id, kind=kind)
            continue
        found = kind_of(kind)
        if not wake(job_id, found.queue if found else "jobs"):
            break
    return counts


def tick(now: dt.datetime | None = None) -> list[int]:
    """Start the system job of every timer whose current period has not been started; returns job ids."""
    now = now or timezone.now()
    return [job for job in (start_period(timer, now) for timer in timers()) if job is not None]


def start_period(timer: Timer, now: dt.datetime) -> int | None:
    """Start `timer` for the period of `now` unless some scheduler already did."""
    kind = kind_of(timer.kind)
    if kind is None:
        raise LookupError(f"timer {timer.name} names the unknown job kind {timer.kind}")
    ((job_id,),) = _rows(
        "SELECT job_period(%s, %s, %s, %s, %s, %s::jsonb, %s)",
        [
            timer.name,
            timer.period_start(now),
            kind.code,
            kind.label,
            timer.system_scope,
            json.dumps(timer.params),
            kind.max_attempts,
        ],
    )
    if job_id is not None:
        wake(job_id, kind.queue)
    return job_id


def purge() -> int:
    """Delete expired result files and files no job names; returns how many files went.

    Files first, rows afterwards: killed in between, it finds them again.
    """
    expired = _rows("SELECT job_id, path FROM job_expired_results()", [])
    removed = sum(results.remove(path) for _, path in expired)
    _rows("SELECT job_forget_results(%s)", [[job_id for job_id, _ in expired]])
    _rows("SELECT job_purge()", [])
    known = {path for (path,) in _rows("SELECT path FROM job_result_paths()", [])}
    for orphan in results.orphans(known):
        orphan.unlink(missing_ok=True)
        removed += 1
    return removed


def purge_due() -> int:
    """How many result files `purge` would delete now."""
    ((expired,),) = _rows("SELECT count(*) FROM job_expired_results()", [])
    known = {path for (path,) in _rows("SELECT path FROM job_result_paths()", [])}
    return expired + len(results.orphans(known))


def beat(worker: str) -> None:
    """Note that scheduler, broker, worker and database all work."""
    _rows("SELECT job_worker_beat(%s)", [worker])


def _rows(sql: str, params: list) -> list[tuple]:
    with connections["ledger"].cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()
