"""What a dated change of the tree means for the rows of each app. Apps above register their share.

    area_moves.register(10, Share("elections", "村情档案", tell, carry_out))

`tell(change)` gives the sentences of the preview, `carry_out(change, by)` what is left to do once `area_move()` has
changed the tree and the paths of all rows, `finish(changes, by)` what is done once for all changes of a run (totals):
in the same transaction, under the system scope `areas`.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.choices import AreaOperationKind


@dataclass(frozen=True)
class Change:
    """An operation as apps see it; units by id, `opened` by code (they have no id before the day has come).

    `sources`: the units that are moved, merged or split · `closed`: those that end · `roots`: those whose place changes,
    with everything below · `opened`: those that begin · `into`: the unit or code that takes over, of a merger.
    """

    kind: AreaOperationKind
    day: datetime.date
    city: str
    sources: tuple[int, ...]
    roots: tuple[int, ...] = ()
    closed: tuple[int, ...] = ()
    opened: tuple[str, ...] = ()
    into: str = ""


Tell = Callable[[Change], list[str]]
CarryOut = Callable[[Change, Any], list[str]]
Finish = Callable[[list[Change], Any], list[str]]


def _nothing(changes: list[Change], by: Any) -> list[str]:
    return []


@dataclass(frozen=True)
class Share:
    """The share of one app."""

    key: str
    label: str
    tell: Tell
    carry_out: CarryOut
    finish: Finish = _nothing


_shares: list[tuple[int, Share]] = []


def register(order: int, share: Share) -> None:
    """Add an app's share; they are told and carried out in this order."""
    if any(known.key == share.key for _, known in _shares):
        return
    _shares.append((order, share))
    _shares.sort(key=lambda pair: pair[0])


def shares() -> tuple[Share, ...]:
    return tuple(share for _, share in _shares)
