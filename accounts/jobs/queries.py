"""What the job screens read. Every function makes a constant number of queries."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from accounts.choices import Role
from accounts.models.jobs import ACTIVE_STATES, Job, JobState
from accounts.scope import Scope

PAGE_ROWS = 50
ENDED_FOR = dt.timedelta(hours=24)
FILTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("全部", tuple(JobState.values)),
    "active": ("进行中", tuple(ACTIVE_STATES)),
    "done": ("已完成", (JobState.DONE,)),
    "failed": ("未完成", (JobState.FAILED, JobState.CANCELLED, JobState.PARKED)),
}


def choices_of_whose(scope: Scope) -> dict[str, str]:
    """Values of `whose` that make sense for this scope."""
    found = {"": "本单位", "mine": "我的"}
    return {**found, "system": "系统"} if scope.has(Role.ADMIN) else found


@dataclass(frozen=True)
class JobPage:
    rows: list[Job]
    older_than: int | None


def job_page(scope: Scope, *, state: str = "", whose: str = "", before: int | None = None) -> JobPage:
    """One page of visible jobs, newest first; `older_than` is the key of the next page. One query.

    `whose`: '' people of the unit, 'mine', or 'system' (what timers started; only administrators see those).
    """
    jobs = Job.objects.visible_to(scope).filter(state__in=FILTERS[state][1]).select_related("requested_by")
    jobs = jobs.filter(requested_by__isnull=whose == "system")
    if whose == "mine":
        jobs = jobs.filter(requested_by_id=scope.assignment_id)
    if before is not None:
        jobs = jobs.filter(pk__lt=before)
    rows = list(jobs.order_by("-pk")[: PAGE_ROWS + 1])
    more = len(rows) > PAGE_ROWS
    rows = rows[:PAGE_ROWS]
    return JobPage(rows, rows[-1].pk if more else None)


def recent_jobs(scope: Scope, now: dt.datetime) -> list[Job]:
    """Own jobs that run, or ended in the last day with something to fetch or to look at. One query."""
    recent = Q(finished_at__gte=now - ENDED_FOR)
    with_result = Q(state=JobState.DONE) & ~Q(result_path="") & Q(result_expires_at__gt=now)
    broken = Q(state__in=[JobState.FAILED, JobState.PARKED])
    return list(
        Job.objects.filter(requested_by_id=scope.assignment_id)
        .filter(Q(state__in=ACTIVE_STATES) | (recent & (with_result | broken)))
        .order_by("-pk")[:20]
    )


def may_download(job: Job, user_id: int, now: dt.datetime | None = None) -> bool:
    """The result goes to the account that asked for it, until it expires."""
    if not job.result_path or job.result_expires_at is None or job.requested_by is None:
        return False
    return job.requested_by.user_id == user_id and job.result_expires_at > (now or timezone.now())


def time_left(job: Job, now: dt.datetime) -> str:
    """约 2分 from the speed so far; empty while it cannot be told."""
    if job.state != JobState.RUNNING or not job.started_at or not job.done or job.done >= job.total:
        return ""
    spent = (now - job.started_at).total_seconds()
    seconds = round(spent * (job.total - job.done) / job.done)
    if seconds < 60:
        return f"{max(1, seconds)}秒"
    minutes = -(-seconds // 60)
    return f"{minutes}分" if minutes < 60 else f"{minutes // 60}小时 {minutes % 60}分"
