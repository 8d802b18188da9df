"""退回, 重开 of a county's day: the city opens what the county has forwarded."""

import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import audit
from accounts.choices import Level, Role
from accounts.errors import Refusal
from accounts.models import Area
from reports import audit_types
from reports.actions.forwarding import lock_county_day, moved_on
from reports.choices import CountyMove, OpeningKind
from reports.models import CountyDay, CountyForward, CountyOpening
from reports.queries.clock import database_now
from reports.rules import county_states, days, openings

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round


@transaction.atomic
def return_county_day(
    round: "Round", county: Area, day: datetime.date, *, version: int, reason: str, by: "Scope"
) -> CountyOpening:
    """退回: the city asks the county to check the day and forward it again."""
    return _open(round, county, day, CountyMove.RETURN, version=version, reason=reason, ends_at=None, by=by)


@transaction.atomic
def reopen_county_day(
    round: "Round",
    county: Area,
    day: datetime.date,
    *,
    version: int,
    reason: str,
    ends_at: datetime.datetime | None,
    by: "Scope",
) -> CountyOpening:
    """重开: the city lets the county correct the day until `ends_at`; after it the last forwarding stands."""
    return _open(
        round, county, day, CountyMove.REOPEN, version=version, reason=reason, ends_at=ends_at, by=by
    )


def _open(
    round: "Round",
    county: Area,
    day: datetime.date,
    move: CountyMove,
    *,
    version: int,
    reason: str,
    ends_at: datetime.datetime | None,
    by: "Scope",
) -> CountyOpening:
    if by.role != Role.CITY_OFFICE or county.level != Level.COUNTY or not by.covers(county):
        raise PermissionDenied
    now = database_now()
    days.require_open(round, day, days.local_day(now))
    found = _forwarded(round, county, day, now)
    next_state = county_states.next_state(found.state, move)
    if found.version != version:
        raise moved_on()
    reopening = move is CountyMove.REOPEN
    last = CountyForward.objects.get(round=round, area=county, date=day, number=found.forwards)
    opening = CountyOpening(
        round_id=round.pk,
        area=county,
        date=day,
        kind=OpeningKind.REOPENED if reopening else OpeningKind.RETURNED,
        number=found.forwards,
        reason=openings.require_reason(reason),
        ends_at=openings.require_end(ends_at, now) if reopening else None,
        opened_by=by.assignment,
        opened_by_name=by.name,
        opened_by_office=by.office,
        author_id=last.forwarded_by_id,
    )
    act = audit_types.COUNTY_REOPENED if reopening else audit_types.COUNTY_RETURNED
    after = {"number": found.forwards, "until": opening.ends_at}
    audit.act(by, act, found, reason=opening.reason, after=after)
    opening.save()
    found.state, found.version = next_state, found.version + 1
    found.opening, found.open_until = opening, opening.ends_at
    found.save()
    return opening


def _forwarded(round: "Round", county: Area, day: datetime.date, now: datetime.datetime) -> CountyDay:
    """The county's day, locked; refused where the county has not begun it."""
    found = lock_county_day(round, county, day, now)
    if found is None:
        raise Refusal(
            "day_not_forwarded",
            f"{county.name} {day} 还没有上报",
            field="date",
            source="县级上报",
            status=409,
        )
    return found
