"""What was filed after a moment and changed a unit's totals of a day: each late report by name, with its figures.

A township's row of a day is made of its newest revision on or before that day. So it changes exactly when a revision
is filed that no later day of the township stands before; the rows just before and just after it say what it changed.
Their differences add up to the difference of the totals.
"""

import datetime
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connections

from accounts.choices import Level
from accounts.models import Area
from accounts.querysets import path_end
from reports import metrics
from reports.queries.as_of import round_facts
from reports.queries.season import Season
from reports.queries.settings import local_metrics
from reports.queries.township_sql import ASKED, SUPERIOR, TOWNSHIPS, township_columns, township_select
from reports.rules.rollup_layouts import Layout, is_flow

if TYPE_CHECKING:
    from accounts.scope import Scope

OTHER_NAMES = {"voters_polled": "投票村选民", "missing": "缺报"}
_INSTANT = datetime.timedelta(microseconds=1)


@dataclass(frozen=True)
class Window:
    """Which reports: of a unit's townships, filed after `then` and by `now`, that count on `days`.

    `since`: the first day whose flows are added up, None where they are not. `townships`: only these of the unit's.
    """

    season: Season
    unit: Area
    days: list[datetime.date]
    then: datetime.datetime
    now: datetime.datetime
    since: datetime.date | None = None
    townships: list[int] | None = None


@dataclass(frozen=True)
class Effect:
    """One figure of the township on one day, before and after the report; None is 未报."""

    day: datetime.date
    key: str
    name: str
    before: int | None
    after: int | None


@dataclass(frozen=True)
class VillageEdit:
    """One figure of a village that a correction changed; a mark (na, unknown) stands in its place."""

    village: str
    name: str
    before: Any
    after: Any


@dataclass
class LateReport:
    """One revision that came after the moment. `number` 1: the township's first report of the day, else a correction."""

    id: int
    round_id: int
    area_id: int
    date: datetime.date
    number: int
    filed_at: datetime.datetime
    filed_by: str
    office: str
    reason: str
    consented_by: str
    changes: list[dict[str, Any]]
    days: list[datetime.date]
    code: str = ""
    township: str = ""
    county: str = ""
    effects: list[Effect] = field(default_factory=list)
    villages: list[VillageEdit] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """补报: the first report of its day; 更正: one that replaces another."""
        return "更正" if self.number > 1 else "补报"


def late_reports(scope: "Scope", window: Window, layout: Layout) -> list[LateReport]:
    """Late reports in the order of filing, with what each changed in the figures of `layout`. At most five queries."""
    found = _found(scope, window)
    if not found:
        return []
    rows = _rows(window.season, found)
    names = _names(window, layout)
    areas = Area.objects.select_related("parent").in_bulk({one.area_id for one in found})
    codes = {change["village"] for one in found for change in one.changes}
    villages = dict(Area.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    for one in found:
        area = areas[one.area_id]
        one.code, one.township = area.code, area.name
        one.county = area.parent.name if area.parent else ""
        one.effects = [
            effect for day in one.days for effect in _effects(one, day, rows, window, layout, names)
        ]
        one.villages = [
            VillageEdit(
                villages.get(change["village"], change["village"]),
                names.get(change["key"], change["key"]),
                change["from"],
                change["to"],
            )
            for change in one.changes
        ]
    return found


# A report counts on a day unless one of a later day (up to it) had been filed before.
_LATE = """
SELECT r.id, r.round_id, r.area_id, r.date, r.number, r.filed_at, r.filed_by_name, r.filed_by_office, r.reason,
       r.consented_by_name, r.changes::text, counted.days
  FROM reports_dailyrevision r
 CROSS JOIN LATERAL (
       SELECT array_agg(asked.day ORDER BY asked.day DESC) AS days FROM (
              SELECT e.day FROM unnest(%(days)s::date[]) e(day)
               WHERE r.date <= e.day AND NOT EXISTS (
                     SELECT FROM reports_dailyrevision y
                      WHERE y.round_id = r.round_id AND y.area_id = r.area_id AND y.date > r.date AND y.date <= e.day
                        AND y.filed_at < r.filed_at)
               UNION SELECT r.date WHERE r.date >= %(since)s) asked OFFSET 0) counted
 WHERE r.round_id = ANY (%(rounds)s) AND r.date <= %(last)s AND r.filed_at > %(then)s AND r.filed_at <= %(now)s
   AND r.unit_path >= %(low)s AND r.unit_path < %(high)s
   AND r.unit_path >= %(scope_low)s AND r.unit_path < %(scope_high)s
   AND (%(county)s::bigint IS NULL OR area_parent_on(r.area_id, r.date) = %(county)s)
   AND (%(townships)s::bigint[] IS NULL OR r.area_id = ANY (%(townships)s)) AND counted.days IS NOT NULL
 ORDER BY r.filed_at, r.id"""


_FIELDS = (
    "id", "round_id", "area_id", "date", "number", "filed_at", "filed_by", "office", "reason", "consented_by",
    "changes", "days",
)  # fmt: skip


def _found(scope: "Scope", window: Window) -> list[LateReport]:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            _LATE,
            {
                "days": window.days,
                "since": window.since or datetime.date.max,
                "rounds": [round.pk for round in window.season.rounds],
                "last": max(window.days),
                "then": window.then,
                "now": window.now,
                "low": window.unit.path,
                "high": window.unit.path_end,
                "scope_low": scope.path,
                "scope_high": path_end(scope.path),
                "townships": window.townships,
                # A township that came from elsewhere since counted there.
                "county": window.unit.pk if window.unit.level == Level.COUNTY else None,
            },
        )
        rows = cursor.fetchall()
    return [
        LateReport(**dict(zip(_FIELDS, row, strict=True)) | {"changes": json.loads(row[10])}) for row in rows
    ]


