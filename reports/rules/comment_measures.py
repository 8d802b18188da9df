"""Figures a comment may cite, each computed in one place: when a sentence is drafted, and when it is compared with now.

Pure: everything comes from a `UnitDay`, what is known of one unit on one day.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from accounts.choices import Level
from accounts.formats import num, rate

Number = int | float
WINDOW: Final = 21  # days looked back for figures that have not moved
WEEK: Final = 7

# The steps a comment speaks of, as 今日 shows them.
STEPS: Final[dict[str, str]] = {
    "party_elected_on": "党组织换届",
    "committee_formed_on": "选举委员会产生",
    "list_published_on": "选民名单公布",
    "voted_on": "村(居)委会投票",
}
COUNTS: Final = ("townships", "filed", "late", "due", *STEPS)


@dataclass(frozen=True)
class UnitDay:
    """One unit on one day. `days`: day → counts (COUNTS); `peers`: the sender's own counts that day.

    `plan`: step → share of the villages that should be done by this day, in per cent.
    """

    area_id: int
    code: str
    name: str
    level: int
    day: datetime.date
    days: dict[datetime.date, dict[str, int]]
    ranks: dict[str, int] = field(default_factory=dict)
    ranks_before: dict[str, int] = field(default_factory=dict)
    peers: dict[str, int] = field(default_factory=dict)
    sender: str = ""
    sender_code: str = ""
    plan: dict[str, float] = field(default_factory=dict)
    warnings: int = 0
    overdue: int = 0

    @property
    def now(self) -> dict[str, int]:
        return self.days.get(self.day, {})

    @property
    def before(self) -> dict[str, int]:
        return self.days.get(self.day - datetime.timedelta(days=1), {})


@dataclass(frozen=True)
class Measure:
    """A kind of figure: its words, its unit, how it is computed for a metric and where it is found.

    place: rollup (the cell of the metric), missing (the townships behind it), completeness, comments, sender (the
    sender's own total, closed to the recipient), rules (the sender's plan, closed to the recipient).
    """

    label: str
    unit: str
    compute: Callable[[UnitDay, str], Number | None]
    place: str = "rollup"
    percent: bool = False

    def shown(self, value: Number) -> str:
        """The figure as it stands in a sentence, without its unit."""
        return rate(value) if self.percent else num(value)


def share_of(counts: dict[str, int], key: str) -> float | None:
    """Villages done, in per cent of those due, with one decimal; None without any due."""
    due, done = counts.get("due"), counts.get(key)
    return round(100 * done / due, 1) if due and done is not None else None


def _share(unit: UnitDay, key: str) -> Number | None:
    return share_of(unit.now, key)


def _average(unit: UnitDay, key: str) -> Number | None:
    return share_of(unit.peers, key)


def _gap(unit: UnitDay, key: str) -> Number | None:
    own, average = _share(unit, key), _average(unit, key)
    return round(average - own, 1) if own is not None and average is not None else None


def _change(unit: UnitDay, key: str) -> Number | None:
    now, before = unit.now.get(key), unit.before.get(key)
    return now - before if now is not None and before is not None else None


def _left(unit: UnitDay, key: str) -> Number | None:
    done, due = unit.now.get(key), unit.now.get("due")
    return due - done if done is not None and due is not None else None


def _unchanged(unit: UnitDay, key: str) -> Number | None:
    """Days, this one included, on which the figure has been what it is; None where an earlier day is not known."""
    now = unit.now.get(key)
    if now is None:
        return None
    days = 0
    while days < WINDOW:
        earlier = unit.days.get(unit.day - datetime.timedelta(days=days + 1), {}).get(key)
        if earlier is None or earlier != now:
            break
        days += 1
    return days


def _rank_fall(unit: UnitDay, key: str) -> Number | None:
    now, before = unit.ranks.get(key), unit.ranks_before.get(key)
    return now - before if now and before else None


def _plan_gap(unit: UnitDay, key: str) -> Number | None:
    own, planned = _share(unit, key), unit.plan.get(key)
    return round(planned - own, 1) if own is not None and planned is not None else None


def _missing(unit: UnitDay, key: str) -> Number | None:
    return _missing_on(unit.now)


def _missing_on(counts: dict[str, int]) -> int | None:
    return counts["townships"] - counts["filed"] if "townships" in counts and "filed" in counts else None


def _week(unit: UnitDay, of: Callable[[dict[str, int]], int | None]) -> int:
    span = (unit.day - datetime.timedelta(days=n) for n in range(WEEK))
    return sum(of(unit.days.get(day, {})) or 0 for day in span)


MEASURES: Final[dict[str, Measure]] = {
    "value": Measure("完成", "个村", lambda unit, key: unit.now.get(key)),
    "share": Measure("完成率", "%", _share, percent=True),
    "left": Measure("未完成", "个村", _left),
    "due": Measure("应换届", "个村", lambda unit, key: unit.now.get("due")),
    "change": Measure("当日增加", "个村", _change),
    "average": Measure("平均完成率", "%", _average, place="sender", percent=True),
    "peers": Measure("全部完成", "个村", lambda unit, key: unit.peers.get(key), place="sender"),
    "gap": Measure("低于平均", "个百分点", _gap, percent=True),
    "planned": Measure("计划进度", "%", lambda unit, key: unit.plan.get(key), place="rules", percent=True),
    "plan_gap": Measure("低于计划", "个百分点", _plan_gap, percent=True),
    "rank": Measure("位次", "位", lambda unit, key: unit.ranks.get(key)),
    "rank_before": Measure("前一日位次", "位", lambda unit, key: unit.ranks_before.get(key)),
    "rank_fall": Measure("位次下降", "位", _rank_fall),
    "unchanged": Measure("没有变化", "天", _unchanged),
    "missing": Measure("缺报", "份", _missing, place="missing"),
    "missing_week": Measure(
        "近 7 日缺报", "份", lambda unit, key: _week(unit, _missing_on), place="completeness"
    ),
    "late": Measure("迟报", "份", lambda unit, key: unit.now.get("late"), place="completeness"),
    "late_week": Measure(
        "近 7 日迟报",
        "份",
        lambda unit, key: _week(unit, lambda counts: counts.get("late")),
        place="completeness",
    ),
    "townships": Measure("应报", "份", lambda unit, key: unit.now.get("townships"), place="completeness"),
    "warnings": Measure("矛盾或异常", "处", lambda unit, key: unit.warnings, place="completeness"),
    "overdue": Measure("到期未回复的点评", "件", lambda unit, key: unit.overdue, place="comments"),
}


def measured(unit: UnitDay, what: str, key: str = "") -> Number | None:
    """The figure `what` (of the metric `key`) of a unit; None where it is not known."""
    return MEASURES[what].compute(unit, key)


def is_village(unit: UnitDay) -> bool:
    return unit.level == Level.VILLAGE
