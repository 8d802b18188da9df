"""The stored totals of a unit and of the units below it, as a table of cells: three queries, four with cumulative sums."""

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Sum

from accounts.choices import Level
from accounts.models import Area
from reports import metrics
from reports.models import RollupRow
from reports.queries.as_of import Past
from reports.queries.flags import Flags, day_flags
from reports.queries.season import Season
from reports.queries.statistical import MANAGING, STATISTICAL, statistical_rows, statistical_sums
from reports.queries.villages import village_rows
from reports.rules.catalogue import STEP_OF
from reports.rules.rollup_layouts import Column, Layout, is_date, is_flow
from reports.rules.sheet_layout import empty_word
from reports.rules.tree_totals import set_ranks

if TYPE_CHECKING:
    from accounts.scope import Scope

MODES = {"day": "当日", "total": "累计", "week": "比上周"}


@dataclass
class Cell:
    """One figure. `value` None is 未报; `text` replaces the figure where it is not a number of its own.

    kind: int, rate, change, rank, date · incomplete: townships the figure does without · gap: 未报, 不适用, 不详.
    """

    column: Column
    value: int | float | datetime.date | None
    kind: str = "int"
    mark: str = ""
    incomplete: int = 0
    gap: tuple[int, int, int] = (0, 0, 0)
    moved: int = 0
    opens: bool = False


@dataclass
class Line:
    """One unit of the table."""

    code: str
    name: str
    level: int
    path: str
    cells: list[Cell] = field(default_factory=list)
    missing: int = 0
    source_date: datetime.date | None = None
    flags: Flags = field(default_factory=Flags)


@dataclass(frozen=True)
class Table:
    """Children of `unit` on `day`, and its own total.

    `folded_at` is the moment the totals were made; `as_of` the one they stand for, None for the stored ones.
    """

    unit: Area
    day: datetime.date
    mode: str
    layout: Layout
    lines: list[Line]
    total: Line | None
    townships: int
    filed: int
    folded_at: datetime.datetime | None
    tree: str = MANAGING
    as_of: datetime.datetime | None = None

    @property
    def title(self) -> str:
        """Heading of the table; it names the tree where that is not the managing one."""
        suffix = "（按统计区划）" if self.tree == STATISTICAL else ""
        return f"{self.unit.name}{self.layout.title}{suffix}"


def totals_table(
    scope: "Scope",
    season: Season,
    unit: Area,
    day: datetime.date,
    layout: Layout,
    mode: str = "day",
    tree: str = MANAGING,
    past: Past | None = None,
) -> Table:
    """The table of one unit on one day; at a township its rows are the villages of the filed report.

    `past`: as of its moment, from what was filed by then; without it the stored totals. The statistical tree has one
    round: the reader's scope must cover its city.
    """
    before = day - datetime.timedelta(days=7 if mode == "week" else 1)
    rows, summed = _read(scope, season, unit, [day, before], tree, past, cumulative=mode == "total")
    now = {row.area_id: row for row in rows if row.date == day}
    then = {row.area_id: row for row in rows if row.date == before}
    made = {pk: _line(row, then.get(pk), summed.get(pk), layout) for pk, row in now.items()}
    if past is None or past.latest:  # what is open is known of now alone
        _flag(scope, season, unit, day, list(made.values()), tree)
    total, own = made.pop(unit.pk, None), now.get(unit.pk)
    lines = list(made.values())
    if unit.level == Level.TOWNSHIP and own is not None:
        lines = [_village_line(row, own, layout) for row in village_rows(own, past.moment if past else None)]
    return Table(
        unit=unit,
        day=day,
        mode=mode,
        layout=layout,
        lines=lines,
        total=total,
        townships=own.townships if own else 0,
        filed=own.filed if own else 0,
        folded_at=own.folded_at if own else None,
        tree=tree,
        as_of=past.moment if past else None,
    )


def _read(
    scope: "Scope",
    season: Season,
    unit: Area,
    days: list[datetime.date],
    tree: str,
    past: Past | None,
    *,
    cumulative: bool,
) -> tuple[list[RollupRow], dict[int, dict[str, Any]]]:
    """Rows of the unit and those below it on both days; with `cumulative` their flows added up to the first of them."""
    day = days[0]
    if past is not None:
        rows = past.rows(unit, days, tree)
        sums = past.sums(unit, day, tree) if cumulative else {}
    elif tree == STATISTICAL:
        rows = statistical_rows(scope, season.rounds[0], unit, days)
        sums = statistical_sums(scope, season.rounds[0], day) if cumulative else {}
    else:
        rows = _stored(scope, season, unit, days)
        sums = _summed(scope, season, unit, day) if cumulative else {}
    return rows, sums


