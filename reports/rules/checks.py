"""Evaluate the table of checks over the rows of a sheet. Pure: everything they need is in the row."""

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from accounts.free_text import holds_personal_number
from accounts.metrics import Metric, MetricKind, MetricNature
from reports.rules import catalogue
from reports.rules.catalogue import RULES, Rule
from reports.rules.words import Value, write_cell


@dataclass
class Row:
    """One village on the sheet: its figures and what they are compared with.

    `values` holds typed and derived figures; `previous` those of the last filed day before; `highest` the
    largest of each flow in the seven days before, `week` their sums; `stamps` the number of the last
    change of each cell; `unread` the text of cells that could not be read.
    """

    village: int
    name: str
    code: str = ""
    values: dict[str, Value] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    carried: list[str] = field(default_factory=list)
    previous: dict[str, Value] = field(default_factory=dict)
    highest: dict[str, int] = field(default_factory=dict)
    week: dict[str, int] = field(default_factory=dict)
    stamps: dict[str, int] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    note: str = ""

    def count(self, key: str) -> int | None:
        value = self.values.get(key)
        return value if isinstance(value, int) else None

    def day(self, key: str) -> datetime.date | None:
        value = self.values.get(key)
        return datetime.date.fromisoformat(value) if isinstance(value, str) else None


@dataclass(frozen=True)
class Sheet:
    """What all rows share."""

    day: datetime.date
    starts_on: datetime.date
    metrics: Sequence[Metric]

    def keys(self, selector: str) -> tuple[str, ...]:
        """Typed keys a rule's selector stands for."""
        return tuple(metric.key for metric in self.metrics if _selected(metric, selector))


def _selected(metric: Metric, selector: str) -> bool:
    if metric.kind is MetricKind.DERIVED:
        return False
    if selector == catalogue.CARRIED:
        return metric.nature is not MetricNature.FLOW
    natures = {
        catalogue.COUNTS: (MetricNature.STOCK, MetricNature.FLOW),
        catalogue.FLOWS: (MetricNature.FLOW,),
        catalogue.STOCKS: (MetricNature.STOCK,),
        catalogue.DAYS: (MetricNature.DATE,),
    }
    return metric.nature in natures[selector]


@dataclass(frozen=True)
class Issue:
    """One finding at one cell: where, what is wrong with the value, what to do, code and source."""

    code: str
    level: str
    village: int
    village_code: str
    village_name: str
    key: str
    key_name: str
    message: str
    remedy: str
    source: str
    reason: str = ""

    @property
    def is_error(self) -> bool:
        return self.level == "error"

    @property
    def blocks(self) -> bool:
        """Whether the report cannot be filed with it: an error, or a warning nobody explained."""
        return self.is_error or not self.reason

    @property
    def sentence(self) -> str:
        """where：what。what to do。code"""
        return f"{self.village_name} {self.key_name}：{self.message}。{self.remedy}。{self.code}"


Finding = tuple[str, dict[str, object]]
Evaluator = Callable[[Rule, Row, Sheet], Iterable[Finding]]


def check(rows: Iterable[Row], sheet: Sheet) -> list[Issue]:
    """Every finding of every rule: errors first, then by row and column."""
    names = {metric.key: metric.name for metric in sheet.metrics} | {"note": "备注"}
    order = {key: number for number, key in enumerate(names)}
    found = []
    for position, row in enumerate(rows):
        for rule in RULES:
            for key, figures in EVALUATORS[rule.kind](rule, row, sheet):
                if key in names:
                    found.append(
                        (rule.level != "error", position, order[key], _issue(rule, row, key, names, figures))
                    )
    found.sort(key=lambda item: item[:3])
    return [issue for *_, issue in found]


def _issue(rule: Rule, row: Row, key: str, names: Mapping[str, str], figures: dict[str, object]) -> Issue:
    return Issue(
        code=rule.code,
        level=rule.level,
        village=row.village,
        village_code=row.code,
        village_name=row.name,
        key=key,
        key_name=names[key],
        message=rule.message.format(**{name: shown(figure) for name, figure in figures.items()}),
        remedy=rule.remedy,
        source=rule.source,
        reason=row.reasons.get(f"{rule.code}:{key}", "").strip(),
    )


def shown(figure: object) -> str:
    """A figure in a sentence: 1,234, −3, 12-07, 空白."""
    if figure is None:
        return "空白"
    if isinstance(figure, bool | str):
        return str(figure)
    return f"{figure:,}".replace("-", "−")


