"""The sheet of a township's day: locked, as it stands now, moved to its next state."""

import datetime
from typing import TYPE_CHECKING

from accounts.errors import Refusal
from accounts.models import Area
from reports.choices import Move
from reports.models import DailySheet, SheetOpening
from reports.queries.clock import database_now
from reports.rules import states

if TYPE_CHECKING:
    from elections.models import Round


def lock_sheet(round: "Round", township: Area, day: datetime.date) -> DailySheet | None:
    """The sheet of a day, locked until the end of the transaction; None when nobody opened it.

    An opening that has run out by the database's clock is over here too, whether or not the timer has run:
    `ended_at` then says when. Whoever moves the sheet on writes that down with it.
    """
    sheet = (
        DailySheet.objects.select_for_update(of=("self",))
        .select_related("area", "opening")
        .filter(round=round, area=township, date=day)
        .first()
    )
    if sheet is not None and sheet.open_until and states.has_ended(sheet.open_until, database_now()):
        sheet.ended_at = sheet.open_until
        sheet.state = states.next_state(sheet.state, Move.END)
        sheet.version, sheet.opening, sheet.open_until = sheet.version + 1, None, None
    return sheet


def filed_sheet(round: "Round", township: Area, day: datetime.date) -> DailySheet:
    """The locked sheet of a day that has been filed; refuses a day nobody has opened."""
    sheet = lock_sheet(round, township, day)
    if sheet is None:
        raise Refusal(
            "day_not_filed", f"{day} 还没有上报，直接填报即可", field="date", source="日报状态", status=409
        )
    return sheet


def move_sheet(
    sheet: DailySheet,
    state: str,
    *,
    opening: SheetOpening | None = None,
    open_until: datetime.datetime | None = None,
) -> None:
    """The one place where a filed sheet changes its state; each move adds 1 to the version."""
    sheet.state, sheet.opening, sheet.open_until = state, opening, open_until
    sheet.version += 1
    sheet.save(update_fields=["state", "opening", "open_until", "version", "updated_at"])
