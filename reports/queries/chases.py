"""Which townships of a unit have not filed a day, and how often each was chased."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, Max, OuterRef

from accounts.formats import moment
from accounts.models import Area
from elections.models import Org, Round
from reports.models import Chase, DailySheet

if TYPE_CHECKING:
    from accounts.scope import Scope


@dataclass(frozen=True)
class Chased:
    """How often a township was chased for a day; the last time and by whom."""

    count: int
    at: datetime.datetime
    by: str

    @property
    def words(self) -> str:
        """催 2 次，11-22 16:40 东塘区换届办 王某."""
        return f"催 {self.count} 次，最近 {moment(self.at)} {self.by}"


def chases(
    scope: "Scope", round: Round, unit: Area, first: datetime.date, last: datetime.date
) -> dict[tuple[int, datetime.date], Chased]:
    """(township, day) → its chases, over a span of days. One query."""
    rows = (
        Chase.objects.visible_to(scope)
        .within(unit)
        .filter(round=round, date__range=(first, last))
        .order_by("area_id", "date", "-number")
        .distinct("area_id", "date")
    )
    return {(row.area_id, row.date): Chased(row.number, row.chased_at, row.chased_by_office) for row in rows}


def missing_townships(scope: "Scope", round: Round, unit: Area, day: datetime.date) -> list[Area]:
    """Townships of the unit, itself included, with villages in the round and no filed report of the day. One query.

    Each has `chased` (number of chases so far) and `chased_at` (the last).
    """
    parents = Org.objects.visible_to(scope).filter(round=round).within(unit).values("area__parent_id")
    filed = DailySheet.objects.filter(round=round, date=day, area=OuterRef("pk"), revisions__gte=1)
    before = Chase.objects.filter(round=round, date=day, area=OuterRef("pk")).order_by().values("area")
    return list(
        Area.objects.open_on(day)
        .filter(~Exists(filed), pk__in=parents)
        .annotate(
            chased=before.annotate(n=Count("pk")).values("n"),
            chased_at=before.annotate(last=Max("chased_at")).values("last"),
        )
        .select_related("parent")
        .order_by("path")
    )