_Key = tuple[int, datetime.date, datetime.datetime]


def _rows(season: Season, found: list[LateReport]) -> dict[_Key, dict[str, Any]]:
    """The township's row of each day counted, just before and just after each report: the fold's own statement."""
    asked = [
        (one.area_id, day, moment)
        for one in found
        for day in one.days
        for moment in (one.filed_at - _INSTANT, one.filed_at)
    ]
    areas, days, moments = (list(part) for part in zip(*asked, strict=True))
    columns = ("moment", *township_columns())
    with connections["default"].cursor() as cursor:
        cursor.execute(
            _statement(), {**round_facts(season.rounds), "areas": areas, "days": days, "moments": moments}
        )
        rows = [dict(zip(columns, values, strict=True)) for values in cursor.fetchall()]
    return {(row["area_id"], row["date"], row["moment"]): row for row in rows}


def _statement() -> str:
    known = township_select("t.moment")
    return f"""{ASKED}{TOWNSHIPS}, rollup_todo AS MATERIALIZED (
    SELECT t.round_id, t.year, t.id AS area_id, q.date, a.level, a.path AS unit_path, a.parent_id, a.parent_level,
           q.moment
      FROM (SELECT DISTINCT * FROM unnest(
            %(areas)s::bigint[], %(days)s::date[], %(moments)s::timestamptz[]) q(area_id, date, moment)) q
      JOIN township t ON t.id = q.area_id {SUPERIOR.format(area="t.id", day="q.date")}
)
SELECT t.moment, {known}"""  # noqa: S608


def _names(window: Window, layout: Layout) -> dict[str, str]:
    own = [item for round in window.season.rounds for item in local_metrics(round, max(window.days))]
    return {
        **OTHER_NAMES,
        **{metric.key: metric.name for metric in metrics.table()},
        **{item.key: item.name for item in own},
    }


def _effects(
    one: LateReport,
    day: datetime.date,
    rows: dict[_Key, dict[str, Any]],
    window: Window,
    layout: Layout,
    names: dict[str, str],
) -> list[Effect]:
    before = rows.get((one.area_id, day, one.filed_at - _INSTANT))
    after = rows.get((one.area_id, day, one.filed_at))
    if before is None or after is None:
        return []
    pairs = [(key, figure_of(before, key), figure_of(after, key)) for key in _keys(day, window, layout)]
    return [Effect(day, key, names.get(key, key), old, new) for key, old, new in pairs if old != new]


def _keys(day: datetime.date, window: Window, layout: Layout) -> list[str]:
    """Figures of the table that a township's row of `day` takes part in."""
    if day == window.days[0]:
        return [*(key for key in layout.keys), "missing"]
    keys = [column.key for column in layout.columns if day in window.days and column.show == "change"]
    if window.since is not None:
        keys += [key for key in layout.keys if is_flow(key)]
    return list(dict.fromkeys(keys))


def figure_of(row: dict[str, Any], key: str) -> int | None:
    """A figure of a township's row: of a column, of the city's own items, or whether its report is missing."""
    if key == "missing":
        return row["townships"] - row["filed"]
    if key in row:
        return row[key]
    extras = row["extras"]
    return (json.loads(extras) if isinstance(extras, str) else extras).get(key)
