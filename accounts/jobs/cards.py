"""Jobs on 今日: those that run, those whose file waits, those that did not work."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from accounts.jobs import queries
from accounts.models.jobs import Job, JobState
from accounts.today import Card

KIND = "任务"


def cards(scope: Any, now: dt.datetime) -> Iterable[Card]:
    """One card per own job that still concerns this person. One query."""
    return [_card(job) for job in queries.recent_jobs(scope, now)]


def _card(job: Job) -> Card:
    title, detail, due, action = _words(job)
    url = reverse("jobs:detail", args=[job.pk])
    return Card(due, title, detail, job.detail or job.label, url, action, KIND)


def _words(job: Job) -> tuple[str, str, dt.datetime | None, str]:
    if job.state == JobState.DONE:
        return f"{job.label}已完成", job.message or job.result_name, job.result_expires_at, "下载"
    if job.state in (JobState.FAILED, JobState.PARKED):
        return f"{job.label}未完成", job.error_message, None, "查看"
    done = f"{job.done:,}／{job.total:,} 行" if job.total else ""
    return f"{job.label}{job.get_state_display()}", " ".join(filter(None, (job.stage, done))), None, "查看"
