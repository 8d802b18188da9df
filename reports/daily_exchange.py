"""The day's sheet as a workbook: written in the office's layout, filled in elsewhere, read back as edits.

An empty cell of the file changes nothing; 未报 or 未到 clears a cell. The file is read in the sandbox of the import
engine; what it says is kept by `save_draft`, the same act as typing.
"""

import datetime
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accounts.metrics import Metric, MetricKind, MetricNature
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets.codes import FileRefused, column_letters, sentence
from accounts.spreadsheets.headings import Heading, Wanted, find_heading, secret_mark
from accounts.spreadsheets.layout import Column, Sheet
from accounts.spreadsheets.reader import BookRead
from accounts.spreadsheets.writers import write_workbook
from reports.rules.checks import Row
from reports.rules.edits import REFUSED, Edit
from reports.rules.words import MARK_TEXT, read_cell, write_cell

if TYPE_CHECKING:
    from accounts.scope import Scope
    from reports.queries.day import Day

RESOURCE = "daily"  # under which uploads are kept; not in the wizard
CODE, NAME, NOTE = "区划代码", "村(社区)", "备注"
# A tag of the sandbox's cells that cannot be taken as a figure, and its code.
BAD_TAGS = {"e": "XL-032", "f": "XL-030", "F": "XL-031", "m": "XL-034", "N": "XL-035", "x": "XL-036"}


@dataclass(frozen=True)
class Problem:
    """One cell of the file that cannot be taken: where, what, which remedy."""

    place: str
    message: str
    code: str


@dataclass
class FilePreview:
    """What a file would do to the draft: edits, how many cells are new, changed or the same, problems."""

    edits: list[Edit] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    same: int = 0
    villages: int = 0
    problems: list[Problem] = field(default_factory=list)


def typed_of(items: Sequence[Metric]) -> list[Metric]:
    """Metrics that stand in the workbook."""
    return [metric for metric in items if metric.kind is MetricKind.TYPED]


def write_day(day: "Day", target: Path, *, scope: "Scope") -> Path:
    """Write the day's sheet, one row a village, ready to be filled in and read back."""
    metrics = typed_of(day.items)
    kinds = [("date" if metric.nature is MetricNature.DATE else "int") for metric in metrics]
    columns = [Column(CODE, width=15), Column(NAME, width=14)]
    columns += [Column(metric.name, kind, 9) for metric, kind in zip(metrics, kinds, strict=True)]
    columns.append(Column(NOTE, width=24))
    sheet = Sheet(
        name=f"{day.date:%m-%d}",
        columns=columns,
        rows=[
            [row.code, row.name, *(_written(row, metric) for metric in metrics), row.note] for row in day.rows
        ],
        title=f"{day.township.name}换届选举进度日报表",
        unit="户次、人次、场次、件、个村",
        date=day.date.isoformat(),
        preparer=scope.name,
        office=scope.office,
        freeze_columns=2,
        notes=(
            "注：没有发生填 0，不适用填 ／，查不到填 不详，当日报不出的留空；日期填年月日。",
            "空格不改动系统里的数，要清掉已填的写 未报。",
        ),
    )
    write_workbook(target, [sheet])
    return target


def _written(row: Row, metric: Metric) -> Any:
    mark = row.marks.get(metric.key)
    if mark:
        return MARK_TEXT[mark]
    value = row.values.get(metric.key)
    return datetime.date.fromisoformat(value) if isinstance(value, str) else value


def read_day(upload: Any, day: "Day", *, by: "Scope") -> FilePreview:
    """What an uploaded file would change in the draft. Raises FileRefused for a file that cannot be taken.

    Call it while no transaction is open. The file is kept as every upload is (`accounts.spreadsheets.desk`).
    """
    desk = desks.receive(upload, resource=RESOURCE, assignment=by.assignment_id or 0)
    try:
        return preview_of(desk.read(), day)
    except FileRefused:
        desks.discard(desk)
        raise


