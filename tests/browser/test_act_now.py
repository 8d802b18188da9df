"""Who must act now: chased by the county and told by the bell; found by Ctrl K; a filter kept and opened again."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.stage import TOWN_NAME


def test_the_county_chases_and_the_bell_leads_to_the_day(people):
    county = people("county")
    page = county.sign_in("/reports/completeness/")
    page.locator(f"#missing tr:has-text('{TOWN_NAME}') button:has-text('催报')").click()
    expect(page.locator(".banner").first).to_contain_text("催")
    expect(page.locator(f"#missing tr:has-text('{TOWN_NAME}')")).to_contain_text("催 1 次")
    county.shot("chased")

    town = people("river")
    reader = town.sign_in("/")
    bell = reader.locator("#notices")
    expect(bell.locator("b")).to_have_text("1")  # the page asks by itself
    bell.click()
    expect(reader.locator("h1")).to_have_text("通知")
    town.shot("bell-list")
    reader.locator("tr:has-text('催报') button:has-text('去办')").first.click()
    reader.wait_for_url("**/reports/daily/**")
    expect(reader.locator("#notices b")).to_have_count(0)
    reader.goto("/notices/?which=unread")
    expect(reader.locator(".emp")).to_contain_text("没有通知")


def test_found_from_every_page_by_the_keyboard(people):
    person = people("county")
    page = person.sign_in("/jobs/")
    page.keyboard.press("Control+k")
    box = page.locator("#find")
    expect(box).to_be_focused()
    page.keyboard.type("长河")
    found = page.locator("#found a")
    expect(found.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(found.first).to_be_focused()
    person.shot("search-box")
    page.keyboard.press("Escape")
    expect(found).to_have_count(0)
    expect(box).to_be_focused()

    box.fill("石门")
    expect(found.first).to_contain_text("石门村")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/orgs/*/")
    expect(page.locator("h1")).to_contain_text("石门村")

    page.keyboard.press("Control+k")
    page.keyboard.type("完成")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/**")
    expect(page.locator("h1")).to_have_text("查找")
    page.click("main a:has-text('完成度')")
    page.wait_for_url("**/reports/completeness/**")


def test_found_on_a_phone_and_without_scripts(people):
    phone = people("river", width=390)
    page = phone.sign_in("/")
    page.click("[data-menu]")
    page.fill("#find", "溪口")
    expect(page.locator("#found a").first).to_contain_text("溪口村")
    phone.shot("search-phone")

    plain = people("county", java_script_enabled=False)
    page = plain.sign_in("/search/?q=溪口")
    page.click("a:has-text('溪口村')")
    expect(page.locator("h1")).to_contain_text("溪口村")


def test_a_filter_is_kept_shared_and_opened_by_one_click(people):
    person = people("river")
    page = person.sign_in("/orgs/?kind=community")
    page.click("summary:has-text('存这个筛选')")
    page.fill("#filter-name", "全部社区")
    page.check("input[name=shared]")
    person.shot("filter-keep")
    page.click("button:has-text('存下')")
    expect(page.locator(".banner").first).to_contain_text("筛选“全部社区”已存下")
    page.goto("/orgs/")
    page.click(".kept a:has-text('全部社区')")
    page.wait_for_url("**/orgs/?kind=community")
    expect(page.locator(".fchip[aria-current]")).to_contain_text("全部社区")
    expect(page.locator("#rows tbody tr")).to_have_count(4)

    page.click("a:has-text('管理')")
    page.fill("input[aria-label='“全部社区”的名称']", "社区四个")
    page.click("td button:has-text('保存')")
    expect(page.locator("td b")).to_have_text("社区四个")
    person.resize(390)
    person.shot("filter-list")
    page.click("button:has-text('删去')")
    expect(page.locator(".emp").first).to_contain_text("还没有存下筛选")
