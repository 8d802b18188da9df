"""Cards of 今日 about forwarding: what the county has to hand on, what came back, what the city waits for."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse

from accounts import today
from accounts.choices import Level, Role
from accounts.formats import day_long, moment
from accounts.models import Area
from accounts.today import Card
from elections.models import Org
from reports.choices import CountyState, SheetState
from reports.deadline_kinds import COUNTY
from reports.models import CountyDay, DailySheet
from reports.queries.settings import InForce, in_force_of
from reports.rules import county_states
from reports.rules.days import local_day, reporting_days
from reports.rules.timing import due_at

if TYPE_CHECKING:
    from accounts.scope import Scope

BACK = datetime.timedelta(days=6)
KIND = "上报"
NAMED = 6


def declare() -> None:
    """Register the provider."""
    today.register(15, forwarding_cards)


def forwarding_cards(scope: "Scope", now: datetime.datetime) -> Iterable[Card]:
    """What forwarding asks of this office now. At most four queries."""
    unit = scope.unit
    if scope.has(Role.COUNTY_OFFICE) and unit and unit.level == Level.COUNTY:
        return _county_cards(scope, unit)
    if scope.has(Role.CITY_OFFICE) and unit and unit.level == Level.CITY:
        return _city_cards(scope, unit)
    return []


def _days(force: InForce) -> list[datetime.date]:
    last = local_day(force.now)
    return reporting_days(force.round, last - BACK, last)


def _county_cards(scope: "Scope", county: Area) -> list[Card]:
    """A card for each day of the week that waits to be forwarded: filed and not forwarded, returned, re-opened, added to."""
    force = in_force_of(scope)
    if force is None or not (asked := _days(force)):
        return []
    recent = Q(date__gte=asked[0]) | Q(state__in=(CountyState.RETURNED, CountyState.REOPENED))
    found = CountyDay.objects.visible_to(scope).within(county).select_related("opening")
    days = {day.date: day for day in found.filter(recent, round=force.round)}
    sheets = DailySheet.objects.visible_to(scope).within(county).filter(revisions__gte=1, round=force.round)
    sheets = sheets.filter(date__gte=min([asked[0], *days]))
    counts = {
        row["date"]: row
        for row in sheets.order_by()
        .values("date")
        .annotate(filed=Count("pk"), confirmed=Count("pk", filter=Q(confirmed=F("revisions"))))
    }
    wanted = sorted({*asked, *days})
    cards = [_county_card(force, county, day, days.get(day), counts.get(day, {})) for day in wanted]
    return [card for card in cards if card is not None]


def _county_card(
    force: InForce, county: Area, day: datetime.date, found: CountyDay | None, counts: dict
) -> Card | None:
    url = f"{reverse('reports:forward', args=[day.isoformat()])}?unit={county.code}"
    due: datetime.datetime | None = due_at(day, force.cut_offs[Level.COUNTY])
    state = county_states.state_at(found.state, found.open_until, force.now) if found else CountyState.OPEN
    act = "上报"
    filed = counts.get("filed", 0)
    if found is not None and found.opening and state in (CountyState.RETURNED, CountyState.REOPENED):
        word = "退回" if state == CountyState.RETURNED else f"重开到 {moment(found.opening.ends_at)}"
        detail = f"市级{word}：{found.opening.reason}"
        due, act = found.opening.ends_at, "再次上报"
    elif state == CountyState.FORWARDED:
        added = filed - counts.get("confirmed", 0)
        if not added:
            return None
        due, act, detail = None, "补充上报", f"上报以后又有 {added} 个乡镇报来或更正"
    else:
        detail = f"已报 {filed} 个乡镇，还没有上报市" if filed else "还没有乡镇上报"
    return COUNTY.at(county, due, url, day=day, detail=detail, action=act).card()


def _city_cards(scope: "Scope", city: Area) -> list[Card]:
    """The last two days whose county cut-off has passed with counties silent, and corrections that wait behind a locked day."""
    force = in_force_of(scope)
    if force is None or not (asked := _days(force)):
        return []
    passed = [day for day in asked if force.now > due_at(day, force.cut_offs[Level.COUNTY])]
    orgs = Org.objects.visible_to(scope).within(city).filter(round=force.round)
    counties = list(
        Area.objects.filter(
            level=Level.COUNTY, valid_to=None, pk__in=orgs.values("area__parent__parent_id")
        ).order_by("sort_order", "path")
    )
    forwarded = set(
        CountyDay.objects.visible_to(scope)
        .within(city)
        .filter(round=force.round, date__gte=asked[0], forwards__gte=1)
        .values_list("area_id", "date")
    )
    cards = []
    for day in passed[-2:]:
        silent = [county for county in counties if (county.pk, day) not in forwarded]
        if silent:
            cards.append(_silent_card(force, city, day, silent))
    return [*cards, *_locked_requests(scope, force, asked)]


def _silent_card(force: InForce, city: Area, day: datetime.date, silent: list[Area]) -> Card:
    names = "、".join(county.name for county in silent[:NAMED]) + ("等" if len(silent) > NAMED else "")
    url = f"{reverse('completeness:grid')}?unit={city.code}&to={day.isoformat()}&what=county"
    due = due_at(day, force.cut_offs[Level.COUNTY])
    return Card(due, f"{day_long(day)}县级上报未到齐", names, f"{len(silent)} 个县", url, "查看", KIND)


def _locked_requests(scope: "Scope", force: InForce, asked: list[datetime.date]) -> list[Card]:
    """Counties whose townships ask for a correction of a day that only the city can open. One query."""
    locked = CountyDay.objects.filter(
        round=force.round, area=OuterRef("area__parent"), date=OuterRef("date"), state=CountyState.FORWARDED
    )
    rows = (
        DailySheet.objects.visible_to(scope)
        .filter(Exists(locked), round=force.round, state=SheetState.CORRECTION_REQUESTED, date__gte=asked[0])
        .order_by("date", "area__parent__path")
        .values("date", code=F("area__parent__code"), name=F("area__parent__name"))
        .annotate(towns=Count("pk"))
    )
    return [
        Card(
            None,
            f"{row['name']}{day_long(row['date'])}日报有更正申请",
            f"{row['towns']} 个乡镇申请更正，这一天已锁定；退回或重开后县里才能同意",
            row["name"],
            f"{reverse('reports:forward', args=[row['date'].isoformat()])}?unit={row['code']}",
            "退回或重开",
            KIND,
        )
        for row in rows
    ]
