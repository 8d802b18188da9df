"""The county confirms its townships' day and forwards it."""

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.choices import Level, Role
from accounts.errors import Refusal
from accounts.models import Area
from reports import audit_types
from reports.choices import CountyMove, CountyState
from reports.models import CountyDay, CountyForward, DailySheet
from reports.queries.clock import database_now
from reports.queries.county_day import TownLine, mac_of, newest_revisions, town_lines, townships_of
from reports.queries.settings import cut_offs
from reports.rules import county_states, days, forwarding
from reports.rules.timing import due_at

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round

SUPPLEMENT = "补报 {} 个乡镇"


@transaction.atomic
def forward_day(
    round: "Round",
    county: Area,
    day: datetime.date,
    *,
    version: int,
    by: "Scope",
    reasons: Mapping[str, str] | None = None,
) -> CountyForward:
    """县级上报: confirm the newest revision of each township and lock the day. Twice gives the same forwarding.

    `reasons`: code of a township that has not filed → why. Refused while a township may still change its figures,
    when nobody has filed, before the townships' cut-off unless all have, when the day has moved on since `version`,
    and when nothing has come since the last forwarding. On time or late is the database's judgement.
    """
    if by.role != Role.COUNTY_OFFICE or county.level != Level.COUNTY or not by.covers(county):
        raise PermissionDenied
    now = database_now()
    days.require_open(round, day, days.local_day(now))
    found = _open_county_day(round, county, day, now, by=by)
    if found.version != version:
        return _already_forwarded(found, version)
    lines = _locked_lines(round, county, day, now, by=by)
    added = [line for line in lines if line.is_new]
    again = found.state == CountyState.FORWARDED and bool(added)
    next_state = county_states.next_state(found.state, CountyMove.SUPPLEMENT if again else CountyMove.FORWARD)
    missing = _missing(round, day, lines, now, reasons or {})
    reason = found.opening.reason if found.opening else SUPPLEMENT.format(len(added)) if again else ""
    return _freeze(round, found, lines, missing, next_state, reason, by=by)


def _open_county_day(
    round: "Round", county: Area, day: datetime.date, now: datetime.datetime, *, by: "Scope"
) -> CountyDay:
    """The county's day, locked; the first call makes it."""
    found = lock_county_day(round, county, day, now)
    if found is None:
        audit.act(by, audit_types.COUNTY_OPENED, CountyDay, after={"date": day}, unit_path=county.path)
        CountyDay.objects.bulk_create(
            [CountyDay(round_id=round.pk, area_id=county.pk, date=day)], ignore_conflicts=True
        )
        found = lock_county_day(round, county, day, now)
    if found is None:
        raise RuntimeError(f"county day of {county.code} {day} was neither made nor found")
    return found


def lock_county_day(
    round: "Round", county: Area, day: datetime.date, now: datetime.datetime
) -> CountyDay | None:
    """The county's day, locked until the end of the transaction, as it stands at `now`; None if nobody opened it."""
    found = (
        CountyDay.objects.select_for_update(of=("self",))
        .select_related("area", "opening")
        .filter(round=round, area=county, date=day)
        .first()
    )
    if found is not None and county_states.state_at(found.state, found.open_until, now) != found.state:
        found.state = county_states.next_state(found.state, CountyMove.END)
        found.version, found.opening, found.open_until = found.version + 1, None, None
    return found


def _already_forwarded(found: CountyDay, version: int) -> CountyForward:
    forward = (
        CountyForward.objects.select_related("area")
        .filter(round_id=found.round_id, area_id=found.area_id, date=found.date, day_version=version)
        .first()
    )
    if forward is None:
        raise moved_on()
    return forward


def moved_on() -> Refusal:
    """The officer decides about the day on the screen, not about one that was changed meanwhile."""
    return Refusal(
        "county_day_moved_on",
        "这一天的县级日报刚被别人动过，请刷新后核对再办",
        field="version",
        source="县级上报",
        status=409,
    )


