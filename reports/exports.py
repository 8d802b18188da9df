"""Totals as workbooks in the office's layout: one sheet for the unit, one for each unit below it."""

import datetime
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from accounts.choices import Level
from accounts.formats import recorded
from accounts.models import Area
from accounts.spreadsheets.layout import Column, Sheet
from elections.models import Round
from reports.queries.as_of import Past
from reports.queries.completeness import FORWARD_WORDS, STATE_WORDS, Completeness, UnitLine
from reports.queries.rollup import Cell, Line, Table, totals_table
from reports.queries.season import Season
from reports.queries.statistical import MANAGING
from reports.queries.village_lines import VillageLine
from reports.queries.villages import VillageFigure
from reports.rules.rollup_layouts import Layout

if TYPE_CHECKING:
    from accounts.scope import Scope

KINDS = {
    "local": "int",
    "value": "int",
    "share": "number",
    "rate": "number",
    "change": "int",
    "rank": "int",
    "missing": "int",
}
SHORT = {"zero": "零报告"}  # it is on time; the column is narrow
WORDS = {"na": "／", "unknown": "不详", "not_reached": "未到", "unreported": "未报", "none": "—"}
NOTES = (
    "注：1.“缺报”不为 0 的行，当日数和日增是不完整的合计，其余各数沿用未报乡镇上一稿。",
    "2.0 为没有发生，／为不适用，未报为应填未填，不详为查过查不到。3.位次按完成 % 排，并列同位次。",
)


def workbook_tables(
    scope: "Scope",
    round: Round,
    unit: Area,
    day: datetime.date,
    layout: Layout,
    mode: str,
    tree: str = MANAGING,
    past: Past | None = None,
) -> Iterator[Table]:
    """The unit by its children, then each child (county or township) by its own; about four queries a table."""
    season = Season((round,))
    table = totals_table(scope, season, unit, day, layout, mode, tree, past)
    yield table
    if unit.level < Level.TOWNSHIP:
        below = Area.objects.filter(code__in=[line.code for line in table.lines]).order_by(
            "sort_order", "path"
        )
        for child in below:
            yield totals_table(scope, season, child, day, layout, mode, tree, past)


def workbook_sheets(tables: Iterable[Table], *, scope: "Scope", printed: str = "") -> Iterator[Sheet]:
    """A sheet for each table, the first one named 总表; `printed` stands under each."""
    for n, table in enumerate(tables):
        yield totals_sheet(table, scope=scope, name=table.unit.name if n else "总表", printed=printed)


def all_villages_sheet(unit: Area, layout: Layout, lines: Iterable[VillageLine]) -> Sheet:
    """The same columns with every village of the unit on a line of its own, for programs.

    The villages of a township that has filed nothing by that day are there too, all 未报.
    """
    places = [Column("县(市、区)", width=14), Column("乡镇(街道)", width=16), Column("区划代码", width=16)]
    return Sheet(
        name="村(社区)",
        columns=[*places, *_columns(layout, dated=True)],
        rows=(_village(one, layout) for one in lines),
        title=f"{unit.name}{layout.title}",
    )


def _village(one: VillageLine, layout: Layout) -> list[Any]:
    figures = _line(one.line) if one.line else [one.name, *("未报" for _column in layout.columns)]
    return [one.county, one.township, one.code, *figures]


def totals_sheet(table: Table, *, scope: "Scope", name: str, printed: str = "") -> Sheet:
    """One table of totals; the last line is the stored total of the unit, not a sum made here."""
    return Sheet(
        name=name,
        columns=_columns(table.layout, dated=table.unit.level == Level.TOWNSHIP),
        rows=[_line(line) for line in table.lines],
        title=table.title,
        unit="个、人、%",
        date=dated(table.day, table.as_of),
        preparer=scope.name,
        office=scope.office,
        totals=[_line(table.total, "合计")] if table.total else [],
        notes=(*_notes(table), *([printed] if printed else [])),
        paper="A3",
        numbering=True,
    )


def _notes(table: Table) -> tuple[str, ...]:
    """The legend, and what is still open in the units of this table."""
    lines = [(line.name, line.flags) for line in table.lines if line.flags.words]
    open_below = [
        f"{name}：{'、'.join(flags.words)}" for name, flags in lines if flags.words and not flags.counties
    ]
    own = table.total.flags.words if table.total else []
    if not own and not open_below:
        return NOTES
    return (*NOTES, f"4.{'、'.join(own)}。" + ("；".join(open_below) + "。" if open_below else ""))


def dated(day: datetime.date, moment: datetime.datetime | None) -> str:
    """The valid day and, where one was asked for, the recorded moment."""
    return f"数据日：{day:%Y年%m月%d日}{_known(moment)}"


def _known(moment: datetime.datetime | None) -> str:
    """The recorded moment, behind the valid day; nothing where none was asked for."""
    return f"，{recorded(moment)}" if moment else ""


def _columns(layout: Layout, *, dated: bool) -> list[Column]:
    columns = [Column("单位", width=16)]
    for group in layout.groups:
        for column in group.columns:
            kind = "text" if dated and column.show == "value" and _is_date(column.key) else KINDS[column.show]
            columns.append(Column(column.heading, kind, 9, (group.heading,)))
    return columns


