"""States of a township's day and what moves it. The diagram stands in docs/daily-report.md."""

import datetime
from typing import Final

from accounts.errors import Refusal
from reports.choices import Move, SheetState

TRANSITIONS: Final = {
    (SheetState.DRAFT, Move.FILE): SheetState.FILED,
    (SheetState.FILED, Move.REQUEST_CORRECTION): SheetState.CORRECTION_REQUESTED,
    (SheetState.FILED, Move.RETURN): SheetState.RETURNED,
    (SheetState.FILED, Move.REOPEN): SheetState.REOPENED,
    (SheetState.CORRECTION_REQUESTED, Move.CONSENT): SheetState.CORRECTING,
    (SheetState.CORRECTION_REQUESTED, Move.DECLINE): SheetState.FILED,
    (SheetState.CORRECTING, Move.FILE_CORRECTION): SheetState.FILED,
    (SheetState.CORRECTING, Move.RECALL): SheetState.FILED,
    (SheetState.CORRECTING, Move.END): SheetState.FILED,
    (SheetState.RETURNED, Move.FILE_CORRECTION): SheetState.FILED,
    (SheetState.RETURNED, Move.RECALL): SheetState.FILED,
    (SheetState.RETURNED, Move.END): SheetState.FILED,
    (SheetState.REOPENED, Move.FILE_CORRECTION): SheetState.FILED,
    (SheetState.REOPENED, Move.RECALL): SheetState.FILED,
    (SheetState.REOPENED, Move.END): SheetState.FILED,
}
# A filed day that its township may correct now; it must be closed before the county forwards the day.
OPENED: Final = (SheetState.CORRECTING, SheetState.RETURNED, SheetState.REOPENED)
EDITABLE: Final = (SheetState.DRAFT, *OPENED)


def next_state(state: str, move: Move) -> SheetState:
    """State after `move`. Source: settled procedure of the daily report (docs/daily-report.md)."""
    try:
        return TRANSITIONS[SheetState(state), move]
    except KeyError:
        raise Refusal(
            "move_not_allowed",
            f"日报现在是“{SheetState(state).label}”，不能{move.label}",
            field="state",
            source="日报状态",
            status=409,
        ) from None


def has_ended(open_until: datetime.datetime | None, now: datetime.datetime) -> bool:
    """Whether an opened day is over; its last moment still counts. `now` is the database's clock."""
    return open_until is not None and now > open_until


def state_at(state: str, open_until: datetime.datetime | None, now: datetime.datetime) -> str:
    """The state that holds at `now`: an opened day past its end is filed again, whether or not the timer has run."""
    return SheetState.FILED.value if has_ended(open_until, now) else state


def require_editable(state: str) -> None:
    """Figures are typed only into a draft or an open correction."""
    if state not in EDITABLE:
        raise Refusal(
            "day_is_filed",
            f"日报现在是“{SheetState(state).label}”，数已封存；要改请申请更正",
            field="state",
            source="日报状态",
            status=409,
        )
