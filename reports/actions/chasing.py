"""催报: one click asks one township, or all that are missing, for a day."""

import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import connections, transaction

from accounts import audit
from accounts.actions.notices import Telling, tell
from accounts.choices import Level, Role
from accounts.models import Area
from accounts.models.notices import NoticeKind
from reports import audit_types
from reports.deadline_kinds import DAILY
from reports.models import Chase
from reports.queries.chases import missing_townships
from reports.queries.clock import database_now
from reports.queries.deadlines import day_url
from reports.queries.settings import cut_offs
from reports.rules import chasing
from reports.rules.days import local_day, require_open
from reports.rules.timing import due_at

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round

CHASERS = (Role.CITY_OFFICE, Role.COUNTY_OFFICE)


@transaction.atomic
def chase(round: "Round", unit: Area, day: datetime.date, *, by: "Scope") -> list[Chase]:
    """Chase every township at or below `unit` that has not filed `day`; those chased within 30 minutes are left out.

    Returns the chases. Refuses when nobody is missing (nobody_missing) or all were chased just now (chased_recently).
    """
    if by.role not in CHASERS or not by.covers(unit):
        raise PermissionDenied
    _one_at_a_time(round)
    now = database_now()
    require_open(round, day, local_day(now))
    missing = missing_townships(by, round, unit, day)
    resting = [area for area in missing if chasing.is_resting(area.chased_at, now)]
    chasing.require_somebody(missing, resting)
    chased = [area for area in missing if area not in resting]
    audit.act(
        by, audit_types.DAILY_CHASED, round, after={"date": day, "unit": unit.code, "units": len(chased)}
    )
    rows = Chase.objects.bulk_create(_row(round, area, day, by) for area in chased)
    _tell(rows, due_at(day, cut_offs(round)[Level.TOWNSHIP]), by)
    return rows


def _one_at_a_time(round: "Round") -> None:
    """Two offices that chase at once: the second sees what the first has done."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('reports.chase'), %s)", [round.pk])


def _row(round: "Round", area: Area, day: datetime.date, by: "Scope") -> Chase:
    return Chase(
        round=round,
        area=area,
        date=day,
        number=(area.chased or 0) + 1,
        chased_by=by.assignment,
        chased_by_name=by.name,
        chased_by_office=by.office,
    )


def _tell(rows: list[Chase], due: datetime.datetime, by: "Scope") -> None:
    """The deadline's own text to each township, with who chases. One statement."""
    deadlines = [DAILY.at(row.area, due, day_url(row.date), day=row.date) for row in rows]
    tell(
        Telling(
            one.area_id,
            one.roles,
            NoticeKind.CHASE,
            f"{by.office}催报：{one.text}，还没有上报",
            f"chase:{one.key}:{row.number}",
            one.url,
            one.due,
        )
        for row, one in zip(rows, deadlines, strict=True)
    )
