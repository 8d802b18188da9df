"""Reminders before and at the due time of every clock, once a minute; broken jobs, told to who asked for them."""

import datetime as dt

from django.conf import settings
from django.db import connections
from django.utils import timezone

from accounts import deadlines
from accounts.actions.notices import Telling, tell
from accounts.deadlines import Deadline
from accounts.jobs.context import JobContext
from accounts.jobs.registry import register_job, register_timer
from accounts.models.notices import NoticeKind

SYSTEM_SCOPE = "notices"
# What passed longer ago is a card of 今日, no longer news.
STILL_NEWS = dt.timedelta(minutes=30)


def lead_of(due: dt.datetime, now: dt.datetime, leads: tuple[int, ...]) -> int | None:
    """Which reminder is due now: minutes before, 0 at the due time, None while it is too early.

    After a stop of the worker only the nearest one is sent, never all that were missed.
    """
    if now >= due:
        return 0
    reached = [lead for lead in leads if now >= due - dt.timedelta(minutes=lead)]
    return min(reached, default=None)


def telling_of(one: Deadline, now: dt.datetime, leads: tuple[int, ...]) -> Telling | None:
    """The notice of a deadline now: its own text, and how long is left."""
    lead = None if one.due is None else lead_of(one.due, now, leads)
    if lead is None:
        return None
    kind, tail = (NoticeKind.DUE, "，已到时限") if lead == 0 else (NoticeKind.REMINDER, f"，还有 {lead} 分")
    return Telling(one.area_id, one.roles, kind, one.text + tail, f"{one.key}:{lead}", one.url, one.due)


def remind_all(now: dt.datetime) -> int:
    """Tell what is due soon or just now, of all units; returns how many people were told."""
    leads = tuple(settings.NOTICE_LEADS)
    soon = now + dt.timedelta(minutes=max(leads, default=0))
    found = deadlines.everyone(now, now - STILL_NEWS, soon)
    return tell(item for one in found if (item := telling_of(one, now, leads)))


def remind(ctx: JobContext) -> None:
    """Every minute. Run again it finds nothing left to tell."""
    told = remind_all(timezone.now())
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT notice_broken_jobs()")
        told += cursor.fetchone()[0]
    ctx.finish(f"通知 {told:,} 人次" if told else "没有要通知的")


def register() -> None:
    register_job("notices.remind", label="到期提醒")(remind)
    register_timer(
        "notices.remind", kind="notices.remind", every=dt.timedelta(minutes=1), system_scope=SYSTEM_SCOPE
    )
