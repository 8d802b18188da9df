"""The counts table as a workbook in the office's layout."""

import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.formats import recorded
from accounts.spreadsheets.layout import Column, Sheet
from elections.queries.counts import COLUMNS, CountRow, CountTable

if TYPE_CHECKING:
    from accounts.scope import Scope


def counts_sheet(table: CountTable, *, scope: "Scope", moment: datetime.datetime | None = None) -> Sheet:
    """Rows by child unit and the total of exactly these rows; sums say how many records are 未报."""
    return Sheet(
        name="村数",
        columns=_columns(),
        rows=[_line(row) for row in table.rows],
        title=f"{table.unit.name}村(社区)和党组织数量表",
        unit="个、名",
        date=recorded(moment) if moment else timezone.localdate().isoformat(),
        preparer=scope.name,
        office=scope.office,
        totals=[_line(table.total)],
        totals_first=True,
        notes=("注：合计等于各行相加；党员、选民为已填报的村(社区)之和，缺报为未填的个数。",),
        numbering=True,
    )


def _columns() -> list[Column]:
    columns = [Column("单位", width=16)]
    for column in COLUMNS:
        columns.append(Column(column.heading, "int", 10, (column.group,)))
        if column.total_of:
            columns.append(Column(f"{column.heading}缺报", "int", 9, (column.group,)))
    return columns


def _line(row: CountRow) -> list[str | int]:
    line: list[str | int] = [row.name]
    for column in COLUMNS:
        line.append(row.figures[column.key])
        if column.total_of:
            line.append(row.missing[column.key])
    return line
