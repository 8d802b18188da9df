"""Every screen of every role, wide and narrow: no violation for axe, nothing in the console, nothing sticks out."""

from __future__ import annotations

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from tests.browser.driver import Person
from tests.browser.stage import today
from tests.browser.test_totals import file_today, finish_job
from tests.security.expected_routes import PAGES
from tests.security.route_kinds import PUBLIC, Route
from tests.security.stage import ACTORS, stage_of

# A download, or a part of a page, is not a screen.
NOT_SCREENS = (
    "healthz",
    "areas:pick",
    "metrics",
    "session",
    "calendar-feed",
    "imports:template",
    "imports:marked",
    "jobs:result",
    "reports:daily-download",
    "comments:document",
)
# Who files and who reads see different things on one screen; of further roles one is enough.
OFFICES = ("town", "city")
WIDTHS = (1366, 390)
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa")


@pytest.fixture(scope="session")
def axe() -> str:
    for folder in ("static/vendor", "node_modules"):
        path = django_settings.BASE_DIR / folder / "axe-core" / "axe.min.js"
        if path.is_file():
            return path.read_text(encoding="utf-8")
    pytest.fail("no axe-core: python -m config.launcher.assets")


def violations(page: Page, axe: str) -> list[str]:
    """What axe finds, one line for each rule with the first element that breaks it."""
    page.evaluate(axe)
    found = page.evaluate(
        "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})",
        list(RULES),
    )
    return [
        f"{one['id']} {len(one['nodes'])}× {one['nodes'][0]['html'][:160]}" for one in found["violations"]
    ]


def sticks_out(page: Page) -> bool:
    """A page may not scroll sideways; a wide table scrolls inside its panel."""
    return page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


def actors_of(route: Route) -> list[str]:
    roles = ACTORS if route.methods["GET"] == PUBLIC else route.methods["GET"]
    actors = [ACTORS[role] for role in ACTORS if role in roles]
    return [actor for actor in OFFICES if actor in actors] or actors[:1]


def plan() -> dict[str, list[Route]]:
    """Actor → the screens it opens."""
    found: dict[str, list[Route]] = {}
    for route in PAGES:
        if "GET" in route.methods and route.name not in (*NOT_SCREENS, "login"):
            for actor in actors_of(route):
                found.setdefault(actor, []).append(route)
    return found


def test_every_screen(people, stage, axe, tmp_path, django_db_blocker, data_folder, settings):
    cast = stage[0]
    settings.UPLOADS_DIR, settings.DATA_DIR = data_folder / "uploads", data_folder
    file_today(cast, ("990102101",))
    login = people("nobody")
    login.page.goto("/login/")
    wrong = [f"login: {text}" for text in violations(login.page, axe)]
    narrow: set[str] = set()
    for actor, routes in plan().items():
        words = stage_of(actor, cast)
        person = people(actor)
        person.sign_in()
        if actor == "city":
            fold(person)
        for width in WIDTHS:
            person.resize(width)
            for route in routes:
                if width == 1366 or route.name not in narrow:
                    wrong += look_at(person, route.name, words.fill(route.url), axe)
        narrow |= {route.name for route in routes}
    assert wrong == []


def look_at(person: Person, name: str, url: str, axe: str) -> list[str]:
    """Open a screen and say everything that is wrong with it; keep a picture."""
    where = f"{person.key} {person.width} {url}"
    answer = person.page.goto(url)
    wrong = [f"{where}: {text}" for text in violations(person.page, axe)]
    if answer is None or answer.status != 200:
        wrong.append(f"{where}: {answer and answer.status}")
    if sticks_out(person.page):
        wrong.append(f"{where}: scrolls sideways")
    person.shot(f"screen-{name.replace(':', '-')}-{person.key}")
    return wrong


def fold(city: Person) -> None:
    """Make today's totals, so that the tables have something to show."""
    city.page.goto(f"/reports/rollup/?date={today()}")
    city.page.click("button:has-text('立即汇总')")
    finish_job(city)


def test_by_keyboard_alone(people):
    """The first Tab shows the way past the menu; whatever has the focus shows it."""
    page = people("town").sign_in()
    page.keyboard.press("Tab")
    skip = page.locator("a.skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.goto("/orgs/")
    unseen = []
    for _ in range(30):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => {
              const here = document.activeElement;
              const ringed = [here, here.parentElement].some((one) => {
                const style = getComputedStyle(one);
                return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
              });
              return [ringed, here.outerHTML.slice(0, 120)];
            }"""
        )
        if not seen[0]:
            unseen.append(seen[1])
    assert unseen == []
