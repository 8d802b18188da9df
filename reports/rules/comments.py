"""The course of a comment: which side may move it from where to where. docs/comments.md draws it."""

import datetime
from typing import TYPE_CHECKING, Final

from accounts.choices import Level
from accounts.errors import Refusal
from reports.choices_comments import CommentMove, CommentState, Side

if TYPE_CHECKING:
    from accounts.models import Area

S, M = CommentState, CommentMove
SOURCE: Final = "点评流程"

# (state, move) → (who, next state). What is not listed is refused.
TRANSITIONS: Final[dict[tuple[str, str], tuple[Side, CommentState]]] = {
    (S.DRAFT, M.EDIT): (Side.SENDER, S.DRAFT),
    (S.DRAFT, M.SKIP): (Side.SENDER, S.SKIPPED),
    (S.SKIPPED, M.RESTORE): (Side.SENDER, S.DRAFT),
    (S.DRAFT, M.SEND): (Side.SENDER, S.SENT),
    (S.SENT, M.ACKNOWLEDGE): (Side.RECIPIENT, S.ACKNOWLEDGED),
    (S.SENT, M.REPLY): (Side.RECIPIENT, S.REPLIED),
    (S.ACKNOWLEDGED, M.REPLY): (Side.RECIPIENT, S.REPLIED),
    (S.ASKED_AGAIN, M.REPLY): (Side.RECIPIENT, S.REPLIED),
    (S.REPLIED, M.ASK_AGAIN): (Side.SENDER, S.ASKED_AGAIN),
    (S.REPLIED, M.CLOSE): (Side.SENDER, S.CLOSED),
    (S.ACKNOWLEDGED, M.CLOSE): (Side.SENDER, S.CLOSED),
}

# An answer is owed in these.
WAITING: Final = (S.SENT, S.ACKNOWLEDGED, S.ASKED_AGAIN)
OPEN: Final = (*WAITING, S.REPLIED)
UNSENT: Final = (S.DRAFT, S.SKIPPED)


def next_state(state: str, move: str) -> CommentState:
    """State after a move; a move that the table does not have is refused with what may be done instead."""
    if (state, move) not in TRANSITIONS:
        possible = "、".join(M(name).label for at, name in TRANSITIONS if at == state)
        raise Refusal(
            "comment_move_impossible",
            f"“{S(state).label}”的点评不能{M(move).label}，现在可以：{possible or '查看'}",
            field="state",
            source=SOURCE,
            status=409,
        )
    return TRANSITIONS[state, move][1]


def side_of(move: str) -> Side:
    """Who makes a move, whatever the state."""
    return next(side for (_, name), (side, _) in TRANSITIONS.items() if name == move)


def moves(state: str, side: str) -> list[str]:
    """What a side may do now, in the order of the table."""
    return [name for (at, name), (who, _) in TRANSITIONS.items() if at == state and who == side]


def answering_office(recipient: "Area") -> int | None:
    """Id of the unit that answers: villages have no accounts, their township answers for them."""
    return recipient.pk if recipient.level < Level.VILLAGE else recipient.parent_id


def is_overdue(state: str, due_at: datetime.datetime | None, now: datetime.datetime) -> bool:
    """An answer is owed and the time given is over; the due moment itself is still in time."""
    return state in WAITING and due_at is not None and now > due_at