def _is_date(key: str) -> bool:
    return key.endswith("_on")


def _line(line: Line, name: str = "") -> list[Any]:
    return [name or line.name, *(_value(cell) for cell in line.cells)]


def _value(cell: Cell) -> Any:
    if cell.mark:
        return WORDS[cell.mark]
    if cell.value is None:
        return "未报"
    if isinstance(cell.value, datetime.date):
        return f"{cell.value:%m-%d}"
    return round(cell.value, 1) if isinstance(cell.value, float) else cell.value


def villages_sheet(
    rows: list[VillageFigure],
    *,
    title: str,
    heading: str,
    day: datetime.date,
    scope: "Scope",
    moment: datetime.datetime | None = None,
    printed: str = "",
) -> Sheet:
    """Exactly the villages behind one figure; `printed` stands under them."""
    return Sheet(
        name="村(社区)",
        columns=[
            Column("区划代码", width=16),
            Column("乡镇(街道)", width=16),
            Column("村(社区)", width=18),
            Column(heading, "text" if rows and isinstance(rows[0].value, datetime.date) else "int", 12),
            Column("数据日", width=12),
            Column("第几稿", "int", 8),
        ],
        rows=(
            [
                row.code,
                row.township,
                row.name,
                f"{row.value:%Y-%m-%d}"
                if isinstance(row.value, datetime.date)
                else WORDS.get(row.mark, "未报")
                if row.value is None
                else row.value,
                row.source_date.isoformat(),
                row.number,
            ]
            for row in rows
        ),
        title=title,
        date=dated(day, moment),
        preparer=scope.name,
        office=scope.office,
        notes=(printed,) if printed else (),
    )


def completeness_sheets(
    found: Completeness, *, scope: "Scope", moment: datetime.datetime | None = None, printed: str = ""
) -> list[Sheet]:
    """Unit × day with every township; where there are counties, county × day of their forwardings as a second sheet.

    `printed` stands under each.
    """
    sheets = [_townships_sheet(found)]
    if found.counties:
        sheets.append(_forwards_sheet(found))
    for sheet in sheets:
        sheet.date = f"{found.days[0]:%Y年%m月%d日} 至 {found.days[-1]:%m月%d日}{_known(moment)}"
        sheet.preparer, sheet.office = scope.name, scope.office
        sheet.notes = (*sheet.notes, *([printed] if printed else []))
    return sheets


def _townships_sheet(found: Completeness) -> Sheet:
    """A higher unit says the gravest state and how many townships have it."""
    forwards = _closed("县级上报", "按时", "迟", "未报") if found.counties else []
    return Sheet(
        name="完成度",
        columns=[*_day_columns(found, "应报"), *_closed("已截止", "迟", "缺"), *forwards],
        rows=[_completeness_line(line, bool(forwards)) for line in found.lines],
        title=f"{found.total.area.name}日报完成度表",
        totals=[_completeness_line(found.total, bool(forwards))],
        paper="A3",
    )


def _completeness_line(line: UnitLine, forwards: bool) -> list[Any]:
    township = line.area.level == Level.TOWNSHIP
    cells = [
        SHORT.get(cell.shown, STATE_WORDS[cell.shown]) + ("" if township else f" {cell.count}")
        for cell in line.cells
    ]
    below = [*([WORDS["na"]] * 3 if township else line.forwards)] if forwards else []
    return [line.area.name, line.townships, *cells, _percent(line.rate), line.late, line.missing, *below]


def _forwards_sheet(found: Completeness) -> Sheet:
    """How each county forwarded each day to the city."""
    total = found.total
    closed = _percent(total.forward_rate), total.forwards[1], total.forwards[2]
    days = [line.cells for line in found.counties]
    done = [sum(cells[n].forward in ("filed", "late") for cells in days) for n in range(len(found.days))]
    return Sheet(
        name="县级上报",
        columns=[*_day_columns(found, "乡镇"), *_closed("已截止", "迟", "未报")],
        rows=[_forward_line(line) for line in found.counties],
        title=f"{total.area.name}县级上报完成度表",
        totals=[["已上报", total.townships, *done, *closed]] if len(found.counties) > 1 else [],
        paper="A3",
    )


def _forward_line(line: UnitLine) -> list[Any]:
    cells = [FORWARD_WORDS.get(cell.forward or "", STATE_WORDS["off"]) for cell in line.cells]
    return [line.area.name, line.townships, *cells, _percent(line.forward_rate), *line.forwards[1:]]


def _day_columns(found: Completeness, counted: str) -> list[Column]:
    days = [Column(f"{day:%m-%d}", width=11, groups=("日期",)) for day in found.days]
    rate = Column("按时%", "number", 8, ("已截止",))
    return [Column("单位", width=18), Column(counted, "int", 6), *days, rate]


def _closed(group: str, *headings: str) -> list[Column]:
    return [Column(heading, "int", 6, (group,)) for heading in headings]


def _percent(rate: float | None) -> float | str:
    return WORDS["none"] if rate is None else round(rate, 1)