def _flag(
    scope: "Scope", season: Season, unit: Area, day: datetime.date, lines: list[Line], tree: str
) -> None:
    """Say of each line what is open or forwarded below it. Two queries, three at a province.

    The statistical tree sums up townships that other offices answer for: there the units say nothing of the kind.
    """
    if tree == STATISTICAL:
        return
    counties = [line.path for line in lines if line.level == Level.COUNTY]
    if unit.level < Level.CITY:
        found = RollupRow.objects.visible_to(scope).within(unit).filter(level=Level.COUNTY, date=day)
        rounds = [round.pk for round in season.rounds]
        counties = list(found.filter(round__in=rounds).order_by().values_list("unit_path", flat=True))
    found_flags = day_flags(scope, season.rounds, unit, day, counties)
    for line in lines:
        line.flags = found_flags.below(line.path)


def _stored(scope: "Scope", season: Season, unit: Area, days: list[datetime.date]) -> list[RollupRow]:
    """Stored rows of a unit and of those below it. Places of cities are made here: their rounds are apart."""
    rows = list(
        RollupRow.objects.visible_to(scope)
        .filter(season.rows(unit), date__in=days)
        .select_related("area")
        .order_by("area__sort_order", "area__code")
    )
    if season.province is not None:
        for day in days:
            set_ranks(row for row in rows if row.date == day and row.area_id != unit.pk)
    return rows


def _summed(scope: "Scope", season: Season, unit: Area, day: datetime.date) -> dict[int, dict[str, Any]]:
    """Flows added up from the first reporting day to `day`, by unit. One query."""
    flows = [metric.key for metric in metrics.flows()]
    rows = (
        RollupRow.objects.visible_to(scope)
        .filter(season.rows(unit), date__range=(season.first, day))
        .order_by()
        .values("area_id")
        .annotate(
            **{f"sum_{key}": Sum(key) for key in flows},
            sum_townships=Sum("townships"),
            sum_filed=Sum("filed"),
        )
    )
    return {row["area_id"]: {key.removeprefix("sum_"): value for key, value in row.items()} for row in rows}


def _line(row: RollupRow, before: RollupRow | None, summed: dict | None, layout: Layout) -> Line:
    line = Line(
        row.area.code,
        row.area.name,
        row.area.level,
        row.area.path,
        missing=row.townships - row.filed,
        source_date=row.source_date,
    )
    line.cells = [_cell(column, row, before, summed) for column in layout.columns]
    return line


def _cell(column: Column, row: RollupRow, before: RollupRow | None, summed: dict | None) -> Cell:
    missing = row.townships - row.filed
    if column.show == "missing":
        return Cell(column, missing, opens=missing > 0)
    gap = tuple(row.gaps.get(column.key, (0, 0, 0)))
    if column.show == "local":
        return Cell(column, row.extras.get(column.key), incomplete=0)
    if column.show == "value":
        flow = is_flow(column.key)
        value = summed[column.key] if flow and summed else getattr(row, column.key)
        incomplete = (summed["townships"] - summed["filed"] if summed else missing) if flow else 0
        # Nobody has reached the step the figure follows from: 未到, not 未报.
        mark = "not_reached" if value is None and column.key in STEP_OF and not gap[0] else ""
        return Cell(column, value, mark=mark, incomplete=incomplete, gap=gap, opens=value is not None)
    if column.show == "change":
        return _change(column, row, before, missing)
    if column.show == "rank":
        rank = row.ranks.get(column.key)
        earlier = before.ranks.get(column.key) if before else None
        moved = (earlier - rank) if rank and earlier else 0
        return Cell(column, rank, "rank", mark="" if rank else "none", moved=moved)
    return _ratio(column, row, gap)


def _change(column: Column, row: RollupRow, before: RollupRow | None, missing: int) -> Cell:
    """Increase since the day (or week) before; with townships missing it is a lower bound."""
    now, then = getattr(row, column.key), getattr(before, column.key, None) if before else None
    if now is None or then is None:
        return Cell(column, None, "change", mark="none")
    return Cell(column, now - then, "change", incomplete=missing, opens=is_date(column.key))


def _ratio(column: Column, row: RollupRow, gap: tuple[int, int, int]) -> Cell:
    """Share of the villages due (those the step does not apply to left out), or rate of another figure."""
    part = getattr(row, column.key)
    whole = getattr(row, column.of) if column.show == "rate" else (row.due or 0) - gap[1]
    if part is None or not whole:
        return Cell(column, None, "rate", mark="none")
    return Cell(column, 100 * part / whole, "rate")


def _village_line(row: dict, own: RollupRow, layout: Layout) -> Line:
    """One village of the township's newest report; increases, shares and ranks belong to units above."""
    line = Line(row["code"], row["name"], Level.VILLAGE, own.area.path, source_date=own.source_date)
    flows_known = own.source_date == own.date
    for column in layout.columns:
        if column.show == "local":
            line.cells.append(
                Cell(column, row["extras"].get(column.key), mark=row["marks"].get(column.key, ""))
            )
        elif column.show != "value":
            line.cells.append(Cell(column, None, mark="none"))
        elif is_flow(column.key) and not flows_known:
            line.cells.append(Cell(column, None))
        else:
            value, mark = row[column.key], row["marks"].get(column.key, "")
            if value is None and not mark:
                mark = empty_word(metrics.by_key()[column.key], row)
            kind = "date" if is_date(column.key) else "int"
            line.cells.append(Cell(column, value, kind, mark=mark))
    return line
