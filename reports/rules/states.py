"""States of a township's day and what moves it. The diagram stands in docs/daily-report.md."""

from typing import Final

from accounts.errors import Refusal
from reports.choices import Move, SheetState

TRANSITIONS: Final = {
    (SheetState.DRAFT, Move.FILE): SheetState.FILED,
    (SheetState.FILED, Move.REQUEST_CORRECTION): SheetState.CORRECTION_REQUESTED,
    (SheetState.CORRECTION_REQUESTED, Move.CONSENT): SheetState.CORRECTING,
    (SheetState.CORRECTION_REQUESTED, Move.DECLINE): SheetState.FILED,
    (SheetState.CORRECTING, Move.FILE_CORRECTION): SheetState.FILED,
}
EDITABLE: Final = (SheetState.DRAFT, SheetState.CORRECTING)


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
