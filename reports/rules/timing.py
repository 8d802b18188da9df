"""When a day is due, and what it is called. Every moment is aware; a day is a day of Asia/Shanghai."""

import datetime
from typing import Final
from zoneinfo import ZoneInfo

from accounts.choices import Level
from reports.choices import Timeliness

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
DEFAULT_CUT_OFF: Final[dict[int, datetime.time]] = {
    Level.TOWNSHIP: datetime.time(17, 0),
    Level.COUNTY: datetime.time(18, 0),
}


def due_at(day: datetime.date, cut_off: datetime.time) -> datetime.datetime:
    """The moment by which `day` is due."""
    return datetime.datetime.combine(day, cut_off, tzinfo=SHANGHAI)


def timeliness(
    *, asked: bool, filed_at: datetime.datetime | None, due: datetime.datetime, now: datetime.datetime
) -> Timeliness:
    """On time includes the cut-off itself (以内 includes the number). Both clocks are the database's."""
    if filed_at is not None:
        return Timeliness.ON_TIME if filed_at <= due else Timeliness.LATE
    if not asked:
        return Timeliness.NOT_ASKED
    return Timeliness.NOT_DUE if now <= due else Timeliness.MISSING


def in_words(seconds: float) -> str:
    """A span in two units at most: 1天 6小时, 38分, 不到 1分."""
    minutes = int(abs(seconds) // 60)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "天"), (hours, "小时"), (minutes, "分")]
    shown = [f"{number}{unit}" for number, unit in parts if number][:2]
    return " ".join(shown) or "不到 1分"
