"""What the user sees before anything is written: counts, problems with their place, samples, notes."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from accounts.spreadsheets import limits
from accounts.spreadsheets import sqltext as q
from accounts.spreadsheets.classify import Target
from accounts.spreadsheets.codes import column_letters, place, sentence
from accounts.spreadsheets.fields import AreaField, ChoiceField, CodeField, IntField
from accounts.spreadsheets.headings import Heading, cell_value
from accounts.spreadsheets.reader import BookRead


@dataclass
class Problem:
    """One refused cell or row: sheet name, row and column from 1 (0: the whole row), code, sentence."""

    sheet: str
    row: int
    col: int
    heading: str
    code: str
    message: str

    @property
    def where(self) -> str:
        return place(self.sheet, self.row, self.col)

    @property
    def letters(self) -> str:
        return column_letters(self.col)


@dataclass
class Preview:
    """Outcome of checking a file. `digest` ties it to the state of the database it was compared with."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    errors: int = 0
    problems: list[Problem] = field(default_factory=list)
    samples: dict[str, list[dict]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    sheets: list[dict] = field(default_factory=list)
    remarks: list[dict] = field(default_factory=list)
    digest: str = ""
    written: tuple[int, int] | None = None

    @property
    def is_clean(self) -> bool:
        """Whether the rows may be written: nothing wrong, and something there."""
        return self.errors == 0 and not self.problems and self.rows > 0

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict) -> Preview:
        written = tuple(data["written"]) if data["written"] else None
        problems = [Problem(**problem) for problem in data["problems"]]
        return cls(**{**data, "problems": problems, "written": written})


@dataclass
class Reading:
    """The sheets that are read, each with its heading; the others are named in the notes."""

    book: BookRead
    headings: dict[int, Heading]

    def name(self, number: int) -> str:
        return self.book.sheets[number].name


def collect(cursor: Any, target: Target, reading: Reading) -> Preview:
    """Count, and fetch problems and samples from `cx_checked`."""
    cursor.execute(
        "SELECT status, count(*), coalesce(bit_xor(hashtextextended("
        "concat_ws('|', sheet, row, status, m_id, m_version), 0)), 0) FROM cx_checked GROUP BY status"
    )
    counts, digest = {}, 0
    for status, count, part in cursor.fetchall():
        counts[status] = count
        digest ^= part
    preview = Preview(
        rows=sum(counts.values()),
        new=counts.get("new", 0),
        changed=counts.get("changed", 0),
        same=counts.get("same", 0),
        errors=counts.get("error", 0),
        digest=f"{digest & (2**64 - 1):016x}",
    )
    cursor.execute("SELECT sheet, count(*) FROM cx_checked GROUP BY sheet ORDER BY sheet")
    preview.sheets = [
        {"name": reading.name(n) or "第一张表", "rows": count} for n, count in cursor.fetchall()
    ]
    if preview.errors:
        preview.problems = row_problems(cursor, target, reading)
    preview.problems += total_problems(cursor, target, reading)
    preview.notes = notes(cursor, reading)
    for status in ("new", "changed"):
        if counts.get(status):
            preview.samples[status] = samples(cursor, target, reading, status)
    return preview


def row_problems(cursor: Any, target: Target, reading: Reading) -> list[Problem]:
    """The first problems in sheet and row order, placed in their cells."""
    cursor.execute(
        "SELECT sheet, row, unnest(problems) FROM cx_checked WHERE status = 'error' "
        f"ORDER BY sheet, row LIMIT {limits.ERROR_LINES}"
    )
    found = []
    for number, row, text in cursor.fetchall():
        key, code, detail = text.split("|", 2)
        heading = reading.headings[number]
        col = heading.matched.get(key) or heading.matched.get(f"{key}:code", 0)
        found.append(
            Problem(reading.name(number), row, col, heading.columns.get(col, ""), code, sentence(code, detail)
                    + (f"可选：{detail}。" if code == "XL-044" else ""))
        )  # fmt: skip
    return found


def total_problems(cursor: Any, target: Target, reading: Reading) -> list[Problem]:
    """Total lines whose figures differ from the rows they stand for."""
    cursor.execute("SELECT sheet, row, cells FROM cx_totals WHERE is_total ORDER BY sheet, row LIMIT 200")
    found = []
    lines = cursor.fetchall()
    for number, row, cells in lines:
        label = "".join(cell_value(c or "") for c in cells[:3])
        sections = _sections(label, [r for n, r, _c in lines if n == number], row)
        for key, field_ in target.resource.sheet_fields.items():
            col = reading.headings[number].matched.get(key)
            if not isinstance(field_, IntField) or not col or col > len(cells):
                continue
            stated = cells[col - 1] or ""
            text = cell_value(stated)
            if not stated.lstrip("mF").startswith("n") or "." in text:
                continue
            column = q.name(target.resource.column(field_.attribute))
            sums = []
            for low, high in sections:
                cursor.execute(
                    f"SELECT coalesce(sum({column}), 0) FROM cx_checked WHERE sheet = %s AND row > %s AND row < %s",
                    [number, low, high],
                )
                sums.append(int(cursor.fetchone()[0]))
            if int(text) not in sums:
                heading = reading.headings[number].columns.get(col, "")
                message = sentence("XL-070", str(sums[0]))
                found.append(Problem(reading.name(number), row, col, heading, "XL-070", message))
    return found