def _expand(rule: Rule, sheet: Sheet) -> tuple[str, ...]:
    return tuple(key for name in rule.keys for key in (sheet.keys(name) if name.startswith("*") else (name,)))


def _parsed(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    for key in _expand(rule, sheet):
        if key in row.unread:
            yield key, {"value": row.unread[key]}


def _at_most(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    limit = rule.params["limit"]
    for key in _expand(rule, sheet):
        value = row.count(key)
        if value is not None and value > limit:
            yield key, {"value": value, "limit": limit}


def _not_negative(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    for key in _expand(rule, sheet):
        value = row.count(key)
        if value is not None and value < 0:
            yield key, {"value": value}


def _not_future(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    for key in _expand(rule, sheet):
        day = row.day(key)
        if day is not None and day > sheet.day:
            yield key, {"value": day.isoformat(), "limit": sheet.day.isoformat()}


def _not_before(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    for key in _expand(rule, sheet):
        day = row.day(key)
        if day is not None and day < sheet.starts_on:
            yield key, {"value": day.isoformat(), "limit": sheet.starts_on.isoformat()}


def _confirmed(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    known = set(_expand(rule, sheet))
    for key in row.carried:
        if key in known:
            yield key, {"value": write_cell(row.values.get(key), row.marks.get(key, ""))}


def _required(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    for key in _expand(rule, sheet):
        if row.values.get(key) is None and key not in row.marks and key not in row.unread:
            yield key, {}


def _spike(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    for key in _expand(rule, sheet):
        value, highest = row.count(key), row.highest.get(key)
        if value is None or highest is None:
            continue
        if value > rule.params["times"] * highest and value > rule.params["floor"]:
            yield key, {"value": value, "other": highest}


def _falls(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    for key in _expand(rule, sheet):
        value, before = row.count(key), row.previous.get(key)
        if value is not None and isinstance(before, int) and value < before:
            yield key, {"value": value, "other": before}


def _day_changed(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    for key in _expand(rule, sheet):
        before = row.previous.get(key)
        if isinstance(before, str) and row.values.get(key) != before:
            yield key, {"value": row.values.get(key), "other": before}


def _part_of(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    part, whole = row.count(rule.keys[0]), row.count(rule.keys[1])
    if part is not None and whole is not None and part > whole:
        yield rule.keys[0], {"value": part, "other": whole}


def _sum_at_most(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    counts = [row.count(key) or 0 for key in rule.keys]
    total = sum(counts)
    if total > rule.params["limit"] and max(counts) <= rule.params["limit"]:
        yield rule.keys[0], {"value": total}


def _order(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    later, earlier = row.day(rule.keys[0]), row.day(rule.keys[1])
    if later is not None and earlier is not None and later < earlier:
        yield rule.keys[0], {"value": later.isoformat(), "other": earlier.isoformat()}


def _gap(rule: Rule, row: Row) -> tuple[int | None, dict[str, object]]:
    later, earlier = row.day(rule.keys[0]), row.day(rule.keys[1])
    if later is None or earlier is None or later < earlier:
        return None, {}
    figures = {"value": later.isoformat(), "other": earlier.isoformat(), "limit": rule.params["limit"]}
    return (later - earlier).days, figures


def _gap_at_least(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    days, figures = _gap(rule, row)
    if days is not None and days < rule.params["limit"]:
        yield rule.keys[0], figures


def _gap_at_most(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    days, figures = _gap(rule, row)
    if days is not None and days > rule.params["limit"]:
        yield rule.keys[0], figures


def _after_step(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    value = row.count(rule.keys[0])
    if value and row.day(rule.keys[1]) is None and rule.keys[1] not in row.marks:
        yield rule.keys[0], {"value": value}


def _note_clean(rule: Rule, row: Row, sheet: Sheet) -> Iterable[Finding]:
    if holds_personal_number(row.note):
        yield "note", {}


EVALUATORS: Final[dict[str, Evaluator]] = {
    "parsed": _parsed,
    "at_most": _at_most,
    "not_negative": _not_negative,
    "not_future": _not_future,
    "not_before": _not_before,
    "confirmed": _confirmed,
    "required": _required,
    "spike": _spike,
    "falls": _falls,
    "day_changed": _day_changed,
    "part_of": _part_of,
    "sum_at_most": _sum_at_most,
    "order": _order,
    "gap_at_least": _gap_at_least,
    "gap_at_most": _gap_at_most,
    "after_step": _after_step,
    "note_clean": _note_clean,
}
