"""The screens, the API and 今日 of forwarding, return and re-opening; how many queries they take."""

import datetime

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.formats import day_long
from accounts.scope import scoped
from reports.daily_today import daily_cards
from reports.exports import completeness_sheets
from reports.lifecycle_today import forwarding_cards
from reports.models import CountyDay, DailySheet
from reports.queries.clock import database_now
from reports.queries.completeness import completeness
from reports.queries.flags import Flags, day_flags
from reports.rules.timing import SHANGHAI
from tests.helpers import as_owner
from tests.reports.daily.conftest import FIRST
from tests.reports.lifecycle.conftest import COUNTY, SIBLING, TOWN, end_now, owned


def url(stage, tail: str = "", unit: str = "") -> str:
    return f"/reports/forward/{stage.date}/{tail}{f'?unit={unit}' if unit else ''}"


def said(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def daily(stage, tail: str = "") -> str:
    return f"/reports/daily/{stage.date}/{tail}?unit={TOWN}"


def test_a_county_forwards_from_its_page_with_a_reason_for_the_missing(stage, client_of):
    client = client_of("county")
    assert client.get(url(stage)).context["why_not"] == "还没有乡镇上报"
    stage.town.fill()
    stage.town.file()
    page = client.get(url(stage))
    assert (page.context["why_not"], [one.area.code for one in page.context["picture"].missing]) == (
        "",
        [SIBLING],
    )
    answer = client.post(url(stage), {"version": "1", f"r.{SIBLING}": ""}, follow=True)
    assert said(answer) == ["上坡镇未报，逐个写明原因再上报"]
    answer = client.post(url(stage), {"version": "1", f"r.{SIBLING}": "停电"}, follow=True)
    assert said(answer) == [f"已上报 1 个乡镇，未报 1 个随表说明，回执 SB-{COUNTY}-{stage.date:%Y%m%d}-01"]
    assert (answer.context["may_forward"], answer.context["chip"]) == (False, ("late", "迟报"))


def test_the_city_returns_and_reopens_from_the_same_page(stage, client_of):
    stage.file_both()
    stage.forward()
    client = client_of("city")
    assert client.get(url(stage, unit=COUNTY)).context["may_open"] is True
    answer = client.post(url(stage, "return/", COUNTY), {"version": "2", "reason": "合计不符"}, follow=True)
    assert (said(answer), stage.day.state) == (["已退回，县里核对后再次上报"], "returned")
    stage.forward()
    ends = f"{database_now() + datetime.timedelta(hours=10):%Y-%m-%dT%H:%M}"
    form = {"version": stage.version, "reason": "补一村", "ends_at": ends}
    answer = client.post(url(stage, "reopen/", COUNTY), form, follow=True)
    assert (said(answer), stage.day.state) == (["已重开，到期自动收回"], "reopened")
    answer = client.post(url(stage, "reopen/", COUNTY), {**form, "ends_at": "明天"}, follow=True)
    assert said(answer) == ["县级日报现在是“重开更正”，不能重开"]


def test_a_county_returns_reopens_and_takes_back_on_the_townships_page(stage, client_of):
    stage.file_both()
    client = client_of("county")
    answer = client.post(daily(stage, "return/"), {"version": "2", "reason": "核对走访"}, follow=True)
    assert (said(answer), stage.town.state) == (["已退回，等乡镇核对后再报"], "returned")
    assert (answer.context["may_open"], answer.context["may_recall"]) == (False, True)
    answer = client.post(daily(stage, "recall/"), {"version": "3", "reason": "看错了"}, follow=True)
    assert (said(answer), stage.town.state) == (["已收回，原稿有效"], "filed")
    form = {"version": "4", "reason": "补一村", "ends_at": ""}
    assert said(client.post(daily(stage, "reopen/"), form, follow=True)) == [
        "重开要写明到什么时候为止，且在现在以后"
    ]


def test_the_township_sees_who_returned_it_why_and_until_when(stage, client_of):
    stage.file_both()
    stage.town.reopen(reason="补登溪东社区")
    client = client_of("town")
    page = client.get(f"/reports/daily/{stage.date}/")
    text = page.content.decode()
    assert page.templates[0].name == "reports/daily_grid.html"
    for words in ("测试county", "重开第 1 稿：补登溪东社区", "过时自动收回"):
        assert words in text
    end_now(stage.town.sheet)
    page = client.get(f"/reports/daily/{stage.date}/")
    assert page.templates[0].name == "reports/daily_filed.html"
    assert "到期，没有上报更正" in page.content.decode()


def test_a_question_is_a_dialog_and_without_scripts_a_part_of_the_page(stage, client_of):
    stage.file_both()
    client = client_of("county")
    assert client.get(daily(stage)).content.decode().count("<dialog") == 2
    asked = client.get(f"{daily(stage)}&ask=return").content.decode()
    assert (asked.count("<dialog"), 'id="return"' in asked) == (1, True)


def test_what_is_locked_says_so_to_the_county(stage, client_of):
    stage.file_both()
    stage.forward()
    page = client_of("county").get(daily(stage))
    assert (page.context["locked"], "已上报市，先请市级退回" in page.content.decode()) == (True, True)


def test_the_pages_take_a_constant_number_of_queries(stage, client_of):
    counts = {}
    for step in ("empty", "filed", "forwarded", "returned"):
        if step == "filed":
            stage.file_both()
        elif step == "forwarded":
            stage.forward()
        elif step == "returned":
            stage.send_back()
        client = client_of("county")
        client.get(url(stage))
        with CaptureQueriesContext(connections["default"]) as queries:
            client.get(url(stage))
        counts[step] = len(queries)
    assert counts == dict.fromkeys(("empty", "filed", "forwarded", "returned"), 19)


def cells(stage) -> dict:
    with scoped(stage.cast.city) as by:
        found = completeness(by, stage.round, stage.cast.areas["9901"], [stage.date], database_now())
    lines = {line.area.code: line for line in found.lines}
    return {code: lines[code].cells[0] for code in (COUNTY, TOWN, SIBLING)}


def test_the_grid_says_late_missing_returned_reopened_zero_and_confirmed(stage):
    assert [cell.shown for cell in cells(stage).values()] == ["missing", "missing", "missing"]
    stage.file_both()
    assert [cell.shown for cell in cells(stage).values()] == ["late", "late", "late"]
    stage.town.send_back()
    stage.sibling.reopen()
    found = cells(stage)
    assert [cell.shown for cell in found.values()] == ["returned", "returned", "reopened"]
    assert (found[COUNTY].late, found[COUNTY].on_time_rate) == (2, 0.0)
    end_now(stage.sibling.sheet)
    assert cells(stage)[SIBLING].shown == "late"
    stage.town.file()
    stage.forward()
    found = cells(stage)
    assert [cell.confirmed for cell in found.values()] == [2, 1, 1]
    assert found[COUNTY].forward == "late"
    stage.send_back()
    assert cells(stage)[COUNTY].forward == "returned"


def test_a_zero_report_on_time_is_marked(stage):
    stage.file_both()
    early = database_now() - datetime.timedelta(days=2)
    with as_owner():
        owned(DailySheet).filter(date=stage.date).update(first_filed_at=early)
    found = cells(stage)
    assert [cell.shown for cell in found.values()] == ["zero", "zero", "zero"]


def flags(stage, code: str = "9901") -> Flags:
    with scoped(stage.cast.city) as by:
        found = day_flags(by, [stage.round], stage.cast.areas["9901"], stage.date, [stage.county.path])
    return found.below(stage.cast.areas[code].path)


def test_every_total_above_carries_the_flags(stage):
    assert flags(stage) == Flags(counties=1)
    stage.file_both()
    stage.town.send_back()
    stage.sibling.reopen()
    assert flags(stage) == flags(stage, COUNTY) == Flags(returned=1, reopened=1, counties=1)
    assert flags(stage, TOWN) == Flags(returned=1)
    end_now(stage.sibling.sheet)
    assert flags(stage) == Flags(returned=1, counties=1)
    stage.town.file()
    stage.forward()
    stage.sibling.ask()
    assert flags(stage) == Flags(asked=1, counties=1, forwarded=1)
    stage.send_back()
    assert flags(stage).words == ["市级退回 1 个县", "申请更正 1 个乡镇", "县级已上报 0／1"]


def card_of(provider, stage, person: str):
    with scoped(getattr(stage.cast, person)) as by:
        found = list(provider(by, database_now()))
    day = f"{stage.date.month}月{stage.date.day}日"
    return [(card.title, card.detail, card.action_label) for card in found if day in card.title]


def test_today_tells_the_county_what_to_forward_and_what_came_back(stage):
    title = f"{day_long(stage.date)}县级上报"
    assert card_of(forwarding_cards, stage, "county") == [(title, "还没有乡镇上报", "上报")]
    stage.town.fill()
    stage.town.file()
    assert card_of(forwarding_cards, stage, "county") == [(title, "已报 1 个乡镇，还没有上报市", "上报")]
    stage.forward(reasons={SIBLING: "停电"})
    assert card_of(forwarding_cards, stage, "county") == []
    stage.sibling.fill()
    stage.sibling.file()
    assert card_of(forwarding_cards, stage, "county") == [
        (title, "上报以后又有 1 个乡镇报来或更正", "补充上报")
    ]
    stage.send_back("合计不符")
    assert card_of(forwarding_cards, stage, "county") == [(title, "市级退回：合计不符", "再次上报")]


def test_today_tells_the_city_who_is_silent_and_what_waits_behind_a_lock(stage):
    silent = card_of(forwarding_cards, stage, "city")
    assert [(title.split("日 ")[1][3:], detail, act) for title, detail, act in silent] == [
        ("县级上报未到齐", "东塘区、西岭县", "查看")
    ]
    stage.file_both()
    stage.forward()
    assert [detail for _, detail, _ in card_of(forwarding_cards, stage, "city")] == ["西岭县"]
    stage.town.ask()
    assert [act for *_, act in card_of(forwarding_cards, stage, "city")] == ["查看", "退回或重开"]


def test_today_tells_the_township_who_returned_it_and_why(stage):
    stage.file_both()
    stage.town.send_back("走访不符")
    found = card_of(daily_cards, stage, "town")
    assert [(title.split(" ")[1][3:], detail, act) for title, detail, act in found] == [
        ("日报被退回", "测试county退回：走访不符", "更正")
    ]


def test_the_api_does_the_same(stage, client_of):
    stage.file_both()
    county, city = client_of("county"), client_of("city")
    api, town = f"/api/v1/forwards/{stage.date}/", f"/api/v1/daily/{stage.date}/"
    made = county.post(f"{api}forward/", {"version": 1}, content_type="application/json")
    assert (made.status_code, made.json()["receipt"]) == (201, f"SB-{COUNTY}-{stage.date:%Y%m%d}-01")
    body = {"version": 2, "reason": "核对"}
    locked = county.post(f"{town}return/?unit={TOWN}", body, content_type="application/json")
    assert (locked.status_code, locked.json()["errors"][0]["code"]) == (409, "day_is_forwarded")
    opened = city.post(f"{api}return/?unit={COUNTY}", body, content_type="application/json")
    assert (opened.status_code, opened.json()["kind"], opened.json()["reason"]) == (201, "returned", "核对")
    day = county.get(api).json()
    assert (day["state"], day["version"], day["opening"]["reason"]) == ("returned", 3, "核对")
    assert [(one["code"], one["state"], one["confirmed"]) for one in day["townships"]] == [
        (TOWN, "filed", 1),
        (SIBLING, "filed", 1),
    ]
    ends = (database_now() + datetime.timedelta(hours=1)).isoformat()
    reopened = county.post(
        f"{town}reopen/?unit={TOWN}", {**body, "ends_at": ends}, content_type="application/json"
    )
    assert (reopened.status_code, stage.town.state) == (201, "reopened")
    taken = county.post(f"{town}recall/?unit={TOWN}", {**body, "version": 3}, content_type="application/json")
    assert (taken.status_code, stage.town.state) == (200, "filed")


@pytest.mark.parametrize("query", ["what=village", "what=county&unit=990101001"])
def test_a_view_that_is_none_is_404(stage, client_of, query):
    assert client_of("city").get(f"/reports/completeness/?{query}").status_code == 404


def grid(stage):
    with scoped(stage.cast.city) as by:
        days = [stage.date, stage.date + datetime.timedelta(days=1)]
        return completeness(by, stage.round, stage.cast.areas["9901"], days, database_now())


@pytest.mark.parametrize(("late", "expected"), [(0, "on_time"), (1, "late")])
def test_a_county_is_judged_by_its_first_forwarding_and_its_own_cut_off(stage, late, expected):
    """东塘区 has forwarded, 西岭县 has not; that all townships are in does not speak for a county."""
    stage.file_both()
    assert grid(stage).total.forwards[0] == 0
    stage.forward()
    at = datetime.datetime.combine(stage.date, datetime.time(18), tzinfo=SHANGHAI)
    with as_owner():
        owned(CountyDay).update(first_forwarded_at=at + datetime.timedelta(seconds=late))
    stage.send_back()
    found = grid(stage)
    lines = {line.area.code: line for line in found.lines}
    assert (lines[COUNTY].cells[0].county, lines["990102"].cells[0].county) == (expected, "missing")
    assert (lines[COUNTY].cells[0].forward, lines[TOWN].cells[0].county) == ("returned", None)
    assert (lines[COUNTY].county_on_time, lines["990102"].county_on_time) == (1 - late, 0)
    assert (found.total.county_on_time, found.total.forwards[1]) == (1 - late, late)
    assert found.total.county_days == sum(lines[code].county_days for code in (COUNTY, "990102"))


def test_the_workbook_of_completeness_has_the_forwardings_of_the_counties(stage):
    stage.file_both()
    stage.forward()
    with scoped(stage.cast.city) as by:
        found = completeness(by, stage.round, stage.cast.areas["9901"], [stage.date], database_now())
        towns, counties = completeness_sheets(found, scope=by)
    headings = ["单位", "应报", f"{stage.date:%m-%d}", "按时%", "迟", "缺", "按时", "迟", "未报"]
    assert [column.heading for column in towns.columns] == headings
    assert towns.columns[-1].groups == ("县级上报",)
    rows = {row[0]: row for row in towns.rows}
    assert rows["东塘区"] == ["东塘区", 2, "迟报 2", 0.0, 2, 0, 0, 1, 0]
    assert rows["岭下街道"] == ["岭下街道", 1, "迟报", 0.0, 1, 0, "／", "／", "／"]
    assert towns.totals[0][-3:] == [0, 1, 1]
    assert (towns.office, counties.office, counties.name) == (by.office, by.office, "县级上报")
    assert [column.heading for column in counties.columns] == [*headings[:1], "乡镇", *headings[2:5], "未报"]
    assert list(counties.rows) == [["东塘区", 2, "迟上报", 0.0, 1, 0], ["西岭县", 1, "未上报", 0.0, 0, 1]]
    assert counties.totals == [["已上报", 3, 1, 0.0, 1, 1]]


def test_the_city_reads_which_counties_forwarded_on_time(stage, client_of):
    stage.file_both()
    stage.forward()
    page = client_of("city").get(f"/reports/completeness/?what=county&span=7&to={stage.date}")
    rows = {row["line"].area.code: row["cells"][-1]["state"] for row in page.context["counties"]}
    assert rows == {COUNTY: "late", "990102": "missing"}
    assert FIRST not in page.content.decode()
