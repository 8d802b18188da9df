"""A unit chosen by its name: by keyboard, on a phone, and without scripts by code or name."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.test_screens import axe, violations  # noqa: F401

NEW = "/system/areas/changes/new/"


def test_a_move_is_filled_in_by_the_keyboard(people, axe):  # noqa: F811
    person = people("city")
    page = person.sign_in(NEW)
    page.click("a:has-text('划转')")
    units = page.locator("[name=units]")
    units.click()
    page.keyboard.type("岭下", delay=20)
    options = page.locator(".picks [role=option]")
    expect(options).to_have_count(1)
    assert violations(page, axe) == []
    person.shot("picker")
    page.keyboard.press("Enter")
    expect(units).to_have_value("岭下街道（990101001）\n")
    page.keyboard.type("和平", delay=20)
    expect(options).to_have_count(3)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    units.fill("岭下街道（990101001）")

    parent = page.locator("[name=parent]")
    parent.click()
    page.keyboard.type("西岭", delay=20)
    expect(parent).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Enter")
    expect(parent).to_have_value("西岭县（990102）")
    page.fill("[name=reason]", "市政府批复")
    page.click("button[value=split]")
    expect(page.locator("[name=units]")).to_have_value("岭下街道（990101001）")
    page.click("button[value=move]")
    expect(page.locator("[name=parent]")).to_have_value("西岭县（990102）")
    page.locator("[name=reason]").press("Enter")
    expect(page.locator("h1")).to_have_text("岭下街道划归西岭县")
    person.shot("change-preview")


def test_on_a_phone_and_without_scripts(people):
    phone = people("city", width=390)
    page = phone.sign_in(f"{NEW}?kind=rename")
    page.locator("[name=units]").press_sequentially("西岭", delay=20)
    page.click(".picks [role=option]")
    expect(page.locator("[name=units]")).to_have_value("西岭县（990102）")
    phone.shot("picker")

    plain = people("city", java_script_enabled=False)
    page = plain.sign_in(f"{NEW}?kind=rename")
    page.fill("[name=units]", "和平村")
    page.fill("[name=name]", "平和村")
    page.fill("[name=reason]", "批复")
    page.click("button.pri")
    expect(page.locator(".error")).to_contain_text("叫“和平村”的有 2 个")
    page.fill("[name=units]", "990101102203")
    page.click("button.pri")
    expect(page.locator("h1")).to_have_text("和平村更名为平和村")
