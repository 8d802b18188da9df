"""One day of one township as it stood at a past moment."""

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Q

from reports.choices import SheetState
from reports.models import CorrectionRequest
from reports.queries.day import NEARBY, Day
from reports.queries.receipts import revisions_of
from reports.queries.rows import filed_rows
from reports.queries.settings import InForce
from reports.queries.settled import COURSE, settle
from reports.queries.sheets_as_of import Days, sheets_as_of

if TYPE_CHECKING:
    from accounts.models import Area
    from accounts.scope import Scope


def day_then(
    scope: "Scope",
    force: InForce,
    township: "Area",
    date: datetime.date,
    moment: datetime.datetime,
    number: int | None = None,
) -> Day:
    """The day with the newest revision filed by the moment, or revision `number` of those; a draft is never shown.

    State, clock and the days around stand at the moment. At most twelve queries.
    """
    settle(COURSE, moment)
    around = [date + datetime.timedelta(days=n) for n in range(-NEARBY, NEARBY + 1)]
    sheets = sheets_as_of(Days(scope, force.round, township, around, moment))
    near = {place[1]: sheet for place, sheet in sheets.items()}
    day = Day(replace(force, now=moment), township, date, near.get(date), near, force.items(date))
    filed = revisions_of(force.round, township, date)
    day.revisions = [revision for revision in filed if revision.filed_at <= moment]
    day.shown = next((one for one in day.revisions if number in (None, one.number)), None)
    if day.shown:
        day.rows = filed_rows(day.shown, day.items)
    if day.state == SheetState.CORRECTION_REQUESTED:
        asked = CorrectionRequest.objects.filter(sheet__round=force.round, area=township, date=date)
        waiting = asked.filter(Q(decided_at=None) | Q(decided_at__gt=moment), asked_at__lte=moment)
        day.request = waiting.order_by("-asked_at").first()
    return day
