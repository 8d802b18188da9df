"""退回, 重开, 收回: the county opens a township's filed day and closes it again; what has run out ends by itself."""

import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.choices import Level, Role
from accounts.errors import Refusal
from accounts.models import Area
from reports import audit_types
from reports.actions.sheets import filed_sheet, move_sheet
from reports.choices import CountyState, Move, OpeningKind, SheetState
from reports.models import CountyDay, DailyRevision, DailySheet, SheetOpening, SheetRecall
from reports.queries.clock import database_now
from reports.rules import county_states, days, openings, states

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round


def require_own_county(by: "Scope", township: Area) -> None:
    """Only the county office above the township, and nobody above or beside it."""
    if by.role != Role.COUNTY_OFFICE or township.level != Level.TOWNSHIP or not by.covers(township):
        raise PermissionDenied


@transaction.atomic
def return_day(
    round: "Round", township: Area, day: datetime.date, *, version: int, reason: str, by: "Scope"
) -> SheetOpening:
    """退回: the county asks the township to check its filed day and file it again."""
    return _open(round, township, day, Move.RETURN, version=version, reason=reason, ends_at=None, by=by)


@transaction.atomic
def reopen_day(
    round: "Round",
    township: Area,
    day: datetime.date,
    *,
    version: int,
    reason: str,
    ends_at: datetime.datetime | None,
    by: "Scope",
) -> SheetOpening:
    """重开: the county lets the township correct its day until `ends_at`; after it the filed revision stands."""
    return _open(round, township, day, Move.REOPEN, version=version, reason=reason, ends_at=ends_at, by=by)


def _open(
    round: "Round",
    township: Area,
    day: datetime.date,
    move: Move,
    *,
    version: int,
    reason: str,
    ends_at: datetime.datetime | None,
    by: "Scope",
) -> SheetOpening:
    require_own_county(by, township)
    now = database_now()
    sheet = filed_sheet(round, township, day)
    next_state = states.next_state(sheet.state, move)
    require_version(sheet, version)
    days.require_open(round, day, days.local_day(now))
    latest = require_unlocked(round, township, day, now)
    reopening = move is Move.REOPEN
    revision = DailyRevision.objects.get(round=round, area=township, date=day, number=sheet.revisions)
    opening = SheetOpening(
        round_id=round.pk,
        area=township,
        date=day,
        kind=OpeningKind.REOPENED if reopening else OpeningKind.RETURNED,
        number=sheet.revisions,
        reason=openings.require_reason(reason),
        ends_at=openings.require_end(ends_at, now, latest) if reopening else None,
        opened_by=by.assignment,
        opened_by_name=by.name,
        opened_by_office=by.office,
        author_id=revision.filed_by_id,
    )
    act = audit_types.DAY_REOPENED if reopening else audit_types.DAY_RETURNED
    audit.act(
        by, act, sheet, reason=opening.reason, after={"number": sheet.revisions, "until": opening.ends_at}
    )
    opening.save()
    move_sheet(sheet, next_state, opening=opening, open_until=opening.ends_at or latest)
    return opening


@transaction.atomic
def recall_day(
    round: "Round", township: Area, day: datetime.date, *, version: int, reason: str, by: "Scope"
) -> DailySheet:
    """收回: the county closes what it opened; the filed revision stands, what was typed stays in the draft."""
    require_own_county(by, township)
    sheet = filed_sheet(round, township, day)
    next_state = states.next_state(sheet.state, Move.RECALL)
    require_version(sheet, version)
    recall = SheetRecall(
        round_id=round.pk,
        area=township,
        date=day,
        number=sheet.revisions,
        reason=openings.require_reason(reason),
        recalled_by=by.assignment,
    )
    audit.act(by, audit_types.DAY_RECALLED, sheet, reason=recall.reason)
    recall.save()
    move_sheet(sheet, next_state)
    return sheet


def require_version(sheet: DailySheet, version: int) -> None:
    """The officer decides about the revision on the screen, not about one filed meanwhile."""
    if sheet.version != version:
        raise Refusal(
            "sheet_moved_on",
            "这一天的日报刚被别人动过，请刷新后核对再办",
            field="version",
            source="日报状态",
            status=409,
        )


def require_unlocked(
    round: "Round", township: Area, day: datetime.date, now: datetime.datetime
) -> datetime.datetime | None:
    """Refuse to open a day the county has forwarded; gives the end of the county's own re-opening, if there is one.

    Read after the sheet is locked: a forwarding locks the sheets too, so one of the two sees the other.
    """
    county = (
        CountyDay.objects.select_related("area").filter(round=round, area=township.parent, date=day).first()
    )
    if county is None:
        return None
    state = county_states.state_at(county.state, county.open_until, now)
    county_states.require_unlocked(state, county.area.name, day)
    return county.open_until if state == CountyState.REOPENED else None


@transaction.atomic
def end_openings(*, by: "Scope") -> int:
    """Close every opened day whose end has passed, of townships and of counties; gives how many. Four queries."""
    now = database_now()
    sheets = DailySheet.objects.filter(state__in=states.OPENED, open_until__lt=now)
    counties = CountyDay.objects.filter(state=CountyState.REOPENED, open_until__lt=now)
    if not sheets.exists() and not counties.exists():
        return 0
    audit.act(by, audit_types.OPENINGS_ENDED, DailySheet, after={"until": now})
    closed = {"version": F("version") + 1, "opening": None, "open_until": None}
    ended = sheets.update(state=SheetState.FILED, **closed)
    return ended + counties.update(state=CountyState.FORWARDED, **closed)