def _sections(label: str, rows: list[int], row: int) -> list[tuple[int, int]]:
    """Row ranges a total line may stand for: the whole sheet, or for 小计 the rows before or after it."""
    last = 1 << 30
    if "小" not in label:
        return [(0, last)]
    before = max((r for r in rows if r < row), default=0)
    after = min((r for r in rows if r > row), default=last)
    return [(before, row), (row, after)]


def notes(cursor: Any, reading: Reading) -> list[str]:
    """What was read in an unusual way or not read at all: nothing is left out silently."""
    lines = []
    for number, sheet in enumerate(reading.book.sheets):
        title = f"工作表“{sheet.name}”" if sheet.name else "本表"
        heading = reading.headings.get(number)
        if heading is None:
            reason = (
                "是隐藏的" if sheet.state != "visible" else "没有数据" if not sheet.rows else "没有可认的表头"
            )
            lines.append(f"{title}没有读：{reason}。")
            continue
        hidden = [row + 1 for row in sheet.hidden_rows if row + 1 >= heading.data_row]
        if hidden:
            lines.append(f"{title}有 {len(hidden)} 个隐藏或筛选掉的行，已一并读入：第 {_list(hidden)} 行。")
        columns = [c + 1 for c in sheet.hidden_cols if c + 1 in heading.columns]
        if columns:
            letters = "、".join(column_letters(c) for c in columns[:10])
            lines.append(f"{title}有隐藏列，已一并读入：{letters} 列。")
        if sheet.formulas:
            lines.append(f"{title}有 {sheet.formulas} 个公式，按保存时的结果读入。")
    cursor.execute(
        "SELECT sheet, is_total, array_agg(row ORDER BY row) FROM cx_totals GROUP BY 1, 2 ORDER BY 1, 2 DESC"
    )
    for number, is_total, rows in cursor.fetchall():
        title = f"工作表“{reading.name(number)}”" if reading.name(number) else "本表"
        what = "合计行，只核对、不导入" if is_total else "说明行，不导入"
        lines.append(f"{title}第 {_list(rows)} 行是{what}。")
    return lines


def _list(numbers: list[int]) -> str:
    shown = "、".join(str(number) for number in numbers[:10])
    return shown + (" 等" if len(numbers) > 10 else "")


def samples(cursor: Any, target: Target, reading: Reading, status: str) -> list[dict]:
    """The first rows of a status: where, what names them, and for changed rows field by field old and new."""
    fields = [(f, target.resource.column(f.attribute)) for f in target.resource.sheet_fields.values()]
    plain = [(f, c) for f, c in fields if not isinstance(f, AreaField)]
    areas = [c for f, c in fields if isinstance(f, AreaField)]
    name = f"(SELECT name FROM accounts_area a WHERE a.id = s.{q.name(areas[0])})" if areas else "''"
    columns = [f"s.{q.name(c)}::text" for _f, c in plain]
    compared = [c for _f, c in plain if c in target.compared]
    old = [f"s.{q.name('old_' + c)}::text" for c in compared]
    cursor.execute(
        f"SELECT s.sheet, s.row, {name}, {', '.join([*columns, *old])} FROM cx_checked s WHERE s.status = %s "
        f"ORDER BY s.sheet, s.row LIMIT {limits.PREVIEW_ROWS}",
        [status],
    )
    out = []
    for number, row, title, *values in cursor.fetchall():
        written = {c: v for (_f, c), v in zip(plain, values, strict=False)}
        new = {c: shown(f, written[c]) for f, c in plain}
        before = dict(zip(compared, values[len(plain) :], strict=True))
        changes = [
            {"heading": f.column_name, "old": shown(f, before[c]), "new": new[c]}
            for f, c in plain
            if c in before and before[c] != written[c]
        ]
        cells = [{"heading": f.column_name, "new": new[c]} for f, c in plain if new[c]]
        out.append({"sheet": reading.name(number), "row": row, "name": title or next(iter(new.values()), ""),
                    "changes": changes if status == "changed" else cells})  # fmt: skip
    return out


def shown(field_: Any, value: str | None) -> str:
    """A database value as the user writes it; a personal number by its last four characters."""
    if value is None:
        return ""
    if isinstance(field_, ChoiceField):
        return next((label for v, label in field_.labels.items() if str(v) == value), value)
    if isinstance(field_, CodeField):
        return "*" * max(len(value) - 4, 0) + value[-4:]
    if field_.kind == "tenths":
        return f"{int(value) / 10}"
    if field_.kind == "bool":
        return "是" if value in ("t", "true") else "否"
    return value
