"""A filed day goes back: returned by the county with a reason, filed again; re-opened until a moment, corrected, seen above."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.driver import Person
from tests.browser.stage import TOWN, TOWN_NAME, codes, ordinary, today
from tests.reports.filed import file_day

DAY = f"/reports/daily/{today()}/"
OF_TOWN = f"{DAY}?unit={TOWN}"


def open_again(county: Person, verb: str, reason: str) -> None:
    """The county asks for 退回 or 重开 in the dialog of the township's day."""
    page = county.page
    page.goto(OF_TOWN)
    page.click(f"a:has-text('{verb}')")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text(TOWN_NAME)
    dialog.locator("textarea[name=reason]").fill(reason)
    county.shot(f"opening-{verb}")
    dialog.locator(f"button:has-text('{verb}')").click()
    expect(page.locator(".banner").first).to_contain_text(f"已{verb}")


def file_again(page: Page, visits: str) -> None:
    """The township changes one figure and files another revision."""
    page.wait_for_selector("html[data-daily=ready]")
    page.locator(f"#c-{codes()[0]}-visits").focus()
    page.keyboard.type(visits)
    page.keyboard.press("Enter")
    expect(page.locator("#save-state")).to_have_text(re.compile(r"^已自动保存"))
    page.keyboard.press("F9")
    page.wait_for_url("**/check/**")
    for reason in page.locator("input.reason").all():
        reason.fill("已与台账核对")
    page.click("button:has-text('上报')")
    page.wait_for_url(re.compile(r"/reports/daily/[\d-]+/$"))


def test_a_day_is_returned_filed_again_and_reopened(people, stage, look):
    file_day(stage[0], TOWN, today(), ordinary(7))
    county, town = people("county"), people("river")
    county.sign_in("/")
    open_again(county, "退回", "走访户次与台账不符，核对后再报")
    assert openings(look) == [("returned", 1)]

    page = town.sign_in("/")
    page.click("tr:has-text('退回') a.btn")
    expect(page.locator(".banner").first).to_contain_text("退回第 1 稿：走访户次与台账不符，核对后再报")
    town.shot("opening-returned-to-town")
    file_again(page, "41")
    expect(page.locator("dl.receipt")).to_contain_text("退回更正")
    town.shot("opening-filed-again")

    open_again(county, "重开", "另有两户漏报")
    assert openings(look) == [("returned", 1), ("reopened", 2)]
    expect(today_in_grid(county)).to_contain_text("更")
    county.shot("opening-completeness")
    page.goto(DAY)
    expect(page.locator(".banner").first).to_contain_text("可以改到")
    town.resize(390)
    town.shot("opening-reopened-phone")
    town.resize(1366)
    page.goto(DAY)
    file_again(page, "43")
    expect(page.locator("dl.receipt")).to_contain_text("重开更正")
    assert look("SELECT max(number) FROM reports_dailyrevision WHERE date = %s", today()) == [(3,)]

    expect(today_in_grid(county)).to_contain_text("按时")


def today_in_grid(county: Person) -> Locator:
    """The township's cell of today in 完成度."""
    county.page.goto("/reports/completeness/")
    return county.page.locator(f"tr:has(th:has-text('{TOWN_NAME}')) td.td").first


def openings(look) -> list[tuple]:
    return look("SELECT kind, number FROM reports_sheetopening ORDER BY id")
