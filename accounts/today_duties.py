"""今日 of those without reports to file: alarms for administrators, the chain for the auditor, and for everybody who
is no office what the account is for. A page with nothing to do still says what can be done.
"""

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING

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

MANAGERS = (Role.ADMIN, Role.SECURITY_ADMIN)


def register() -> None:
    today.register(71, chain_cards)
    today.register_figure(70, acts_today)
    today.register_figure(71, refused_today)
    today.register_panel(80, alarm_panel)
    today.register_panel(90, duties)


def alarm_panel(scope: "Scope", now: dt.datetime) -> Panel | None:
    """What is not well with the system, as 运行 has it. A panel and no cards: probes run when the page is opened, never
    for the number that stands on every page. The queries of the probes.
    """
    if not scope.has(*MANAGERS):
        return None
    bad = [(one, read) for one, read in alarms.readings() if read.level != Level.OK]
    return Panel("accounts/_alarms.html", {"bad": bad, "url": reverse("health")})


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
