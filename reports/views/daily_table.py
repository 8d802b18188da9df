"""The sheet as its template needs it: columns, rows of cells, totals. No queries."""

from dataclasses import dataclass
from typing import Any

from accounts.metrics import MetricKind, MetricNature
from reports.queries.day import Day
from reports.rules import catalogue
from reports.rules.checks import Issue, Row
from reports.rules.sheet_layout import VIEWS, Column, columns_of, empty_word, heading_spans, view_of
from reports.rules.totals import Total, total_of
from reports.rules.words import write_cell

QUIET = ("DR-020", "DR-021")  # counted in the hint bar, not listed one by one


@dataclass(frozen=True)
class CellView:
    """One cell: what is typed, what it is called, what is wrong with it."""

    column: Column
    name: str
    text: str
    value: Any
    mark: str
    level: str
    carried: bool
    placeholder: str
    said: str

    @property
    def css(self) -> str:
        kind = "d" if not self.column.typed else "e"
        place = "c" if self.column.is_day else "n"
        marks = [
            "g" if self.column.first else "",
            "fl" if self.column.is_flow else "",
            "keep" if self.carried else "",
            self.level,
        ]
        return " ".join(filter(None, (place, kind, *marks)))


@dataclass(frozen=True)
class RowView:
    """One village: number, code, name, cells of the view, note."""

    number: int
    row: Row
    cells: list[CellView]
    confirmed: bool


@dataclass(frozen=True)
class TotalView:
    column: Column
    total: Total


def table_context(day: Day, view: str) -> dict[str, Any]:
    """Everything of the table: heads, rows, totals."""
    view = view if view in VIEWS else "today"
    columns = columns_of(view, day.items)
    worst = _worst(day.issues)
    waiting = {issue.village for issue in day.issues if issue.code in QUIET}
    rows = [
        RowView(
            number,
            row,
            [_cell(row, column, worst) for column in columns],
            row.village not in waiting,
        )
        for number, row in enumerate(day.rows, start=1)
    ]
    wrong = {(issue.village, issue.key) for issue in day.issues if issue.is_error and issue.code != "DR-020"}
    return {
        "view": view,
        "columns": columns,
        "spans": heading_spans(columns),
        "rows": rows,
        "totals": [TotalView(column, total_of(column.metric, day.rows, tuple(wrong))) for column in columns],
        "view_links": [(name, label, name == view) for name, (label, _) in VIEWS.items()],
    }


def _worst(issues: list[Issue]) -> dict[tuple[int, str], Issue]:
    """The gravest listed issue of each cell; issues come errors first."""
    found: dict[tuple[int, str], Issue] = {}
    for issue in issues:
        if issue.code not in QUIET:
            found.setdefault((issue.village, issue.key), issue)
    return found


def _cell(row: Row, column: Column, worst: dict[tuple[int, str], Issue]) -> CellView:
    value, mark = row.values.get(column.key), row.marks.get(column.key, "")
    issue = worst.get((row.village, column.key))
    empty = value is None and not mark
    word = empty_word(column.metric, dict(row.values)) if empty else mark
    return CellView(
        column=column,
        name=f"c.{row.code}.{column.key}",
        text=row.unread.get(column.key) or write_cell(value, mark),
        value=value[5:] if isinstance(value, str) else value,
        mark=word,
        level={"error": "err", "warning": "warn"}[issue.level] if issue else "",
        carried=column.key in row.carried,
        placeholder="未到" if word == "not_reached" else "未报",
        said=issue.sentence if issue else "",
    )


def issues_context(day: Day, base_url: str, view: str) -> dict[str, Any]:
    """Listed problems with links to their cells, and how many cells wait quietly."""
    listed = [issue for issue in day.issues if issue.code not in QUIET]
    linked = [(issue, _link(issue, base_url, view)) for issue in listed]
    return {
        "errors": [pair for pair in linked if pair[0].is_error],
        "warnings": [pair for pair in linked if not pair[0].is_error],
        "unconfirmed": sum(issue.code == "DR-020" for issue in day.issues),
        "missing": sum(issue.code == "DR-021" for issue in day.issues),
    }


def _link(issue: Issue, base_url: str, view: str) -> str:
    known = {key for _, keys in VIEWS[view][1] for key in keys} | {"note"}
    anchor = f"#c-{issue.village_code}-{issue.key}"
    if issue.key in known or issue.key.startswith("x_"):
        return anchor
    sign = "&" if "?" in base_url else "?"
    return f"{base_url}{sign}view={view_of(issue.key)}{anchor}"


def island(day: Day, urls: dict[str, str], account: str) -> dict[str, Any]:
    """What the browser needs to check, save and paint the sheet by itself."""
    return {
        "day": day.date.isoformat(),
        "starts_on": day.force.round.starts_on.isoformat(),
        "version": day.version,
        "account": account,
        "unit": day.township.code,
        "urls": urls,
        "rules": catalogue.as_parameters(),
        "steps": catalogue.STEP_OF,
        "views": {metric.key: view_of(metric.key) for metric in day.items},
        "metrics": [
            {
                "key": metric.key,
                "name": metric.name,
                "unit": metric.unit,
                "nature": metric.nature.value,
                "typed": metric.kind is MetricKind.TYPED,
                "source": metric.source,
            }
            for metric in day.items
        ],
        "rows": [_plain(row) for row in day.rows],
    }


def _plain(row: Row) -> dict[str, Any]:
    return {
        "code": row.code,
        "name": row.name,
        "values": {key: value for key, value in row.values.items() if value is not None},
        "marks": row.marks,
        "carried": row.carried,
        "previous": row.previous,
        "highest": row.highest,
        "week": row.week,
        "stamps": row.stamps,
        "reasons": row.reasons,
        "note": row.note,
    }


def seen(day: Day, columns: list[Column]) -> dict[str, dict[str, list[Any]]]:
    """Text and change number of every typed cell shown: a plain form says with it what it started from."""
    shown: dict[str, dict[str, list[Any]]] = {}
    for row in day.rows:
        cells = {
            column.key: [
                write_cell(row.values.get(column.key), row.marks.get(column.key, "")),
                row.stamps.get(column.key, 0),
            ]
            for column in columns
            if column.typed
        }
        shown[row.code] = {**cells, "note": [row.note, row.stamps.get("note", 0)]}
    return shown


def natures(day: Day) -> dict[str, MetricNature]:
    """Nature of each metric by key."""
    return {metric.key: metric.nature for metric in day.items}
