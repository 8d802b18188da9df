"""Totals as they stood at any moment: added up at read from what was filed by then. Nothing of it is stored.

A revision is never changed and `filed_at` is the database's clock, so the newest revision filed by a moment is what was
known then. The rows have the shape of the stored ones (`RollupRow`, unsaved), so that every table reads both alike.
Records are kept as they are now: a township that had filed nothing stands with the villages its records hold today.
The tree is that of the day asked for, as it is known now.
"""

import datetime
import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connections

from accounts.models import Area
from elections.models import Round
from reports import metrics
from reports.models import RollupRow
from reports.queries.season import Season
from reports.queries.settled import settle
from reports.queries.statistical import MANAGING, STATISTICAL, tree_rows
from reports.queries.township_sql import ASKED, SUPERIOR, TOWNSHIPS, township_columns, township_select
from reports.rules.tree_totals import added_up, set_ranks

if TYPE_CHECKING:
    from accounts.scope import Scope

MOMENT = "%(moment)s"
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
    _parents: dict[tuple[int, datetime.date], int] = field(default_factory=dict)

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
        missing = {one[key] for one in found for key in ("area_id", "parent_id")} - self._areas.keys()
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
        self._parents[values["area_id"], values["date"]] = values.pop("parent_id")
        del values["parent_level"]
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
        rows = tree_rows(round.area, unit, day, townships, lambda row: self.above(row, tree))
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

    def sums(self, unit: Area, day: datetime.date, tree: str = MANAGING) -> dict[int, dict[str, Any]]:
        """Flows added up from the first reporting day to `day`, by unit; each day counts where the township stood
        then. A township below `unit` has the days it stood under its superior of `day`. One statement.
        """
        there = {row.area_id: self.above(row, tree).pk for row in self.townships([day])}
        flows = [metric.key for metric in metrics.flows()]
        columns = ("townships", "filed", *flows)
        asked = {
            **round_facts(self.season.rounds),
            "day": day,
            "moment": self.moment,
            "scope": self.scope.path,
        }
        with connections["default"].cursor() as cursor:
            cursor.execute(_sums(flows), asked)
            found = cursor.fetchall()
        cities = {round.pk: round.area_id for round in self.season.rounds}
        province = {self.season.province.pk} if self.season.province is not None else set()
        totals: dict[int, dict[str, Any]] = {}
        for round_id, area_id, parent_id, statistical_id, *values in found:
            above = (statistical_id or parent_id) if tree == STATISTICAL else parent_id
            own = {area_id} if above == there.get(area_id) or area_id == unit.pk else set()
            for counted in own | {above, cities[round_id]} | province:
                total = totals.setdefault(counted, dict.fromkeys(columns))
                for column, value in zip(columns, values, strict=True):
                    if value is not None:
                        total[column] = (total[column] or 0) + value
        return totals

    def above(self, row: RollupRow, tree: str = MANAGING) -> Area:
        """Who managed the township on the row's day, or who counts it."""
        managing = self._areas[self._parents[row.area_id, row.date]]
        return (row.area.statistical_parent or managing) if tree == STATISTICAL else managing

    def stands_below(self, row: RollupRow, unit: Area) -> bool:
        """Whether the township stood at or below the unit on the row's day."""
        return row.area_id == unit.pk or self.above(row).path.startswith(unit.path)


def _place(row: RollupRow) -> tuple[int, str]:
    """Order of the units of one superior; the code and not the path, which says where a unit stands now."""
    return row.area.sort_order, row.area.code


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
    SELECT t.round_id, t.year, t.id AS area_id, day.date, a.level, a.path AS unit_path, a.parent_id, a.parent_level
      FROM township t CROSS JOIN unnest(%(days)s::date[]) day(date) {SUPERIOR.format(area="t.id", day="day.date")}
     WHERE day.date BETWEEN t.first AND t.until
)
SELECT {township_select(MOMENT)}"""


def _sums(flows: list[str]) -> str:
    """Round, township, superior, statistical superior, days asked and filed, and flows of the newest revisions filed by
    `moment`: one line for each superior a township has had. Only what has changed is looked up day by day.
    """
    totals = ", ".join(f"f.{key}" for key in flows)
    added = ", ".join(f"sum(s.{key}) AS {key}" for key in flows)
    sums = ", ".join(f"sum(f.{key}) AS {key}" for key in flows)
    then = SUPERIOR.format(area="t.id", day="d.day::date")
    return f"""{ASKED}{TOWNSHIPS}, place AS (
    SELECT t.*, a.statistical_parent_id, coalesce(a.version_from, a.valid_from, a.valid_to) IS NULL AS unchanged
      FROM township t JOIN accounts_area a ON a.id = t.id WHERE starts_with(t.path, %(scope)s)
), stay AS (
    SELECT t.round_id, t.id, t.parent_id, t.statistical_parent_id, least(t.until, %(day)s) - t.first + 1 AS asked
      FROM place t WHERE t.unchanged
     UNION ALL
    SELECT t.round_id, t.id, a.parent_id, t.statistical_parent_id, count(*)
      FROM place t CROSS JOIN LATERAL generate_series(t.first, least(t.until, %(day)s), interval '1 day') d(day) {then}
     WHERE NOT t.unchanged GROUP BY 1, 2, 3, 4
), filed AS (
    SELECT n.round_id, n.area_id, n.parent_id, count(*) AS days, {added}
      FROM (SELECT DISTINCT ON (r.area_id, r.date) r.id, r.round_id, r.area_id, r.date,
                   CASE WHEN t.unchanged THEN t.parent_id ELSE area_parent_on(t.id, r.date) END AS parent_id
              FROM reports_dailyrevision r JOIN place t ON t.id = r.area_id AND t.round_id = r.round_id
             WHERE r.round_id = ANY (%(rounds)s) AND r.date BETWEEN t.first AND %(day)s AND r.filed_at <= {MOMENT}
             ORDER BY r.area_id, r.date, r.number DESC) n
     CROSS JOIN LATERAL (
          SELECT {sums} FROM reports_dailyfigure f WHERE f.date = n.date AND f.revision_id = n.id OFFSET 0) s
     GROUP BY 1, 2, 3
)
SELECT s.round_id, s.id, s.parent_id, s.statistical_parent_id, s.asked, coalesce(f.days, 0), {totals}
  FROM stay s LEFT JOIN filed f ON f.round_id = s.round_id AND f.area_id = s.id AND f.parent_id = s.parent_id"""
