"""角色卡: the picture of each role's screen, as the role sees it, and the card that shows it.

    CUNXUAN_KEEP_CARDS=1 python3 run.py test tests/browser/test_role_cards.py

writes the pictures into static/img/cards; without it they go to test-results, to be looked at.
"""

from __future__ import annotations

import datetime
import io
import os
from pathlib import Path

from django.conf import settings
from PIL import Image
from playwright.sync_api import expect

from accounts.choices import Role
from accounts.role_cards import all_cards
from reports.rules.comment_measures import STEPS
from tests.browser.driver import SHOTS, Person
from tests.browser.paper import pdf_of
from tests.browser.stage import FLOWS, TOWN, codes, today
from tests.browser.test_screens import fold
from tests.cast import VILLAGES, Cast, village_codes
from tests.reports.filed import file_day
from tests.security.stage import ACTORS, request_of

KEPT = Path(settings.BASE_DIR) / "static" / "img" / "cards"
# Role: where its picture is taken. The township of the pictures has 22 villages and a week of reports.
SCREENS = {
    Role.CITY_OFFICE: "/reports/rollup/",
    Role.COUNTY_OFFICE: "/reports/completeness/",
    Role.TOWNSHIP: "/reports/daily/",
    Role.INSPECTOR: "/orgs/990101001201/",
    Role.EVALUATOR: "/orgs/",
    Role.WALL: "/wall/",
    Role.AUDITOR: "/system/audit/",
    Role.ADMIN: "/system/users/",
    Role.SECURITY_ADMIN: "/system/users/requests/",
}
SMALL = 60_000
KEEP = os.environ.get("CUNXUAN_KEEP_CARDS") == "1"
# The short form leaves out the roles whose screens test_screens.py photographs with the same figures anyway.
SHORT = (Role.CITY_OFFICE, Role.COUNTY_OFFICE, Role.TOWNSHIP, Role.WALL)


def picture(person: Person) -> bytes:
    """The window as it is, small enough to be kept beside the code."""
    image = Image.open(io.BytesIO(person.page.screenshot())).convert("RGB")
    for quality, width in ((75, 1366), (55, 1366), (35, 1366), (45, 1093), (30, 1093)):
        kept = io.BytesIO()
        scaled = (
            image
            if width == image.width
            else image.resize((width, round(image.height * width / image.width)))
        )
        scaled.save(kept, "WEBP", quality=quality, method=4)
        if kept.tell() < SMALL:
            break
    return kept.getvalue()


def fill(cast: Cast) -> None:
    """Two days of filed reports, so that the pictures show whole tables; the township's own today is open."""
    for back in (1, 0):
        day = today() - datetime.timedelta(days=back)
        for town in (TOWN, *VILLAGES):
            if town.startswith("9901") and (back or town != TOWN):
                villages = codes() if town == TOWN else [code for code, _, _ in village_codes(town)]
                file_day(cast, town, day, rows(villages, day), number=2 if back and town == TOWN else 1)
    request_of("admin", cast)


def rows(villages: list[str], day: datetime.date) -> dict[str, dict]:
    """Ordinary work, and every step reached by as many villages as its place allows."""
    return {
        code: {"due": 1, "visits": 12 + number * 5 % 9, "talks": 3 + number % 4}
        | {flow: 0 for flow in FLOWS if flow not in ("visits", "talks")}
        | {
            step: day - datetime.timedelta(days=60 - place * 6)
            for place, step in enumerate(STEPS)
            if (number * 7 + place) % 10 < 9 - place
        }
        for number, code in enumerate(villages)
    }


def test_the_screen_of_each_role_is_photographed(people, stage):
    fill(stage[0])
    folder = KEPT if KEEP else SHOTS / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    sizes = {}
    for role in Role if KEEP or os.environ.get("CUNXUAN_TEST_ALL") else SHORT:
        person = people("river" if role == Role.TOWNSHIP else ACTORS[role])
        page = person.sign_in(SCREENS.get(role, "/"))
        page.wait_for_load_state("load")
        page.evaluate("document.fonts.ready")
        if role == Role.CITY_OFFICE:
            fold(person)
            page.goto(SCREENS[role])
        if (
            role == Role.AUDITOR
        ):  # rows that the tests write past the audit are its alarm, not what a day looks like
            page.evaluate("document.querySelectorAll('.banner').forEach((one) => one.remove())")
        made = picture(person)
        sizes[role] = len(made)
        (folder / f"{role.value}.webp").write_bytes(made)
    assert {role: size for role, size in sizes.items() if size >= SMALL} == {}


def test_the_card_of_the_role_leads_to_its_screens(people, tmp_path):
    person = people("river")
    page = person.sign_in("/")
    page.click(".top a.help")
    page.click("a.btn.pri:has-text('乡镇干部')")
    expect(page.locator("h1")).to_have_text("乡镇干部")
    image = page.locator(".card-shot img")
    image.scroll_into_view_if_needed()
    expect(image).to_have_js_property("complete", True)
    assert image.evaluate("one => one.naturalWidth") >= 1093
    person.shot("role-card")
    assert pdf_of(page, tmp_path / "card.pdf").pages == 1
    person.resize(390)
    page.click("[data-menu]")
    page.click("nav.side a:text-is('帮助')")
    page.click("a.btn.pri:has-text('乡镇干部')")
    person.shot("role-card")
    person.resize(1366)
    page.click("tr:has-text('核对并上报') a:has-text('去')")
    page.wait_for_url(f"**/reports/daily/{today()}/**")


def test_every_role_has_its_picture():
    assert sorted(path.stem for path in KEPT.iterdir()) == sorted(Role.values)
    assert [card.role for card in all_cards()] == list(Role)
    assert [path.name for path in KEPT.iterdir() if path.stat().st_size >= SMALL] == []
