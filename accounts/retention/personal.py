"""Notices go after a season, requests for a look beyond the quota that opened nothing too; what somebody kept for an
office goes a month after leaving it.
"""

import datetime as dt
from typing import Final

from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import Notice, RevealConsent, SavedFilter, ScheduledExport
from accounts.retention.registry import Rule, register, register_rows
from accounts.scope import Scope

NOTICES_KEPT: Final = dt.timedelta(days=90)
LEFT_KEPT: Final = dt.timedelta(days=30)
CONSENTS_KEPT: Final = dt.timedelta(days=90)
KIND: Final = "retention.left"
CONSENTS: Final = "retention.consents"


def old_notices(now: dt.datetime) -> QuerySet[Notice]:
    return Notice.objects.filter(created_at__lt=now - NOTICES_KEPT)


def left_behind(now: dt.datetime) -> tuple[QuerySet, QuerySet]:
    """Filters and scheduled exports of assignments that ended more than a month ago."""
    limit = now - LEFT_KEPT
    ended = Q(assignment__revoked_at__lt=limit) | Q(assignment__valid_to__lt=limit.date())
    return SavedFilter.objects.filter(ended), ScheduledExport.objects.filter(ended)


def forget_left(now: dt.datetime) -> int:
    """Delete them under an act of its own: the tables are audited."""
    if not sum(rows.count() for rows in left_behind(now)):
        return 0
    audit.act(Scope(assignment=None, area=None, unit=None, system="retention"), KIND)
    return sum(rows.delete()[0] for rows in left_behind(now))


def unused_consents(now: dt.datetime) -> QuerySet[RevealConsent]:
    """Requests under which nobody looked; those of which the register tells stay with it."""
    return RevealConsent.objects.filter(asked_at__lt=now - CONSENTS_KEPT, look__isnull=True)


def forget_consents(now: dt.datetime) -> int:
    """Delete them under an act of its own, as above."""
    if not unused_consents(now).exists():
        return 0
    audit.act(Scope(assignment=None, area=None, unit=None, system="retention"), CONSENTS)
    return unused_consents(now).delete()[0]


def declare() -> None:
    audit.register(CONSENTS, "清理没有用到的超额查看申请")
    register(
        Rule(
            code="accounts.consents",
            label="没有用到的超额查看申请，自提出起",
            age=CONSENTS_KEPT,
            kept="90 天",
            then="删除",
            place="accounts_revealconsent",
            source="用到的随查看登记留存",
            due=lambda now: unused_consents(now).count(),
            apply=forget_consents,
        )
    )
    audit.register(KIND, "清理离任人员的筛选和定时导出")
    register_rows(
        old_notices,
        code="accounts.notices",
        label="通知，自发出起",
        age=NOTICES_KEPT,
        kept="90 天",
        place="accounts_notice",
        source="提醒只在当时有用；催报另存",
    )
    register(
        Rule(
            code="accounts.left_behind",
            label="离任人员存下的筛选、定时导出，自授权结束起",
            age=LEFT_KEPT,
            kept="30 天",
            then="删除",
            place="accounts_savedfilter、accounts_scheduledexport",
            source="随职务使用",
            due=lambda now: sum(rows.count() for rows in left_behind(now)),
            apply=forget_left,
        )
    )
