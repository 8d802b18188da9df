"""Doing one job: claim, work and end in one transaction, or leave nothing.

A worker may be killed between any two statements. Before the commit nothing of the run is kept and the
lease runs out; after it the job is done. A second delivery finds the lease taken or the job ended.
"""

import json
import logging
import socket
import traceback

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connections, transaction

from accounts import alarms, request_id
from accounts.jobs import results
from accounts.jobs.context import Claim, JobCancelled, JobContext, LeaseLost
from accounts.jobs.heartbeat import Heartbeat
from accounts.jobs.registry import JobKind, kind_of
from accounts.models import Assignment
from accounts.scope import Scope, enter
from accounts.scope.entry import scope_of

logger = logging.getLogger(__name__)

RETRY_SECONDS = (5, 15, 30, 60)
UNEXPECTED = "系统出错，已记录，将自动重试"


def run(job_id: int, worker: str = "") -> str:
    """Run a job if it is there to be run; returns what happened (claim outcome or end state)."""
    outcome, claim = claim_job(job_id, worker or socket.gethostname())
    if outcome == "parked":
        alarms.sound("job_parked", job_id=job_id)
    if claim is None:
        return outcome
    kind = kind_of(claim.kind)
    if kind is None:
        return _fail(claim, "failed", "job_kind_unknown", "本版本没有这种任务")
    try:
        with request_id.bound(claim.request_id):
            return _work(claim, kind)
    finally:
        results.clear_work(claim.lease)
        _drop_tokens(claim)


def claim_job(job_id: int, worker: str) -> tuple[str, Claim | None]:
    """Lease the job in its own committed statement; the claim is None unless the outcome is 'claimed'."""
    with connections["ledger"].cursor() as cursor:
        cursor.execute("SELECT * FROM claim_job(%s, %s, %s)", [job_id, worker, settings.JOB_LEASE_SECONDS])
        row = dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))
    outcome = row.pop("outcome")
    if outcome != "claimed":
        return outcome, None
    row["params"] = json.loads(row["params"])  # Django leaves jsonb of raw queries as text
    return outcome, Claim(job_id=job_id, **row)


def _work(claim: Claim, kind: JobKind) -> str:
    try:
        _do_and_finish(claim, kind)
    except JobCancelled:
        return _fail(claim, "cancelled", "", "")
    except LeaseLost:
        logger.warning("job %s: the lease was taken over, this run is dropped", claim.job_id)
        return "lost"
    except SoftTimeLimitExceeded:
        return _fail(claim, "failed", "job_time_limit", "超过最长执行时间，未作任何改动")
    except ValidationError as refusal:
        return _fail(claim, "failed", *_first_refusal(refusal))
    except Exception as error:  # the one place that catches all: recorded, retried, parked
        logger.error("job %s of kind %s: %s", claim.job_id, claim.kind, type(error).__name__)
        delay = RETRY_SECONDS[min(claim.attempt, len(RETRY_SECONDS)) - 1] * settings.JOB_RETRY_FACTOR
        return _fail(claim, "retry", _code(error), UNEXPECTED, trace=frames(error), retry=int(delay))
    return "done"


def _do_and_finish(claim: Claim, kind: JobKind) -> None:
    with transaction.atomic("default"), connections["default"].cursor() as cursor:
        enter(claim.token)
        context = JobContext(claim, job_scope(claim), settings.JOB_LEASE_SECONDS, kind.result_hours)
        heartbeat = Heartbeat(claim, settings.JOB_LEASE_SECONDS)
        context.heartbeat = heartbeat
        heartbeat.start()
        try:
            kind.handler(context)
            context.report_last()
            heartbeat.leave()
            _finish(context, cursor)
        except DatabaseError:
            if heartbeat.verdict == "cancel":
                raise JobCancelled from None
            if heartbeat.verdict == "lost":
                raise LeaseLost from None
            raise
        finally:
            heartbeat.stop()


def _finish(context: JobContext, cursor) -> None:
    """Write the end state beside the effect; a lost lease takes both back."""
    result = context.result
    cursor.execute(
        "SELECT job_finish(%s, %s, %s, %s, %s, %s, %s)",
        [
            context.job_id,
            context.claim.lease,
            context.message,
            result.path if result else "",
            result.name if result else "",
            result.size if result else 0,
            result.expires_at if result else None,
        ],
    )
    if not cursor.fetchone()[0]:
        raise LeaseLost


def job_scope(claim: Claim) -> Scope:
    """The scope the handler acts in: the requester's current assignment, or the system's."""
    if claim.assignment_id is None:
        return Scope(assignment=None, area=None, unit=None, system=claim.system_scope)
    assignment = Assignment.objects.select_related("area").get(pk=claim.assignment_id)
    return scope_of(assignment)


def _drop_tokens(claim: Claim) -> None:
    with connections["ledger"].cursor() as cursor:
        cursor.execute("SELECT job_drop_tokens(%s, %s)", [claim.job_id, claim.attempt])


def _fail(claim: Claim, state: str, code: str, message: str, *, trace: str = "", retry: int = 0) -> str:
    with connections["ledger"].cursor() as cursor:
        cursor.execute(
            "SELECT job_fail(%s, %s, %s, %s, %s, %s, %s)",
            [claim.job_id, claim.lease, state, code, message, trace, retry],
        )
        ended = cursor.fetchone()[0]
    if ended == "parked":
        alarms.sound("job_parked", job_id=claim.job_id, kind=claim.kind)
    return ended


def _first_refusal(refusal: ValidationError) -> tuple[str, str]:
    """Code and sentence of a refusal, for the person who started the job."""
    first = refusal.error_list[0] if hasattr(refusal, "error_list") else refusal
    return str(getattr(first, "code", "") or "refused")[:64], " ".join(refusal.messages)[:400]


def _code(error: BaseException) -> str:
    return f"error.{type(error).__name__}"[:64]


def frames(error: BaseException) -> str:
    """The way to the error without messages or values: they may hold personal data."""
    lines = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
    return "\n".join([*lines[-40:], type(error).__name__])
