"""Cards of 今日 about the daily report."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.urls import reverse

from accounts import deadlines, today
from accounts.choices import Level, Role
from accounts.formats import day_long
from accounts.today import Card
from reports.choices import SheetState
from reports.deadline_kinds import CORRECTING, DAILY, REOPENED, RETURNED
from reports.models import CorrectionRequest, DailyOffer, DailySheet
from reports.queries.deadlines import ahead, owed
from reports.queries.settings import InForce, in_force_of
from reports.rules import states
from reports.rules.days import local_day, reporting_days
from reports.rules.timing import due_at

if TYPE_CHECKING:
    from accounts.scope import Scope

BACK = datetime.timedelta(days=6)
KIND = "日报"


def declare() -> None:
    """Register the providers."""
    today.register(10, daily_cards)
    today.register_clock(10, daily_clock)
    deadlines.register(everyone=owed, coming=ahead)


def daily_cards(scope: "Scope", now: datetime.datetime) -> Iterable[Card]:
    """What the daily report asks of this person now. At most three queries."""
    if scope.has(Role.TOWNSHIP) and scope.unit and scope.unit.level == Level.TOWNSHIP:
        return _township_cards(scope)
    if scope.has(Role.COUNTY_OFFICE):
        return _county_cards(scope)
    return []


def daily_clock(scope: "Scope", now: datetime.datetime) -> today.Clock | None:
    """The next cut-off of the unit."""
    if not scope.has(Role.COUNTY_OFFICE, Role.CITY_OFFICE) or scope.unit is None:
        return None
    force = in_force_of(scope)
    if force is None or not reporting_days(force.round, local_day(now), local_day(now)):
        return None
    level = Level.COUNTY if scope.unit.level <= Level.COUNTY else Level.TOWNSHIP
    return today.Clock(
        f"日报 {force.cut_offs[level]:%H:%M} 截止", due_at(local_day(now), force.cut_offs[level])
    )


def _township_cards(scope: "Scope") -> list[Card]:
    force = in_force_of(scope)
    if force is None:
        return []
    last = local_day(force.now)
    asked = reporting_days(force.round, last - BACK, last)
    recent = Q(date__gte=min(asked, default=last)) | Q(state__in=states.OPENED)
    found = DailySheet.objects.select_related("opening").filter(recent, round=force.round, area=scope.unit)
    sheets = {sheet.date: sheet for sheet in found}
    wanted = sorted({*asked, *(day for day in sheets if day < min(asked, default=last))})
    cards = [card for day in wanted if (card := _card(scope, force, day, sheets.get(day)))]
    return [*_offers(scope, force), *cards]


def _offers(scope: "Scope", force: InForce) -> list[Card]:
    """Sheets that the county or city collected and lays before this township."""
    offers = DailyOffer.objects.visible_to(scope).filter(round=force.round, area=scope.unit, is_open=True)
    return [
        Card(
            None,
            f"{offer.sent_by_office}送来 {day_long(offer.date)} 日报表",
            "核对后采用为草稿，再由本乡镇上报",
            scope.unit.name,
            reverse("reports:daily-offer", args=[offer.date.isoformat()]),
            "核对",
            KIND,
        )
        for offer in offers
    ]


def _card(scope: "Scope", force: InForce, day: datetime.date, sheet: DailySheet | None) -> Card | None:
    state = states.state_at(sheet.state, sheet.open_until, force.now) if sheet else ""
    if state in (SheetState.FILED, SheetState.CORRECTION_REQUESTED):
        return None
    url = reverse("reports:daily-day", args=[day.isoformat()])
    if sheet is not None and sheet.opening and state in states.OPENED:
        return _opened_card(scope, sheet, day, url)
    if state == SheetState.CORRECTING:
        detail = "县级已同意，改完上报另成一稿"
        return CORRECTING.at(scope.unit, None, url, day=day, detail=detail, action="更正").card()
    due = due_at(day, force.cut_offs[Level.TOWNSHIP])
    detail = "草稿已保存，还没有上报" if state else "还没有填"
    act = "继续填报" if state else "填报"
    return DAILY.at(scope.unit, due, url, day=day, detail=detail, action=act).card()


def _opened_card(scope: "Scope", sheet: DailySheet, day: datetime.date, url: str) -> Card:
    """What the county has returned or re-opened: by whom, why, until when."""
    opening = sheet.opening
    if opening is None:
        raise ValueError("an opened card needs an opening")
    kind, word = (REOPENED, "重开") if opening.ends_at else (RETURNED, "退回")
    detail = f"{opening.opened_by_name}{word}：{opening.reason}"
    return kind.at(scope.unit, sheet.open_until, url, day=day, detail=detail, action="更正").card()


def _county_cards(scope: "Scope") -> list[Card]:
    waiting = (
        CorrectionRequest.objects.filter(decision="", sheet__state=SheetState.CORRECTION_REQUESTED)
        .visible_to(scope)
        .annotate(code=F("area__code"), name=F("area__name"))
        .order_by("asked_at")
    )
    return [
        Card(
            None,
            f"{request.name}申请更正 {day_long(request.date)} 日报",
            f"{request.asked_by_name}：{request.reason}",
            request.name,
            f"{reverse('reports:daily-day', args=[request.date.isoformat()])}?unit={request.code}",
            "答复",
            KIND,
        )
        for request in waiting
    ]
