"""Totals as they stood at any moment: added up at read from what was filed by then. Nothing of it is stored.

A revision is never changed and `filed_at` is the database's clock, so the newest revision filed by a moment is what was
known then. The rows have the shape of the stored ones (`RollupRow`, unsaved), so that every table reads both alike.
Records are kept as they are now: a township that had filed nothing stands with the villages its records hold today.
"""

import datetime
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from django.db import connections

from accounts.models import Area
from elections.models import Round
from reports import metrics
from reports.models import RollupRow
from reports.queries.season import Season
from reports.queries.settled import settle
from reports.queries.statistical import MANAGING, STATISTICAL, superior, tree_rows
from reports.queries.township_sql import ASKED, TOWNSHIPS, township_columns, township_select
from reports.rules.tree_totals import added_up, set_ranks

if TYPE_CHECKING:
    from accounts.scope import Scope

KNOWN = " AND r.filed_at <= %(moment)s"
_JSON = ("gaps", "extras")


@dataclass
class Past:
    """What a reader sees of some rounds as of one moment; the townships of a day are read once.

    `latest`: the moment is now. `whole`: whether the reader sees the whole city; default: what the scope covers.
    """

    scope: "Scope"
    season: Season
    moment: datetime.datetime
    latest: bool = False
    whole: bool | None = None
    _days: dict[datetime.date, list[RollupRow]] = field(default_factory=dict)
    _areas: dict[int, Area] = field(default_factory=dict)
    _settled: bool = False

    def townships(self, days: list[datetime.date]) -> list[RollupRow]:
        """Township rows of the rounds on these days, those of the scope, in the order of the tree.

        One statement for all days not read before, one for their areas.
        """
        wanted = [day for day in days if day not in self._days]
        if wanted:
            self._days |= {day: [] for day in wanted}
            for row in self._read(wanted):
                self._days[row.date].append(row)
        return [row for day in days for row in self._days[day]]

    def _read(self, days: list[datetime.date]) -> list[RollupRow]:
        columns = township_columns()
        self._settle()
        with connections["default"].cursor() as cursor:
            cursor.execute(
                _statement(), {**round_facts(self.season.rounds), "days": days, "moment": self.moment}
            )
            found = [dict(zip(columns, values, strict=True)) for values in cursor.fetchall()]
        missing = {one["area_id"] for one in found} - self._areas.keys()
        if missing:
            areas = Area.objects.select_related("parent__parent", "statistical_parent__parent")
            self._areas |= areas.in_bulk(missing)
        rows = [self._row(one) for one in found if one["unit_path"].startswith(self.scope.path)]
        return sorted(rows, key=_place)

    def _settle(self) -> None:
        """Once: what was stamped by the moment and is on its way is let in first, so that each reading is the same."""
        if not self._settled:
            settle()
            self._settled = True

    def _row(self, values: dict[str, Any]) -> RollupRow:
        for key in ("parent_id", "parent_level"):
            del values[key]
        for key in _JSON:
            values[key] = json.loads(values[key])
        return RollupRow(**values, ranks={}, folded_at=self.moment, area=self._areas[values.pop("area_id")])

    def rows(self, unit: Area, days: list[datetime.date], tree: str = MANAGING) -> list[RollupRow]:
        """Rows of `unit` and of the units below it, as the stored ones: same figures, same places."""
        townships = self.townships(days)
        return [
            row
            for day in days
            for row in self._of_day(unit, day, [r for r in townships if r.date == day], tree)
        ]

    def _of_day(
        self, unit: Area, day: datetime.date, townships: list[RollupRow], tree: str
    ) -> list[RollupRow]:
        if self.season.province is not None:
            return self._of_province(day, townships)
        round = self.season.rounds[0]
        above = superior if tree == STATISTICAL else managing_superior
        rows = tree_rows(round.area, unit, day, townships, above)
        if not (self.scope.covers(round.area) if self.whole is None else self.whole):
            # Below the city its siblings are not seen, so its own place among them is not told.
            for row in rows:
                if row.area_id == unit.pk:
                    row.ranks = {}
        return rows if tree == STATISTICAL else sorted(rows, key=_place)

    def _of_province(self, day: datetime.date, townships: list[RollupRow]) -> list[RollupRow]:
        below: dict[int, list[RollupRow]] = defaultdict(list)
        for row in townships:
            below[row.round_id or 0].append(row)
        cities = [added_up(one.area, day, below[one.pk]) for one in self.season.rounds if below[one.pk]]
        set_ranks(cities)
        if not cities or self.season.province is None:
            return []
        whole = added_up(self.season.province, day, cities)
        whole.round_id = None
        return [whole, *cities]

    def sums(self, day: datetime.date, tree: str = MANAGING) -> dict[int, dict[str, Any]]:
        """Flows added up from the first reporting day to `day`, by unit. One statement."""
        flows = [metric.key for metric in metrics.flows()]
        columns = ("townships", "filed", *flows)
        townships = {row.area_id: row for row in self.townships([day])}
        with connections["default"].cursor() as cursor:
            cursor.execute(
                _sums(flows),
                {
                    "rounds": [round.pk for round in self.season.rounds],
                    "first": self.season.first,
                    "day": day,
                    "moment": self.moment,
                },
            )
            filed = {area_id: values for area_id, *values in cursor.fetchall()}
        found: dict[int, dict[str, Any]] = {}
        above = superior if tree == STATISTICAL else managing_superior
        firsts = {round.pk: round.reporting_from for round in self.season.rounds}
        for pk, row in townships.items():
            asked = (day - firsts[row.round_id or 0]).days + 1
            values = [asked, *filed.get(pk, [0, *(None for _ in flows)])]
            for unit in self._units(row, above(cast("Area", row.area))):
                total = found.setdefault(unit, dict.fromkeys(columns))
                for column, value in zip(columns, values, strict=True):
                    if value is not None:
                        total[column] = (total[column] or 0) + value
        return found

    def _units(self, row: RollupRow, above: Area) -> set[int]:
        """The township, the unit that counts it, the city and, of several rounds, the province."""
        round = next(one for one in self.season.rounds if one.pk == row.round_id)
        province = {self.season.province.pk} if self.season.province is not None else set()
        return {row.area_id, above.pk, round.area_id} | province


