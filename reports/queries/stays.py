"""Under whom a township stood on which days: what the grids of past days are drawn by (docs/areas.md)."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connections
from django.db.models import OuterRef, Q
from django.db.models.functions import Coalesce, JSONObject
from django.utils.dateparse import parse_date

from accounts.choices import Level
from accounts.models import Area, AreaVersion
from accounts.querysets import path_range
from elections.models import Org, Round
from reports.models import DailySheet

if TYPE_CHECKING:
    from accounts.scope import Scope


@dataclass(frozen=True)
class Stay:
    """A township under one superior, from `since` (None: from its beginning) until the day before `until`."""

    area: Area
    parent: Area
    since: datetime.date | None
    until: datetime.date | None

    def holds_on(self, day: datetime.date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or self.until > day)

    def is_below(self, unit: Area) -> bool:
        """Whether the township is at or below the unit now, so that the unit reads its rows."""
        return self.area.path.startswith(unit.path)


def stays(scope: "Scope", round: Round, unit: Area, first: datetime.date, last: datetime.date) -> list[Stay]:
    """Townships with villages in the round that stood at or below `unit` from `first` to `last`, in the order of the tree.

    One that has moved away or ended had its villages then. One query; one more where a township has moved.
    """
    former = AreaVersion.objects.filter(path_range(unit.path, "path"), valid_to__gt=first).filter(
        Q(valid_from=None) | Q(valid_from__lte=last)
    )
    here = path_range(unit.path, "path")
    parents = Org.objects.visible_to(scope).filter(round=round).within(unit).values("area__parent_id")
    gone = (here & Q(valid_to__isnull=False)) | (~here & Q(pk__in=former.values("area_id")))
    versions = AreaVersion.objects.filter(area=OuterRef("pk")).order_by("valid_to")
    states = ArraySubquery(
        versions.values(
            state=JSONObject(parent="parent_id", path="path", since="valid_from", until="valid_to")
        )
    )
    areas = list(
        Area.objects.filter(Q(pk__in=parents) | gone, level=Level.TOWNSHIP)
        .select_related("parent")
        .annotate(states=states, since=Coalesce("version_from", "valid_from"))
    )
    parents_then = _parents(areas)
    found = [
        stay
        for area in areas
        for stay in _stays_of(area, parents_then)
        if (stay.until is None or stay.until > first) and (stay.since is None or stay.since <= last)
        if area.pk == unit.pk or _place(stay).startswith(unit.path)
    ]
    return sorted(found, key=lambda stay: (*_order(stay.parent), *_order(stay.area)))


def _parents(areas: list[Any]) -> dict[int, Area]:
    known = {area.parent_id: area.parent for area in areas}
    missing = {state["parent"] for area in areas for state in area.states} - known.keys()
    return known | (Area.objects.in_bulk(missing) if missing else {})


def _stays_of(area: Any, parents: dict[int, Area]) -> list[Stay]:
    """The states of a township joined where only its name or kind changed."""
    states = [(s["parent"], parse_date(s["since"] or ""), parse_date(s["until"])) for s in area.states]
    found: list[Stay] = []
    for parent, since, until in [*states, (area.parent_id, area.since, area.valid_to)]:
        if found and found[-1].parent.pk == parent and found[-1].until == since:
            found[-1] = Stay(area, parents[parent], found[-1].since, until)
        elif until is None or since is None or since < until:
            found.append(Stay(area, parents[parent], since, until))
    return found


def _place(stay: Stay) -> str:
    return f"{stay.parent.path}{stay.area.code}/"


def _order(area: Area) -> tuple[int, str]:
    return area.sort_order, area.path


def sheets_of_left(
    round: Round, unit: Area, first: datetime.date, last: datetime.date
) -> tuple[dict[tuple[int, datetime.date], DailySheet], set[tuple[int, datetime.date, int]]]:
    """Sheets of days on which a township stood below `unit` that stands elsewhere now, and which are zero reports.

    The unit above them knew whether they were in, and still does; the figures it reads no more. One query.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT * FROM sheets_of_left(%s, %s, %s, %s)", [round.pk, unit.pk, first, last])
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    zeros = {(row["area_id"], row["date"], row["revisions"]) for row in rows if row.pop("is_zero")}
    sheets = [DailySheet(round=round, **row) for row in rows]
    return {(sheet.area_id, sheet.date): sheet for sheet in sheets}, zeros