def preview_of(book: BookRead, day: "Day") -> FilePreview:
    """What a workbook that has been read would change in the draft; no query."""
    metrics = typed_of(day.items)
    wanted = [Wanted("code", CODE, ("代码", "行政区划代码"), required=False)]
    wanted += [Wanted("name", NAME, ("村", "村名", "名称", "村(居)"), required=False)]
    wanted += [Wanted(metric.key, metric.name, required=False) for metric in metrics]
    wanted += [Wanted("note", NOTE, required=False)]
    for sheet in book.sheets:
        if not sheet.is_read:
            continue
        lines = book.head(sheet)
        if row_number := secret_mark(lines):
            raise FileRefused("XL-026", sheet=sheet.name, row=row_number)
        heading = find_heading(lines, sheet.merges, wanted)
        if heading is None or not {"code", "name"} & set(heading.matched):
            continue
        table = _Table(day, metrics, heading, sheet.name)
        for row_number, cells in book.lines(sheet):
            if row_number >= heading.data_row and any(cells):
                table.read(row_number, cells)
        return table.preview
    raise FileRefused("XL-020", sheet=book.sheets[0].name if book.sheets else "")


def preview_of_cells(cells: Iterable[Sequence[str]], day: "Day") -> FilePreview:
    """What [village code, key, text] collected elsewhere would change in the draft; no query."""
    items = {metric.key: metric for metric in typed_of(day.items)}
    rows = {row.code: row for row in day.rows}
    preview = FilePreview(villages=len({code for code, *_ in cells} & set(rows)))
    for code, key, text in cells:
        row, metric = rows.get(code), items.get(key)
        if row is not None and metric is not None:
            if wrong := _read_cell(preview, day, row, metric, f"s{text}"):
                preview.problems.append(Problem(row.name, *wrong))
        elif row is not None and key == "note" and text != row.note:
            preview.edits.append(Edit(code, key, text, row.stamps.get(key, 0)))
            preview.changed += 1
    return preview


class _Table:
    """One sheet of a workbook under its heading, read row by row into a preview."""

    def __init__(self, day: "Day", metrics: Sequence[Metric], heading: Heading, sheet: str) -> None:
        self.day, self.sheet, self.preview = day, sheet, FilePreview()
        self.by_code, self.by_name = {row.code: row for row in day.rows}, {row.name: row for row in day.rows}
        self.places = {key: column - 1 for key, column in heading.matched.items()}
        self.metrics = [(metric, self.places[metric.key]) for metric in metrics if metric.key in self.places]

    def read(self, number: int, cells: list[str]) -> None:
        """Take one line: every filled cell of a village of the township; a line of another village is a problem."""
        code, name = self._text(cells, "code"), self._text(cells, "name")
        row = self.by_code.get(code) or self.by_name.get(name)
        filled = [(metric, at) for metric, at in self.metrics if at < len(cells) and cells[at]]
        if row is None:
            self._stranger(number, code, name, bool(filled))
            return
        self.preview.villages += 1
        for metric, at in filled:
            if wrong := _read_cell(self.preview, self.day, row, metric, cells[at]):
                place = f"{self.sheet} {column_letters(at + 1)}{number}"
                self.preview.problems.append(Problem(place, *wrong))
        note = self._text(cells, "note")
        if note and note != row.note:
            self.preview.edits.append(Edit(row.code, "note", note, row.stamps.get("note", 0)))
            self.preview.changed += 1

    def _text(self, cells: list[str], key: str) -> str:
        at = self.places.get(key, len(cells))
        return cells[at][1:].strip() if at < len(cells) else ""

    def _stranger(self, number: int, code: str, name: str, filled: bool) -> None:
        if re.fullmatch(r"[0-9A-Z]{9,12}", code) or (filled and name and not name.startswith("合计")):
            message = f"“{code or name}”不是本乡镇的村(社区)"
            self.preview.problems.append(Problem(f"第 {number} 行", message, "DR-096"))


def _read_cell(
    preview: FilePreview, day: "Day", row: Row, metric: Metric, cell: str
) -> tuple[str, str] | None:
    """Sort one filled cell: the same as in the draft, new or changed; or (message, code) of what is wrong with it."""
    if bad := BAD_TAGS.get(cell[0]):
        return f"{row.name} {metric.name} {sentence(bad)}", bad
    text, key = cell[1:], metric.key
    read = read_cell(text, metric.nature, day.date, day.force.round.starts_on)
    if read.error:
        said = REFUSED[read.error].format(text=text[:20])
        return f"{row.name} {metric.name} {said}", read.error
    value, mark = row.values.get(key), row.marks.get(key, "")
    if read.value == value and read.mark == mark and key not in row.carried:
        preview.same += 1
        return None
    if value is None and not mark:
        preview.new += 1
    else:
        preview.changed += 1
    full = read.value if isinstance(read.value, str) else write_cell(read.value, read.mark)
    preview.edits.append(Edit(row.code, key, full, row.stamps.get(key, 0)))
    return None
