"""When a scheduled export runs, and when it stops. Pure."""

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
EVERY_DAY = 0b111_1111
WORKDAYS = 0b001_1111
# So often in a row it may fail; then it stops and says so.
MOST_FAILURES = 3


def next_run(after: dt.datetime, at: dt.time, weekdays: int) -> dt.datetime:
    """The first moment after `after` at time `at` (China) on one of the weekdays (bit 0: Monday)."""
    day = after.astimezone(ZONE).date()
    for ahead in range(8):
        found = dt.datetime.combine(day + dt.timedelta(days=ahead), at, ZONE)
        if found > after and weekdays >> found.weekday() & 1:
            return found
    raise ValueError("no weekday")


def bits_of(days: Iterable[int]) -> int:
    """Weekdays 1 (Monday) to 7 as bits."""
    return sum(1 << (day - 1) for day in set(days))


def days_of(weekdays: int) -> list[int]:
    """Weekdays 1 (Monday) to 7 that are set."""
    return [day + 1 for day in range(7) if weekdays >> day & 1]


def weekdays_word(weekdays: int) -> str:
    """每天, 周一至周五, or 周一、周四."""
    if weekdays == EVERY_DAY:
        return "每天"
    if weekdays == WORKDAYS:
        return "周一至周五"
    return "周" + "、".join(WEEKDAYS[day - 1] for day in days_of(weekdays))
