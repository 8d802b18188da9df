"""Cards of 今日 about the daily report."""

import datetime

from accounts.scope import scoped
from reports.actions.corrections import answer_correction, request_correction
from reports.daily_today import daily_cards, daily_clock
from reports.queries.clock import database_now
from tests.reports.daily.conftest import FIRST, TOWN


def cards(day, person):
    with scoped(getattr(day.cast, person)) as by:
        return list(daily_cards(by, database_now()))


def test_a_township_sees_each_day_of_the_week_it_has_not_filed(day):
    assert len(cards(day, "town")) == 7
    day.type(FIRST, "visits", "1")
    last = cards(day, "town")[-1]
    assert (last.detail, last.action_label) == ("草稿已保存，还没有上报", "继续填报")
    day.fill()
    day.file()
    assert len(cards(day, "town")) == 6


def test_a_county_sees_requests_and_the_township_the_consent(day):
    day.fill()
    day.file()
    assert cards(day, "county") == []
    with scoped(day.cast.town) as by:
        request_correction(*day.where, reason="录入串行", by=by)
    assert [(card.object_label, card.detail, card.url) for card in cards(day, "county")] == [
        ("岭下街道", "测试town：录入串行", f"/reports/daily/{day.date}/?unit={TOWN}")
    ]
    assert cards(day, "other_county") == []
    with scoped(day.cast.county) as by:
        answer_correction(*day.where, consent=True, by=by)
    assert cards(day, "town")[-1].action_label == "更正"


def test_offices_see_the_next_cut_off(day):
    with scoped(day.cast.county) as by:
        clock = daily_clock(by, database_now())
    assert (clock.label, clock.due.timetz().replace(tzinfo=None)) == ("日报 18:00 截止", datetime.time(18))
