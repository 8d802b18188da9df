"""今日 of a city and a county: who has reported, how far the election is, what is missing."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse

from accounts import today
from accounts.choices import Level, Role
from accounts.formats import day_long, delta, rate
from accounts.today import Card, Figure, Panel
from reports.models import RollupRow
from reports.queries.today import Picture, picture_of

if TYPE_CHECKING:
    from accounts.scope import Scope

OFFICES = (Role.CITY_OFFICE, Role.COUNTY_OFFICE)
STEPS = (
    ("party_elected_on", "党组织换届完成"),
    ("committee_formed_on", "选举委员会产生"),
    ("list_published_on", "选民名单公布"),
    ("voted_on", "村(居)委会投票"),
)
KIND = "日报"
NAMED = 3


def declare() -> None:
    """Register figures, cards, the panel and the chart."""
    today.register_figure(10, filed_figure)
    for order, (key, label) in enumerate(STEPS):
        today.register_figure(20 + order, step_figure(key, label))
    today.register(20, missing_cards)
    today.register_panel(10, filed_panel)
    today.register_panel(20, trend_panel)


def _picture(scope: "Scope") -> Picture | None:
    return picture_of(scope) if scope.has(*OFFICES) else None


def _table(scope: "Scope", day: datetime.date, **more: str) -> str:
    query = {"unit": scope.unit.code, "date": day.isoformat(), **more}
    return f"{reverse('rollup:table')}?{urlencode(query)}"


def filed_figure(scope: "Scope", now: datetime.datetime) -> Figure | None:
    """Reports in, out of the townships asked."""
    picture = _picture(scope)
    if picture is None or picture.now is None:
        return None
    row, before = picture.now, picture.before
    waiting = row.townships - row.filed
    note = f"{'缺报' if picture.is_closed else '待报'} {waiting}"
    if before is not None:
        note += f"，昨日迟报 {before.late}、缺报 {before.townships - before.filed}"
    url = _table(scope, picture.day, open="townships", of=scope.unit.code) + "#drill"
    return Figure("日报到齐", row.filed, url, total=row.townships, unit="个乡镇", note=note)


def step_figure(key: str, label: str) -> today.FigureProvider:
    """A step's villages done, out of those due, with today's increase."""

    def provide(scope: "Scope", now: datetime.datetime) -> Figure | None:
        picture = _picture(scope)
        if picture is None or picture.now is None:
            return None
        done, due = getattr(picture.now, key), picture.now.due
        note = f"{rate(100 * done / due)}%" if due else ""
        if picture.before is not None:
            more = done - getattr(picture.before, key)
            note += f"，今日 {'≥' if picture.now.filed < picture.now.townships else ''}{delta(more)}"
        url = _table(scope, picture.day, open=key, of=scope.unit.code) + "#drill"
        return Figure(label, done, url, total=due, note=note)

    return provide


def missing_cards(scope: "Scope", now: datetime.datetime) -> Iterable[Card]:
    """Today's and yesterday's reports that are not in: one card a day, whatever the number of units below."""
    picture = _picture(scope)
    if picture is None:
        return []
    yesterday = picture.day - datetime.timedelta(days=1)
    cards = [
        _card(scope, picture, [row for row, _ in picture.children], picture.day, "今日日报未到齐"),
        _card(scope, picture, [row for _, row in picture.children if row], yesterday, "昨日日报缺报"),
    ]
    return [card for card in cards if card is not None]


def _card(
    scope: "Scope", picture: Picture, rows: list[RollupRow], day: datetime.date, title: str
) -> Card | None:
    short = [row for row in rows if row.filed < row.townships]
    if not short:
        return None
    due = picture.due + (day - picture.day)
    asked, filed = sum(row.townships for row in rows), sum(row.filed for row in rows)
    detail = f"{day_long(day)} {due:%H:%M} 截止；已到 {filed:,}／{asked:,}"
    target = _who(short, asked - filed)
    url = _table(scope, day, open="townships", of=scope.unit.code) + "#drill"
    data = (
        ("date", day.isoformat()),
        ("back", f"{reverse('today')}?unit={scope.unit.code}"),
    )
    chase = f"{reverse('completeness:chase')}?unit={scope.unit.code}"
    return Card(due, title, detail, target, url, "催报", KIND, chase, data)


def _who(short: list[RollupRow], missing: int) -> str:
    """The units without reports: by name while they are few, else how many."""
    names = "、".join(row.area.name for row in short[:NAMED])
    if short[0].area.level == Level.TOWNSHIP:
        return names if len(short) <= NAMED else f"{names}等 {missing} 个乡镇"
    return f"{names} {missing} 个乡镇" if len(short) <= NAMED else f"{len(short)} 个县 {missing} 个乡镇"


def filed_panel(scope: "Scope", now: datetime.datetime) -> Panel | None:
    """Reports in by unit below: a county's townships are listed only while something is missing."""
    picture = _picture(scope)
    if picture is None or not picture.children:
        return None
    rows = [
        {
            "name": row.area.name,
            "filed": row.filed,
            "townships": row.townships,
            "late": before.late if before else None,
            "waiting": row.townships - row.filed,
            "url": _table(scope, picture.day, open="townships", of=row.area.code) + "#drill",
        }
        for row, before in picture.children
    ]
    context = {
        "rows": rows,
        "total": picture.now,
        "closed": picture.is_closed,
        "due": picture.due,
        "link": f"{reverse('completeness:grid')}?unit={scope.unit.code}",
        "late": sum(row["late"] or 0 for row in rows),
    }
    return Panel("reports/_today_filed.html", context)


def trend_panel(scope: "Scope", now: datetime.datetime) -> Panel | None:
    """Villages done by step over the days reported; the same figures stand in a table below the chart."""
    picture = _picture(scope)
    if picture is None or len(picture.own) < 2:
        return None
    days = sorted(picture.own)
    series = [
        {"name": label, "values": [getattr(picture.own[day], key) or 0 for day in days]}
        for key, label in STEPS
    ]
    data = {"kind": "lines", "labels": [f"{day:%m-%d}" for day in days], "series": series}
    return Panel("reports/_today_trend.html", {"data": data, "link": _table(scope, picture.day)})
