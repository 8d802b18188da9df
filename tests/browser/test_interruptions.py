"""What goes wrong while one types: the line is lost, another tab types too, the session ends, the address is foreign."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.stage import codes, today

DAY = f"/reports/daily/{today()}/"
SAVED = re.compile(r"^已自动保存 \d\d:\d\d:\d\d$")


def draft(look, code: str) -> dict:
    rows = look(
        "SELECT d.values FROM reports_dailydraft d JOIN accounts_area a ON a.id = d.area_id"
        " WHERE d.date = %s AND a.code = %s",
        today(),
        code,
    )
    return rows[0][0] if rows else {}


def type_in(page: Page, code: str, key: str, text: str) -> None:
    page.locator(f"#c-{code}-{key}").focus()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def open_sheet(page: Page) -> Page:
    page.goto(DAY)
    page.wait_for_selector("html[data-daily=ready]")
    return page


def test_a_lost_line_keeps_the_figures(people, look):
    person = people("river")
    person.expected += ["ERR_INTERNET_DISCONNECTED", "htmx:"]
    page = person.sign_in(DAY)
    page.wait_for_selector("html[data-daily=ready]")
    person.context.set_offline(True)
    type_in(page, codes()[0], "visits", "11")
    type_in(page, codes()[1], "visits", "12")
    expect(page.locator("#offline")).to_be_visible()
    expect(page.locator("[data-unsent]")).to_have_text("2")
    expect(page.locator("#save-state")).to_have_text("未保存，网络中断，已存本机")
    person.shot("07-daily-offline")
    assert draft(look, codes()[0]) == {}
    person.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    expect(page.locator("#save-state")).to_have_text(SAVED)
    assert [draft(look, code)["visits"] for code in codes()[:2]] == [11, 12]


def test_two_tabs_get_both_values(people, look):
    person = people("river")
    mine = person.sign_in(DAY)
    mine.wait_for_selector("html[data-daily=ready]")
    other = open_sheet(person.context.new_page())
    type_in(mine, codes()[2], "visits", "21")
    expect(mine.locator("#save-state")).to_have_text(SAVED)
    type_in(other, codes()[2], "visits", "33")
    conflict = other.locator(".conflict")
    expect(conflict.locator("span")).to_have_text("冲突　河滨社区 走访户次：周河填了 21，您填的是 33。")
    person.shot("08-daily-conflict", other)
    expect(other.locator("#save-state")).to_have_text("有 1 格冲突，没有保存")
    assert draft(look, codes()[2])["visits"] == 21
    conflict.get_by_text("用我的 33").click()
    expect(other.locator("#save-state")).to_have_text(SAVED)
    expect(conflict).to_have_count(0)
    assert draft(look, codes()[2])["visits"] == 33


def test_an_ended_session_returns_to_the_same_draft(people, look):
    person = people("river")
    person.expected += ["401", "403"]
    page = person.sign_in(DAY)
    page.wait_for_selector("html[data-daily=ready]")
    type_in(page, codes()[0], "visits", "8")
    expect(page.locator("#save-state")).to_have_text(SAVED)
    person.context.clear_cookies()
    type_in(page, codes()[1], "visits", "9")
    expect(page.locator("#save-state")).to_have_text("未保存，登录已过期")
    page.on("dialog", lambda dialog: dialog.accept())
    page.click("text=重新登录，回到这里")
    page.wait_for_url("**/login/**")
    person.sign_in_here()
    page.wait_for_selector("html[data-daily=ready]")
    expect(page.locator("#save-state")).to_have_text(SAVED)
    assert page.url.split("#")[0].endswith(DAY)
    assert [page.input_value(f"#c-{code}-visits") for code in codes()[:2]] == ["8", "9"]
    assert [draft(look, code)["visits"] for code in codes()[:2]] == [8, 9]


def test_a_foreign_address_does_not_exist(people):
    person = people("river")
    person.expected.append("404")
    page = person.sign_in()
    for path in ("/orgs/990201101201/", f"{DAY}?unit=990201101", "/orgs/990101001201/edit/"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 404
        expect(page.locator("h1")).to_have_text("没有找到这一页")
    person.shot("09-not-found")


def test_signing_out_and_in_elsewhere_keeps_the_figures(people, look):
    """The page's mark is void then; what is typed waits, and a refresh sends it."""
    person = people("river")
    person.expected += ["401", "403"]
    page = person.sign_in(DAY)
    page.wait_for_selector("html[data-daily=ready]")
    other = person.context.new_page()
    other.goto("/")
    other.click("details.who summary")
    other.click("form[action$='/logout/'] button")
    other.wait_for_url("**/login/**")
    person.page = other
    person.sign_in_here()
    type_in(page, codes()[0], "visits", "14")
    expect(page.locator("#save-state")).to_have_text("未保存，页面已过期")
    assert draft(look, codes()[0]) == {}
    page.click("text=刷新本页，接着填")
    page.wait_for_selector("html[data-daily=ready]")
    expect(page.locator("#save-state")).to_have_text(SAVED)
    assert (page.input_value(f"#c-{codes()[0]}-visits"), draft(look, codes()[0])["visits"]) == ("14", 14)


def test_what_is_no_figure_is_neither_saved_nor_filed(people, look):
    """The server has the older figure of such a cell: it must not go up behind the reader's back."""
    page = people("river").sign_in(DAY)
    page.wait_for_selector("html[data-daily=ready]")
    type_in(page, codes()[0], "visits", "5")
    expect(page.locator("#save-state")).to_have_text(SAVED)
    type_in(page, codes()[0], "visits", "abc")
    expect(page.locator("#save-state")).to_have_text("有 1 格没有保存")
    page.keyboard.press("F9")
    expect(page.locator("#save-state")).to_have_text("有 1 格没有保存，改正后才能核对上报")
    expect(page.locator(f"#c-{codes()[0]}-visits")).to_be_focused()
    type_in(page, codes()[0], "visits", "6")
    expect(page.locator("#save-state")).to_have_text(SAVED)
    assert draft(look, codes()[0])["visits"] == 6
    page.keyboard.press("F9")
    page.wait_for_url("**/check/**")
