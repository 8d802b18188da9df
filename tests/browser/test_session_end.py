"""The session counts down, ends, and signing in again leads back to what was typed in ordinary forms."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.stage import TOWN, codes
from tests.security.stage import comment_of

ENDS_IN = 12


def shorten(look) -> None:
    """The session in force ends after so many seconds without activity."""
    look("UPDATE accounts_usersession SET idle_seconds = %s WHERE ended_at IS NULL", ENDS_IN)


def stored(page: Page) -> str:
    return page.evaluate("JSON.stringify(sessionStorage)")


def test_the_countdown_is_seen_wherever_one_works(people, look):
    """Far down a long page, wide and narrow."""
    person = people("river")
    page = person.sign_in("/")
    look("UPDATE accounts_usersession SET idle_seconds = 250 WHERE ended_at IS NULL")
    page.goto("/orgs/")
    for width in (1366, 390):
        person.resize(width)
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        expect(page.locator("#session-note")).to_be_in_viewport()
        person.shot("26-session-countdown")


def wait_for_the_end(page: Page) -> None:
    expect(page.locator("#session-note")).to_contain_text("退出登录")
    expect(page.locator("#session-note [data-left]")).to_have_text(re.compile(r"^0 分 \d+ 秒$"))
    expect(page.locator("#session-note")).to_contain_text("登录已结束", timeout=30_000)


def test_a_reply_to_a_comment_comes_back(people, stage, look):
    pk = comment_of("county", stage[0], TOWN, sent=True)
    person = people("river")
    person.expected += ["401", "403"]
    page = person.sign_in("/")
    page.goto(f"/reports/comments/{pk}/")
    page.click("button:has-text('签收')")
    expect(page.locator("textarea[name=text]")).to_be_visible()
    shorten(look)
    page.goto(f"/reports/comments/{pk}/")
    page.fill("textarea[name=text]", "已逐户补齐，名单留存备查。")
    wait_for_the_end(page)
    person.shot("24-session-ended")
    assert "逐户" not in stored(page)
    assert f"form:/reports/comments/{pk}/" in stored(page)
    page.click("text=重新登录，回到这一页")
    person.sign_in_here()
    expect(page.locator("textarea[name=text]")).to_have_value("已逐户补齐，名单留存备查。")
    expect(page.locator("#draft-note")).to_be_visible()
    person.shot("25-session-back")
    page.click("button:has-text('回复')")
    expect(page.locator(".banner").first).to_contain_text("已回复")
    assert "form:" not in stored(page)


def test_the_form_of_a_record_comes_back_also_when_it_was_sent_too_late(people, look):
    person = people("river")
    person.expected += ["401", "403"]
    url = f"/orgs/{codes()[4]}/edit/"
    page = person.sign_in(url)
    page.fill("[name=note]", "汛期前完成。")
    page.fill("[name=population]", "1234")
    page.select_option("[name=party_org_type]", "committee")
    page.check("[name=is_pilot]")
    page.wait_for_timeout(400)
    look("UPDATE accounts_usersession SET ended_at = now(), end_reason = 'idle' WHERE ended_at IS NULL")
    # Somebody else changes the record meanwhile: the draft stands on the state it was typed on.
    look("UPDATE elections_org SET version = version + 1, households = 299 WHERE area_id = "
         "(SELECT id FROM accounts_area WHERE code = %s)", codes()[4])  # fmt: skip
    page.click("button:text-is('保存')")
    page.wait_for_url("**/login/**")
    expect(page.locator("main")).to_contain_text("长时间没有操作，已自动退出")
    person.sign_in_here()
    expect(page.locator("[name=note]")).to_have_value("汛期前完成。")
    expect(page.locator("[name=population]")).to_have_value("1234")
    expect(page.locator("[name=party_org_type]")).to_have_value("committee")
    expect(page.locator("[name=is_pilot]")).to_be_checked()
    person.expected.append("409")
    page.click("button:text-is('保存')")
    expect(page.locator("main")).to_contain_text("保存前有人改过这份档案")
    assert "form:" not in stored(page)


def test_another_account_reads_nothing_of_it(people, look):
    """The same tab, signed in by somebody else: the draft of the first is neither shown nor to be read."""
    person = people("river")
    person.expected += ["401", "403", "404"]
    page = person.sign_in(f"/orgs/{codes()[4]}/edit/")
    page.fill("[name=note]", "汛期前完成。")
    page.wait_for_timeout(400)
    mine = page.evaluate("document.body.dataset.draftKey")
    page.context.clear_cookies()
    person.key = "county"
    page.goto("/login/?next=/account/")
    person.sign_in_here()
    assert page.evaluate("document.body.dataset.draftKey") != mine
    assert "汛期" not in stored(page)
    assert page.locator("#draft-note").count() == 0