def _locked_lines(
    round: "Round", county: Area, day: datetime.date, now: datetime.datetime, *, by: "Scope"
) -> list[TownLine]:
    """The townships with their sheets locked: nobody files or opens one of them meanwhile."""
    sheets = list(
        DailySheet.objects.visible_to(by)
        .within(county)
        .filter(round=round, date=day)
        .select_for_update(of=("self",))
        .order_by("area_id")
    )
    return town_lines(
        townships_of(by, round, county, day), sheets, newest_revisions(by, round, county, day), now
    )


def _missing(
    round: "Round",
    day: datetime.date,
    lines: list[TownLine],
    now: datetime.datetime,
    reasons: Mapping[str, str],
) -> list[dict[str, str]]:
    """The townships forwarded without a report, each with its reason, once nothing stands in the way."""
    waiting = [line for line in lines if line.is_missing]
    if len(waiting) == len(lines):
        raise Refusal(
            "nothing_filed", "还没有乡镇上报，没有可以上报的", field="date", source="县级上报", status=409
        )
    forwarding.require_closed(
        [(line.area.name, line.sheet.get_state_display()) for line in lines if line.is_open and line.sheet]
    )
    forwarding.require_complete_or_due(waiting, due=due_at(day, cut_offs(round)[Level.TOWNSHIP]), now=now)
    return forwarding.named([(line.area.code, line.area.name) for line in waiting], reasons)


def _freeze(
    round: "Round",
    found: CountyDay,
    lines: list[TownLine],
    missing: list[dict[str, str]],
    next_state: CountyState,
    reason: str,
    *,
    by: "Scope",
) -> CountyForward:
    number = found.forwards + 1
    after = {"number": number, "missing": len(missing)}
    audit.act(by, audit_types.COUNTY_FORWARDED, found, reason=reason, after=after)
    forward = _forward_of(round, found, lines, missing, reason, by=by)
    forward.save()
    forward.refresh_from_db(fields=["forwarded_at", "late"])
    _confirm(found, lines)
    found.state, found.version, found.forwards = next_state, found.version + 1, number
    found.first_forwarded_at = found.first_forwarded_at or forward.forwarded_at
    found.opening, found.open_until = None, None
    found.save()
    return forward


def _forward_of(
    round: "Round",
    found: CountyDay,
    lines: list[TownLine],
    missing: list[dict[str, str]],
    reason: str,
    *,
    by: "Scope",
) -> CountyForward:
    """What is frozen: the newest revision of each township in the order of the codes, sealed."""
    number = found.forwards + 1
    filed = sorted((line for line in lines if not line.is_missing), key=lambda line: line.area.code)
    confirmed = [_line(line) for line in filed]
    forward = CountyForward(
        round_id=found.round_id,
        area=found.area,
        date=found.date,
        number=number,
        day_version=found.version,
        forwarded_by=by.assignment,
        forwarded_by_name=by.name,
        forwarded_by_office=by.office,
        due_at=due_at(found.date, cut_offs(round)[Level.COUNTY]),
        reason=reason,
        opening=found.opening,
        opened_by_id=found.opening.opened_by_id if found.opening else None,
        townships=len(lines),
        lines=confirmed,
        missing=missing,
        digest=forwarding.digest(found.area.code, found.date, number, confirmed, missing),
    )
    forward.mac = mac_of(forward)
    return forward


def _line(line: TownLine) -> dict[str, object]:
    revision = line.revision
    if revision is None:
        raise ValueError("a line needs a revision")
    return {
        "code": line.area.code,
        "name": line.area.name,
        "number": revision.number,
        "digest": revision.digest,
        "late": line.was_late(revision.due_at),
        "zero": revision.is_zero,
    }


def _confirm(found: CountyDay, lines: list[TownLine]) -> None:
    """Write the confirmed revision into each sheet, and close those whose opening has run out."""
    filed = DailySheet.objects.filter(
        pk__in=[line.sheet.pk for line in lines if line.sheet], revisions__gte=1
    )
    filed.update(confirmed=F("revisions"))
    ended = [line.sheet.pk for line in lines if line.sheet and line.state != line.sheet.state]
    if ended:
        DailySheet.objects.filter(pk__in=ended).update(
            state="filed", version=F("version") + 1, opening=None, open_until=None
        )
