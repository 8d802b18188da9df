"""今日 of those who are sent to named villages, or wait for a later stage: their villages, and the dates of the round."""

import datetime as dt
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.urls import reverse

from accounts import today
from accounts.choices import OFFICE_ROLES, Role
from accounts.today import Figure, Panel
from elections.queries.orgs import orgs_of
from elections.queries.rounds import round_in_force
from elections.querysets import FIGURES
from elections.views.rounds import READERS as ROUND_READERS

if TYPE_CHECKING:
    from accounts.scope import Scope

# Those whose assignment names the villages one by one.
SENT = (Role.INSPECTOR, Role.EVALUATOR, Role.LEADER)
WAITING = tuple(role for role in ROUND_READERS if role not in OFFICE_ROLES)
SHOWN = 15


def declare() -> None:
    """Register the providers."""
    today.register_figure(60, villages)
    today.register_figure(61, lacking)
    today.register_panel(60, village_panel)
    today.register_panel(61, round_panel)


def _counts(scope: "Scope") -> dict[str, int]:
    """Own villages, and those with a figure 未报. One query a request, after the round."""
    if "sent" not in scope.memo:
        lacks = Q(party_org_type="")
        for field in FIGURES:
            lacks |= Q(**{f"{field}__isnull": True})
        rows = orgs_of(scope, round_in_force(scope))
        scope.memo["sent"] = rows.aggregate(all=Count("pk"), lacking=Count("pk", filter=lacks))
    return scope.memo["sent"]


def villages(scope: "Scope", now: dt.datetime) -> Figure | None:
    """How many villages the assignment names that have a record."""
    if not scope.has(*SENT):
        return None
    return Figure("我的村(社区)", _counts(scope)["all"], reverse("elections:orgs"), unit="个")


def lacking(scope: "Scope", now: dt.datetime) -> Figure | None:
    """How many of them still lack a figure."""
    if not scope.has(*SENT):
        return None
    return Figure(
        "底册有未报数字", _counts(scope)["lacking"], f"{reverse('elections:orgs')}?missing=yes", unit="个"
    )


def village_panel(scope: "Scope", now: dt.datetime) -> Panel | None:
    """The villages themselves, each opening its file. One query after the round."""
    if not scope.has(*SENT):
        return None
    rows = orgs_of(scope, round_in_force(scope)).select_related("area__parent").order_by("unit_path")
    return Panel(
        "elections/_today_villages.html", {"rows": list(rows[:SHOWN]), "url": reverse("elections:orgs")}
    )


def round_panel(scope: "Scope", now: dt.datetime) -> Panel | None:
    """本届 and its dates, for those who wait for a later stage. No query after the top bar's."""
    round = round_in_force(scope) if scope.has(*WAITING) and scope.unit else None
    return Panel("elections/_today_round.html", {"round": round}) if round else None
