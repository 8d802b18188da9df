"""今日 of those without reports to file: alarms for administrators, the chain for the auditor, and for everybody who
is no office what the account is for. A page with nothing to do still says what can be done.
"""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from accounts import abilities, alarms, today
from accounts.alarms import Level
from accounts.audit.health import chain_whole
from accounts.choices import OFFICE_ROLES, Role
from accounts.models import AuditAct
from accounts.today import Card, Figure, Panel

if TYPE_CHECKING:
    from accounts.scope import Scope

KIND = "运行"
MANAGERS = (Role.ADMIN, Role.SECURITY_ADMIN)
# Probes ask disks and the broker: once a minute is enough for a card.
READINGS_KEPT = 60
READINGS = "today-alarms"


def register() -> None:
    today.register(70, alarm_cards)
    today.register(71, chain_cards)
    today.register_figure(70, acts_today)
    today.register_figure(71, refused_today)
    today.register_panel(90, duties)


def alarm_cards(scope: "Scope", now: dt.datetime) -> Iterable[Card]:
    """What is not well with the system, as 运行 has it. The queries of the probes, at most once a minute."""
    if not scope.has(*MANAGERS):
        return []
    kept = getattr(settings, "WAITING_SECONDS", 1) != 0
    found = cache.get(READINGS) if kept else None
    if found is None:
        found = [
            (one.label, read.value, read.advice) for one, read in alarms.readings() if read.level != Level.OK
        ]
        if kept:
            cache.set(READINGS, found, READINGS_KEPT)
    url = reverse("health")
    return [
        Card(None, f"{label}：{value}", advice or "在“运行”里查看", "系统", url, "查看", KIND)
        for label, value, advice in found
    ]


def chain_cards(scope: "Scope", now: dt.datetime) -> Iterable[Card]:
    """The auditor's own duty: a chain that is broken or has not been verified for a day. One query."""
    if not scope.has(Role.AUDITOR):
        return []
    read = chain_whole()
    if read.level == Level.OK:
        return []
    return [Card(None, f"审计链：{read.value}", read.advice, "全系统", reverse("audit:list"), "校验", "审计")]


def acts_today(scope: "Scope", now: dt.datetime) -> Figure | None:
    """How many acts were recorded today; it opens them. One query."""
    if not scope.has(Role.AUDITOR):
        return None
    day = timezone.localdate(now)
    midnight = timezone.make_aware(dt.datetime.combine(day, dt.time.min))
    url = f"{reverse('audit:list')}?since={day}"
    return Figure("今日事项", AuditAct.objects.filter(at__gte=midnight).count(), url, unit="件")


def refused_today(scope: "Scope", now: dt.datetime) -> Figure | None:
    """Whether the chain was whole when last verified, and when. One query."""
    if not scope.has(Role.AUDITOR):
        return None
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT verified, breaks FROM audit_health()")
        age, breaks = cursor.fetchone()
    said = "从未校验" if age is None else f"{int(age // 3600)} 小时前校验"
    return Figure(
        "审计链异常", breaks if age is not None else "未校验", reverse("audit:list"), unit="处", note=said
    )


def duties(scope: "Scope", now: dt.datetime) -> Panel | None:
    """What the account is for, where no table of figures stands at the side. One query where villages are named."""
    if scope.has(*OFFICE_ROLES, Role.WALL) or scope.assignment is None:
        return None
    powers = abilities.powers_of([scope.assignment])
    return Panel("accounts/_duties.html", {"powers": powers, "head": "这个账号做什么"})
