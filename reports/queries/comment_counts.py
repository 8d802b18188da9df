"""点评统计: what was sent, acknowledged, answered, closed and is overdue, by level and unit, channel or day."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import Case, Count, F, Q, QuerySet, When
from django.db.models.expressions import Combinable

from accounts.choices import Level
from accounts.models import Area
from reports.choices_comments import CommentChannel
from reports.models import Comment
from reports.queries.comments import in_period, state_filter
from reports.queries.comments_known import comments_known

if TYPE_CHECKING:
    from accounts.scope import Scope

# Column: its word. Each is a state of the list, where the comments counted are found again.
COUNTED: Final = {
    "sent": "发出",
    "acknowledged": "签收",
    "answered": "回复",
    "closed": "办结",
    "overdue": "逾期",
}
WAYS: Final = {"sender": "发出单位", "recipient": "收到单位", "channel": "方式", "day": "数据日"}
LEVEL_WORDS: Final = {1: "省", 2: "市", 3: "县", 4: "乡镇", 5: "村"}


@dataclass(frozen=True)
class Counting:
    """What is counted: comments sent by `unit` and the units below it, and to it, by one of WAYS.

    `moment`: as they stood then.
    """

    unit: Area
    by: str = "sender"
    first: datetime.date | None = None
    last: datetime.date | None = None
    channel: str = ""
    moment: datetime.datetime | None = None


@dataclass(frozen=True)
class CountLine:
    """One line. `key`: code of the unit, channel or day; `villages`: a township that stands for its villages."""

    step: str
    key: str
    label: str
    counts: dict[str, int]
    villages: bool = False

    @property
    def step_word(self) -> str:
        return step_word(self.step)


@dataclass(frozen=True)
class CountTable:
    """Lines in the order of the levels, the total of each level, the total of all."""

    wanted: Counting
    lines: list[CountLine]
    steps: list[CountLine]
    total: dict[str, int]


def step_word(step: str) -> str:
    """Who writes to whom: 2-3 is 市→县."""
    sender, recipient = step.split("-")
    return f"{LEVEL_WORDS[int(sender)]}→{LEVEL_WORDS[int(recipient)]}"


def period_word(first: datetime.date | None, last: datetime.date | None) -> str:
    """A period in words; '' for an open one."""
    if first and last:
        return f"{first} 至 {last}"
    return f"{first} 起" if first else f"至 {last}" if last else ""


def comment_counts(scope: "Scope", wanted: Counting, now: datetime.datetime) -> CountTable:
    """Counts of comments; drafts are their sender's alone and in none of them. Two queries at most, three of a moment."""
    now = wanted.moment or now
    rows = comments_known(scope, wanted.moment).filter(
        Q(unit_path__startswith=wanted.unit.path) | Q(recipient=wanted.unit), sent_at__isnull=False
    )
    rows = rows.filter(in_period(wanted.first, wanted.last))
    if wanted.channel:
        rows = rows.filter(channel=wanted.channel)
    lines = _lines(rows, wanted, now)
    steps = [
        CountLine(step, "", step_word(step), _sum([line for line in lines if line.step == step]))
        for step in dict.fromkeys(line.step for line in lines)
    ]
    return CountTable(wanted, lines, steps, _sum(lines))


def _lines(rows: QuerySet[Comment], wanted: Counting, now: datetime.datetime) -> list[CountLine]:
    figures = {f"n_{key}": Count("pk", filter=state_filter(key, now)) for key in COUNTED}
    levels = ("area__level", "recipient__level")
    found = list(rows.order_by().annotate(by=_grouped(wanted)).values_list(*levels, "by").annotate(**figures))
    units = {}
    if wanted.by in ("sender", "recipient"):
        units = Area.objects.in_bulk({row[2] for row in found})
    lines = [(row, _line(row, wanted, units)) for row in found]
    lines.sort(key=lambda one: (one[0][:2], _order(one[0][2], units)))
    return [line for _, line in lines]


def _grouped(wanted: Counting) -> Combinable:
    """What a line stands for. Above a township its villages are one line, or there would be thousands."""
    if wanted.by == "recipient" and wanted.unit.level < Level.TOWNSHIP:
        return Case(When(recipient__level=Level.VILLAGE, then=F("area_id")), default=F("recipient_id"))
    return F(
        {"sender": "area_id", "recipient": "recipient_id", "channel": "channel", "day": "date"}[wanted.by]
    )


def _order(key: Any, units: dict[int, Area]) -> Any:
    return units[key].path if units else key


def _line(row: tuple[Any, ...], wanted: Counting, units: dict[int, Area]) -> CountLine:
    sender, recipient, key, *figures = row
    step, counts = f"{sender}-{recipient}", dict(zip(COUNTED, figures, strict=True))
    if wanted.by == "channel":
        return CountLine(step, key, CommentChannel(key).label, counts)
    if wanted.by == "day":
        return CountLine(step, key.isoformat(), f"{key:%Y-%m-%d}", counts)
    unit = units[key]
    villages = wanted.by == "recipient" and unit.level < recipient
    return CountLine(step, unit.code, f"{unit.name}各村" if villages else unit.name, counts, villages)


def _sum(lines: list[CountLine]) -> dict[str, int]:
    return {key: sum(line.counts[key] for line in lines) for key in COUNTED}
