"""The list of comments as a worksheet."""

import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from accounts.formats import moment, recorded
from accounts.spreadsheets.layout import Column, Sheet
from reports.queries.comment_counts import COUNTED, WAYS, CountTable, period_word
from reports.queries.comments import BOXES, REACHED, STATES, Wanted

if TYPE_CHECKING:
    from accounts.scope import Scope

COLUMNS = (
    Column("方式"),
    Column("年份", "int", total=False),
    Column("号", "int", total=False),
    Column("数据日", "date", 12),
    Column("发出单位", width=18),
    Column("收到单位", width=18),
    Column("标题", width=32),
    Column("内容", width=60),
    Column("要求", width=40),
    Column("发出时间", width=14),
    Column("回复时限", width=14),
    Column("状态"),
    Column("逾期", width=8),
    Column("回复", width=40),
    Column("办结结果", width=30),
)


def _dated(moment: datetime.datetime | None) -> str:
    """When it was written, or the recorded moment it stands for."""
    return recorded(moment) if moment else f"{timezone.localtime():%Y年%m月%d日 %H:%M}"


def comments_sheet(rows: list[dict[str, Any]], wanted: Wanted, *, scope: "Scope") -> Sheet:
    """One line a comment, the newest first."""
    return Sheet(
        name="点评",
        columns=COLUMNS,
        rows=[_line(row) for row in rows],
        title=f"{wanted.unit.name}{BOXES[wanted.box]}点评清单（{(STATES | REACHED)[wanted.state]}）",
        date=_dated(wanted.moment),
        office=scope.office,
        preparer=scope.name,
        paper="A3",
    )


def _line(row: dict[str, Any]) -> list[Any]:
    comment = row["comment"]
    return [
        comment.get_channel_display(),
        comment.year,
        comment.number,
        comment.date,
        comment.area.name,
        comment.recipient.name,
        comment.title,
        row["text"],
        comment.demand,
        moment(comment.sent_at),
        moment(comment.due_at),
        comment.get_state_display(),
        "逾期" if row["overdue"] else "",
        row["reply"].text if row["reply"] else "",
        row["result"].text if row["result"] else "",
    ]


def counts_sheet(table: CountTable, *, scope: "Scope") -> Sheet:
    """One way of counting: a line for each level and unit, channel or day; the levels add up to the total."""
    wanted = table.wanted
    columns = [Column("级别", width=16), Column(WAYS[wanted.by], width=20)]
    return Sheet(
        name=f"按{WAYS[wanted.by]}",
        columns=[*columns, *(Column(word, "int") for word in COUNTED.values())],
        rows=[[line.step_word, line.label, *(line.counts[key] for key in COUNTED)] for line in table.lines],
        sum_total="合计",
        title=f"{wanted.unit.name}点评统计（{period_word(wanted.first, wanted.last) or '全程'}）",
        unit="件",
        date=_dated(wanted.moment),
        office=scope.office,
        preparer=scope.name,
        notes=["期间按数据日。逾期为截至制表时应回复而未回复、已过时限的件数。"],
    )
