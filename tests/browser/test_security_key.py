"""A security key as second factor, made and used by a virtual authenticator of Chromium; under the site's strict CSP."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import CDPSession, Page, expect

from accounts.auth.sessions import SessionStore
from accounts.auth.step_up import STEP_UP_KEY

PAGE = "/account/second-factor/"
KEY = {
    "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def plug_in(page: Page) -> tuple[CDPSession, str]:
    """A key in the machine that says yes at once."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    return session, made["authenticatorId"]


@pytest.fixture
def here(address) -> str:
    """Browsers know keys by a name, not by a number: localhost."""
    return address.replace("127.0.0.1", "localhost")


def register(page: Page, name: str) -> None:
    page.fill("#key-name", name)
    page.click("button:has-text('登记')")


def five_minutes_later(page: Page) -> None:
    """What this session proved is too old for a sensitive act."""
    key = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid")
    session = SessionStore(key)
    session[STEP_UP_KEY] = 0
    session.save()


def begin(page: Page, here: str) -> None:
    page.goto(f"{here}/login/?next=/account/")
    page.fill("[name=username]", "river")
    page.fill("[name=password]", "Test-password-2026")
    page.click("button:has-text('登录')")
    page.wait_for_url(lambda url: "/login/" not in url)


def test_a_key_is_registered_named_used_and_removed(people, here, look):
    person = people("river")
    page = person.page
    plug_in(page)
    begin(page, here)
    page.goto(here + PAGE)
    person.shot("20-second-factor-choose")
    register(page, "办公室钥匙")
    expect(page.locator("h1")).to_have_text("恢复码")
    page.goto(here + PAGE)
    expect(page.locator("dl.dr")).to_contain_text("办公室钥匙")
    page.fill("input[id^=name-]", "值班室钥匙")
    page.click("button:has-text('改名')")
    expect(page.locator("dl.dr")).to_contain_text("值班室钥匙")
    person.shot("21-second-factor-key")
    assert look("SELECT type, data ->> 'name' FROM mfa_authenticator ORDER BY type") == [
        ("recovery_codes", None), ("webauthn", "值班室钥匙"),
    ]  # fmt: skip
    page.context.clear_cookies()
    begin(page, here)
    page.wait_for_url(re.compile(PAGE))
    person.shot("22-second-factor-sign-in")
    page.click("button:has-text('用安全密钥登录')")
    page.wait_for_url(re.compile(r"/account/$"))
    ((counter,),) = look("SELECT (data ->> 'counter')::int FROM mfa_authenticator WHERE type = 'webauthn'")
    assert counter > 0
    page.goto(here + PAGE)
    page.click("button:has-text('删去')")
    expect(page.locator("h1")).to_have_text("启用第二因素")
    assert look("SELECT count(*) FROM mfa_authenticator") == [(0,)]


def test_a_key_confirms_a_sensitive_act(people, here, look):
    """Asked again before the second factor is taken away: one touch of the key, and the act is done."""
    person = people("river")
    person.expected.append("401")
    page = person.page
    plug_in(page)
    begin(page, here)
    page.goto(here + PAGE)
    register(page, "办公室钥匙")
    expect(page.locator("h1")).to_have_text("恢复码")
    page.goto(here + PAGE)
    five_minutes_later(page)
    page.fill("input[id^=name-]", "值班室钥匙")
    page.click("button:has-text('改名')")
    expect(page.locator("h1")).to_have_text("再次确认本人")
    person.shot("24-step-up-by-key")
    page.click("button:has-text('用安全密钥确认并继续')")
    expect(page.locator("dl.dr")).to_contain_text("值班室钥匙")
    assert look("SELECT data ->> 'name' FROM mfa_authenticator WHERE type = 'webauthn'") == [("值班室钥匙",)]


def test_another_key_does_not_open(people, here):
    """The key of somebody else, and none at all: the page says so and the code still works."""
    person = people("river")
    page = person.page
    session, key = plug_in(page)
    begin(page, here)
    page.goto(here + PAGE)
    register(page, "办公室钥匙")
    expect(page.locator("h1")).to_have_text("恢复码")
    code = page.locator("li b.once").first.inner_text()
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    page.context.clear_cookies()
    begin(page, here)
    page.click("button:has-text('用安全密钥登录')")
    expect(page.locator("[data-key-said]")).to_contain_text("没有完成")
    page.fill("#code", code)
    page.click("button:text-is('登录')")
    page.wait_for_url(re.compile(r"/account/$"))


def test_an_address_without_keys_says_so(people, address):
    """A number instead of a name, without https: the sentence stands there, the code goes on."""
    person = people("river")
    page = person.sign_in(PAGE)
    expect(page.locator("text=现在的网址不能用安全密钥")).to_be_visible()
    person.resize(390)
    person.shot("23-second-factor-no-key")
