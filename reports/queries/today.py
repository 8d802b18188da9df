"""What 今日 shows of the reports of a city or a county: three queries for figures, cards, panel and chart together."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.choices import Level
from reports.models import RollupRow
from reports.queries.season import below_on_its_day
from reports.queries.settings import InForce, in_force_of
from reports.rules.days import local_day, why_not_asked
from reports.rules.timing import due_at

if TYPE_CHECKING:
    from accounts.scope import Scope

TREND_DAYS = 30


@dataclass(frozen=True)
class Picture:
    """The unit's own totals by day, its children's of the day and the day before, and the clock of the day."""

    force: InForce
    day: datetime.date
    due: datetime.datetime
    own: dict[datetime.date, RollupRow]
    children: list[tuple[RollupRow, RollupRow | None]]

    @property
    def now(self) -> RollupRow | None:
        return self.own.get(self.day)

    @property
    def before(self) -> RollupRow | None:
        return self.own.get(self.day - datetime.timedelta(days=1))

    @property
    def is_closed(self) -> bool:
        """Whether the day's cut-off has passed."""
        return self.force.now > self.due


def picture_of(scope: "Scope") -> Picture | None:
    """The reports of the unit in force today; None without a round, outside its days, or below a county."""
    if "reports_today" not in scope.memo:
        scope.memo["reports_today"] = _picture(scope)
    return scope.memo["reports_today"]


def _picture(scope: "Scope") -> Picture | None:
    unit = scope.unit
    if unit is None or unit.level > Level.COUNTY:
        return None
    force = in_force_of(scope)
    if force is None:
        return None
    day = local_day(force.now)
    if why_not_asked(force.round, day):
        return None
    yesterday = day - datetime.timedelta(days=1)
    rows = (
        RollupRow.objects.visible_to(scope)
        .filter(
            Q(area=unit, date__range=(day - datetime.timedelta(days=TREND_DAYS), day))
            | below_on_its_day(unit) & Q(date__in=(day, yesterday)),
            round=force.round,
        )
        .select_related("area")
        .order_by("area__sort_order", "area__path", "date")
    )
    own = {row.date: row for row in rows if row.area_id == unit.pk}
    earlier = {row.area_id: row for row in rows if row.date == yesterday}
    children = [(row, earlier.get(row.area_id)) for row in rows if row.date == day and row.area_id != unit.pk]
    return Picture(force, day, due_at(day, force.cut_offs[Level.TOWNSHIP]), own, children)
