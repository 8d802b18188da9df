"""Reminders before and at the due time of every clock, once a minute; broken jobs, told to who asked for them; once a
day what is open, for who wants it so.
"""

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
DIGEST_BACK = dt.timedelta(days=7)
DIGEST_NAMED = 4


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


def digests(found: list[Deadline], now: dt.datetime) -> list[Telling]:
    """One notice for each office and role: what is due today, and what is overdue. Pure."""
    day = timezone.localdate(now)
    by_office: dict[tuple[int, str], list[Deadline]] = {}
    for one in found:
        for role in one.roles:
            by_office.setdefault((one.area_id, role), []).append(one)
    return [
        Telling(area, (role,), NoticeKind.DIGEST, digest_text(clocks, now), f"digest:{day}", "/")
        for (area, role), clocks in sorted(by_office.items())
    ]


def digest_text(clocks: list[Deadline], now: dt.datetime) -> str:
    """今天到期 2 件：11月22日 星期日日报 17:00、…；已超时 1 件：…"""
    dated = sorted((one.due, one.title) for one in clocks if one.due is not None)
    late = [title for due, title in dated if due <= now]
    open_ = [f"{title} {timezone.localtime(due):%H:%M}" for due, title in dated if due > now]
    parts = [("今天到期", open_), ("已超时", late)]
    return "；".join(
        f"{word} {len(texts)} 件：{'、'.join(texts[:DIGEST_NAMED])}{'等' if len(texts) > DIGEST_NAMED else ''}"
        for word, texts in parts
        if texts
    )


def digest_all(now: dt.datetime) -> int:
    """Tell once what is due until midnight and what is overdue since a week; returns how many people were told."""
    midnight = (timezone.localtime(now) + dt.timedelta(days=1)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    return tell(digests(deadlines.everyone(now, now - DIGEST_BACK, midnight), now))


def send_digests(ctx: JobContext) -> None:
    """Every morning at eight. Run again on the same day it tells nobody twice."""
    told = digest_all(timezone.now())
    ctx.finish(f"摘要 {told:,} 人" if told else "没有要摘要的")


def register() -> None:
    register_job("notices.digest", label="每日摘要")(send_digests)
    register_timer(
        "notices.digest",
        kind="notices.digest",
        every=dt.timedelta(days=1),  # 08:00 in China is midnight in the epoch's time
        system_scope=SYSTEM_SCOPE,
    )
    register_job("notices.remind", label="到期提醒")(remind)
    register_timer(
        "notices.remind", kind="notices.remind", every=dt.timedelta(minutes=1), system_scope=SYSTEM_SCOPE
    )
