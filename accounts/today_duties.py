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
from accounts.navigation import url_or_none
from accounts.today import Card, Figure, Nothing, Panel

if TYPE_CHECKING:
    from accounts.scope import Scope

MANAGERS = (Role.ADMIN, Role.SECURITY_ADMIN)
VILLAGES = ("elections:orgs", "看村情")
# Roles whose own work comes with a later part of the system: what will stand here, and what there is until then. The
# app that brings the work takes its line away.
NOT_YET = {
    Role.SECOND_ENTRY: ("复录还没有开通", "开通后，要复录的计票单列在这里。现在不用办理。", "", ""),
    Role.REVIEWER: ("联审还没有开通", "开通后，要本部门答复的名单和时限列在这里。现在不用办理。", "", ""),
    Role.HOTLINE: ("举报受理还没有开通", "开通后，待受理、待办结的件列在这里。现在不用办理。", "", ""),
    Role.INSPECTOR: ("督导走访还没有开通", "开通后，走访任务和要跟踪的整改列在这里。现在可以看名下各村的村情。", *VILLAGES),
    Role.EVALUATOR: ("评估还没有开通", "开通后，要填的评估表列在这里。现在可以看样本各村的村情。", *VILLAGES),
    Role.LEADER: ("现在没有要办的事", "本账号只看不改：打开村(社区)看村情和最近的日报。", *VILLAGES),
    Role.WALL: ("这个账号用来放大屏", "只有合计，打不开村和社区的数据。", "wall", "打开大屏"),
}  # fmt: skip


def register() -> None:
    today.register(71, chain_cards)
    today.register_figure(70, acts_today)
    today.register_figure(71, refused_today)
    today.register_panel(80, alarm_panel)
    today.register_panel(90, duties)
    today.register_nothing(90, not_yet)


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
    hours = int(age // 3600) if age is not None else 0
    said = "从未校验" if age is None else f"{hours} 小时前校验" if hours else "不到 1 小时前校验"
    return Figure(
        "审计链异常", breaks if age is not None else "未校验", reverse("audit:list"), unit="处", note=said
    )


def duties(scope: "Scope", now: dt.datetime) -> Panel | None:
    """What the account is for, where no table of figures stands at the side. One query where villages are named."""
    if scope.has(*OFFICE_ROLES, Role.WALL) or scope.assignment is None:
        return None
    powers = abilities.powers_of([scope.assignment])
    return Panel("accounts/_duties.html", {"powers": powers, "head": "这个账号做什么"})


def not_yet(scope: "Scope") -> Nothing | None:
    """An honest word to those whose work is not there yet. No query."""
    if scope.role not in NOT_YET:
        return None
    title, text, name, label = NOT_YET[Role(scope.role)]
    return Nothing(title, text, (url_or_none(name) or "") if name else "", label)
