"""The sheet in a browser: keyboard, paste, checks while typing, autosave, filing, a lost connection, a phone.

Skipped, with the reason, where no Chromium is found.
"""

import os
import shutil
import threading

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.db import connections

from reports.models import DailyFigure, DailyRevision
from tests.cast import PASSWORD
from tests.reports.daily.conftest import FIRST, SECOND, TOWN

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

COMMUNITY = f"{TOWN}001"
PASTE = """([target, text]) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.getElementById(target).dispatchEvent(event);
}"""


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site(day, settings):
    """Address of a server in a thread, on the test database."""
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet, connections_override={})
    server.set_app(StaticFilesHandler(WSGIHandler()))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def chromium():
    # The synchronous driver runs an event loop in this thread, which Django takes for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    connections.close_all()


def enter(chromium, site, width=1366, height=900):
    """A signed-in township at its sheet of today; any script error fails the test."""
    page = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN").new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(f"{site}/login/")
    page.fill("input[name=username]", "town")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/reports/daily/")
    page.wait_for_selector("html[data-daily=ready]")
    return page


def cell(page, village: str, key: str):
    return page.locator(f"#c-{village}-{key}")


def saved(page) -> None:
    page.wait_for_selector("#save-state:has-text('已自动保存')")


def test_a_township_files_by_keyboard_and_paste(chromium, site):
    page = enter(chromium, site)
    cell(page, COMMUNITY, "visits").focus()
    for figure in ("26", "13", "-1"):
        page.keyboard.type(figure)
        page.keyboard.press("Enter")
    assert page.locator('#issues [data-level="error"] li').all_inner_texts() == [
        "岭四村 走访户次：−1，不能为负数。如要冲减以前报的数，请对那一天申请更正。DR-014"
    ]
    cell(page, SECOND, "visits").fill("18")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == f"c-{SECOND}-talks"
    page.evaluate(PASTE, [f"c-{COMMUNITY}-talks", "3\t0\t1\r\n不详\t／\t2\r\n１\t45\t未报\r\n"])
    assert [cell(page, FIRST, key).input_value() for key in ("talks", "trainings", "publicity")] == [
        "不详",
        "／",
        "2",
    ]
    assert cell(page, SECOND, "talks").input_value() == "1"
    saved(page)
    page.click("button[value=zero]")
    saved(page)
    assert page.inner_text('[data-total="visits"]') == "57"
    page.keyboard.press("F9")
    page.wait_for_url("**/check/")
    page.click("button[value=file]")
    page.wait_for_selector("dl.receipt >> text=RB-")
    filed = {row.area.code: row for row in DailyFigure.objects.using("owner").select_related("area")}
    assert [filed[code].visits for code in (COMMUNITY, FIRST, SECOND)] == [26, 13, 18]
    assert (filed[FIRST].marks, filed[SECOND].publicity) == ({"talks": "unknown", "trainings": "na"}, 0)
    assert page.errors == []


def test_without_a_connection_figures_wait_and_notes_do_not(chromium, site):
    page = enter(chromium, site)
    page.context.set_offline(True)
    cell(page, FIRST, "visits").fill("7")
    cell(page, FIRST, "note").fill("雨")
    page.keyboard.press("Enter")
    page.wait_for_selector("#offline:not([hidden])")
    kept = page.evaluate("Object.values(sessionStorage).join()")
    assert ('"text":"7"' in kept, "雨" in kept) == (True, False)
    page.context.set_offline(False)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    saved(page)
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('cunxuan')).length") == 0
    assert page.errors == []


def test_two_people_at_one_cell_are_asked(chromium, site, day):
    page = enter(chromium, site)
    day.type(FIRST, "visits", "18")
    cell(page, FIRST, "visits").fill("20")
    page.keyboard.press("Enter")
    page.wait_for_selector(".conflict")
    assert page.inner_text(".conflict > span") == "冲突　坡阳村 走访户次：测试town填了 18，您填的是 20。"
    page.click(".conflict >> text=用我的 20")
    saved(page)
    page.reload()
    assert cell(page, FIRST, "visits").input_value() == "20"
    assert page.errors == []


def test_on_a_phone_one_village_is_open_with_steppers(chromium, site):
    page = enter(chromium, site, 390, 844)
    assert page.locator("tr.open").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    plus = page.locator("tr.open td.fl .stepper >> text=+").first
    box = plus.bounding_box()
    assert (box["width"], box["height"]) == (46, 46)
    plus.click()
    assert page.inner_text("tr.open td.next .btn") == "未报 6 项填 0，确认"
    page.click("tr.open td.next .btn")
    saved(page)
    assert page.inner_text(".phone-head b") == "1／3 村"
    assert DailyRevision.objects.using("owner").count() == 0
    assert page.errors == []