def managing_superior(township: Area) -> Area:
    """Who manages a township; the parent must have been read."""
    return township.parent  # type: ignore[return-value]


def _place(row: RollupRow) -> tuple[int, str]:
    return row.area.sort_order, row.area.path


def round_facts(rounds: tuple[Round, ...]) -> dict[str, Any]:
    """Rounds with their first and last day, as the statements of the township rows ask for them."""
    return {
        "rounds": [round.pk for round in rounds],
        "firsts": [round.reporting_from for round in rounds],
        "untils": [round.reporting_to for round in rounds],
    }


def _statement() -> str:
    """Township rows of `days` from what was filed by `moment`: the fold's own statement, with its list made here."""
    return f"""{ASKED}{TOWNSHIPS}, rollup_todo AS MATERIALIZED (
    SELECT t.round_id, t.year, t.id AS area_id, day.date, t.level, t.path AS unit_path, t.parent_id, t.parent_level
      FROM township t CROSS JOIN unnest(%(days)s::date[]) day(date) WHERE day.date BETWEEN t.first AND t.until
)
SELECT {township_select(KNOWN)}"""


def _sums(flows: list[str]) -> str:
    """Filed days and flows of each township, of the newest revision of each day filed by `moment`."""
    totals = ", ".join(f"sum(s.{key})" for key in flows)
    sums = ", ".join(f"sum(f.{key}) AS {key}" for key in flows)
    return f"""
SELECT n.area_id, count(*), {totals}
  FROM (SELECT DISTINCT ON (r.area_id, r.date) r.id, r.area_id, r.date FROM reports_dailyrevision r
         WHERE r.round_id = ANY (%(rounds)s) AND r.date BETWEEN %(first)s AND %(day)s{KNOWN}
         ORDER BY r.area_id, r.date, r.number DESC) n
 CROSS JOIN LATERAL (
      SELECT {sums} FROM reports_dailyfigure f WHERE f.date = n.date AND f.revision_id = n.id OFFSET 0) s
 GROUP BY n.area_id"""
