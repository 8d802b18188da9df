"""当时公布 beside 现在所知 as a workbook: the figures, and as its second sheet every report that came in between."""

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.spreadsheets.layout import Column, Sheet
from reports.exports import WORDS
from reports.queries.comparison import Comparison, Then
from reports.queries.late_reports import Effect, LateReport
from reports.rules.side_by_side import KIND, MARK, VALUE, Pair, UnitPairs
from reports.rules.words import figure_words

if TYPE_CHECKING:
    from accounts.scope import Scope

NOTE_SHEET = "更正说明"
UNCHANGED = "本表的数没有变"


def comparison_sheets(found: Comparison, *, scope: "Scope", printed: str = "") -> list[Sheet]:
    """对照 and 更正说明."""
    title = f"{found.table.title}　当时公布与现在所知"
    units = [*([found.own] if found.own else []), *found.below]
    figures = Sheet(
        name="对照",
        columns=[
            Column("单位", width=18),
            Column("项目", width=26),
            Column("当时公布", "number", 14),
            Column("现在所知", "number", 14),
            Column("差", "number", 10),
        ],
        rows=[_figure(unit, pair) for unit in units for pair in unit.pairs] + _only(found.below),
        title=title,
        unit="个、人、%",
        date=f"数据日：{found.asked.day:%Y年%m月%d日}",
        preparer=scope.name,
        office=scope.office,
        notes=(
            f"当时公布：{then_words(found.then)}。现在所知：截至 {_moment(found.moment)} 的记录。",
            printed,
        )
        if printed
        else (f"当时公布：{then_words(found.then)}。现在所知：截至 {_moment(found.moment)} 的记录。",),
    )
    return [figures, notes_sheet(found.late, found.then, found.moment, scope=scope, title=found.table.title)]


def notes_sheet(
    late: list[LateReport], then: Then, moment: datetime.datetime, *, scope: "Scope", title: str
) -> Sheet:
    """更正说明: a line for each figure that a late report changed, of the township and of its villages."""
    return Sheet(
        name=NOTE_SHEET,
        columns=[
            Column("县(市、区)", width=12),
            Column("乡镇(街道)", width=14),
            Column("数据日", width=11),
            Column("第几稿", "int", 7),
            Column("种类", width=7),
            Column("上报时间", width=17),
            Column("上报单位", width=18),
            Column("上报人", width=9),
            Column("理由", width=24),
            Column("同意人", width=9),
            Column("范围", width=16),
            Column("项目", width=20),
            Column("由", "int", 9),
            Column("到", "int", 9),
        ],
        rows=_lines(late),
        title=f"{title}　{NOTE_SHEET}",
        date=f"{then_words(then)}以后、{_moment(moment)} 以前上报的",
        preparer=scope.name,
        office=scope.office,
    )


def then_words(then: Then) -> str:
    """What counts as published, in words."""
    if then.publication is None:
        return f"没有公布过，取当日截止时（{_moment(then.moment)}）的记录"
    given = then.publication
    return f"{given.code}（{given.get_kind_display()}，{_moment(given.published_at)}，截至 {_moment(given.as_of)} 的记录）"


def _moment(moment: datetime.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S}"


def _figure(unit: UnitPairs, pair: Pair) -> list[Any]:
    return [unit.name, pair.heading, kept_value(pair.then), kept_value(pair.now), pair.difference]


def _only(below: list[UnitPairs]) -> list[list[Any]]:
    words = {"then": ("有", "无"), "now": ("无", "有")}
    return [[unit.name, "单位", *words[unit.only], None] for unit in below if unit.only]


def kept_value(cell: list[Any] | None) -> Any:
    """A kept cell as a workbook shows it."""
    if cell is None:
        return "—"
    if cell[MARK]:
        return WORDS[cell[MARK]]
    if cell[VALUE] is None:
        return "未报"
    if cell[KIND] == "date":
        return str(cell[VALUE])[5:]
    return round(cell[VALUE], 1) if isinstance(cell[VALUE], float) else cell[VALUE]


def _lines(late: list[LateReport]) -> Iterator[list[Any]]:
    for one in late:
        head = [
            one.county,
            one.township,
            one.date.isoformat(),
            one.number,
            one.kind,
            _moment(one.filed_at)[:16],
            one.office,
            one.filed_by,
            one.reason or "—",
            one.consented_by or "—",
        ]
        figures = [(_where(one, effect), effect.name, effect.before, effect.after) for effect in one.effects]
        figures += [(edit.village, edit.name, edit.before, edit.after) for edit in one.villages]
        for where, name, before, after in figures:
            yield [*head, where, name, _cell(before), _cell(after)]
        if not figures:
            yield [*head, one.township, UNCHANGED, "", ""]


def _where(one: LateReport, effect: Effect) -> str:
    return one.township if effect.day == one.date else f"{one.township} {effect.day:%m-%d}"


def _cell(value: Any) -> Any:
    return value if isinstance(value, int) else figure_words(value)
