"""States of a county's day and what moves it. The diagram stands in docs/daily-report.md."""

import datetime
from typing import Final

from accounts.errors import Refusal
from reports.choices import CountyMove, CountyState
from reports.rules.states import has_ended

TRANSITIONS: Final = {
    (CountyState.OPEN, CountyMove.FORWARD): CountyState.FORWARDED,
    (CountyState.FORWARDED, CountyMove.SUPPLEMENT): CountyState.FORWARDED,
    (CountyState.FORWARDED, CountyMove.RETURN): CountyState.RETURNED,
    (CountyState.FORWARDED, CountyMove.REOPEN): CountyState.REOPENED,
    (CountyState.RETURNED, CountyMove.FORWARD): CountyState.FORWARDED,
    (CountyState.REOPENED, CountyMove.FORWARD): CountyState.FORWARDED,
    (CountyState.REOPENED, CountyMove.END): CountyState.FORWARDED,
}


def next_state(state: str, move: CountyMove) -> CountyState:
    """State after `move`. Source: settled procedure of the daily report (docs/daily-report.md)."""
    try:
        return TRANSITIONS[CountyState(state), move]
    except KeyError:
        raise Refusal(
            "move_not_allowed",
            f"县级日报现在是“{CountyState(state).label}”，不能{move.label}",
            field="state",
            source="县级上报",
            status=409,
        ) from None


def state_at(state: str, open_until: datetime.datetime | None, now: datetime.datetime) -> str:
    """The state that holds at `now`: a re-opened day past its end is forwarded again."""
    return CountyState.FORWARDED.value if has_ended(open_until, now) else state


def require_unlocked(state: str, county: str, day: datetime.date) -> None:
    """A forwarded day is locked below: the city opens it first."""
    if state == CountyState.FORWARDED:
        raise Refusal(
            "day_is_forwarded",
            f"{county} {day} 已上报市换届办，乡镇日报已锁定；先请市级退回或重开这一天",
            field="state",
            source="县级上报",
            status=409,
        )
