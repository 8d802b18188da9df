"""What a clock says: time left or time over, in two units at most. Pure; now is given."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

SOON = dt.timedelta(hours=4)
FAR, NEAR, PAST = "", "soon", "over"


@dataclass(frozen=True)
class ClockFace:
    """`kind` is '', 'soon' or 'over' (also the CSS class); `text` is what the chip shows."""

    kind: str
    text: str


def span(length: dt.timedelta) -> str:
    """A length of time in its two largest units, zero parts left out: '1天 6小时', '2小时 14分', '38分'."""
    minutes = int(length.total_seconds()) // 60
    if minutes < 1:
        return "不足1分"
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "天"), (hours, "小时")] if days else [(hours, "小时"), (minutes, "分")]
    return " ".join(f"{count}{unit}" for count, unit in parts if count)


def read_clock(due: dt.datetime, now: dt.datetime, *, in_list: bool = False) -> ClockFace:
    """Face of a clock due at `due`, seen at `now`.

    More than four hours: grey. Four hours or less, or due today when shown in a list: bold. Past: inverse.
    """
    if now > due:
        return ClockFace(PAST, f"超 {span(now - due)}")
    left = due - now
    today = in_list and timezone.localdate(due) == timezone.localdate(now)
    return ClockFace(NEAR if left <= SOON or today else FAR, f"剩 {span(left)}")
