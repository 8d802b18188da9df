"""One Chromium and one running application for all journeys; the database is put back after each."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connections
from playwright.sync_api import Browser, sync_playwright

from config.launcher.tests import browser as find_browser
from tests.browser.driver import Person
from tests.browser.servers import application
from tests.browser.stage import seat_township
from tests.cast import Cast
from tests.snapshot import Snapshot, superuser

REQUIRED = os.environ.get("REQUIRE_BROWSER") == "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here drives a browser; where there is none it is skipped with the reason, or fails if required."""
    here = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in here:
        item.add_marker(pytest.mark.browser)
        if not find_browser() and not REQUIRED:
            item.add_marker(pytest.mark.skip(reason="no Chromium: install one or name it in CHROMIUM"))


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium; Playwright downloads nothing."""
    found = find_browser()
    if not found:
        pytest.fail("REQUIRE_BROWSER=1 and no Chromium: install one or name it in CHROMIUM")
    # Playwright keeps an event loop in this thread; our queries beside it are not asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found["CHROMIUM"], args=arguments)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def stage(snapshot: Snapshot, cast: Cast, django_db_blocker) -> Iterator[tuple[Cast, Snapshot]]:
    """The cast with 长河镇, committed, and the state to put back after each journey."""
    with django_db_blocker.unblock():
        try:
            yield seat_township(cast), Snapshot.take()
        finally:
            connections.close_all()
            snapshot.restore()


@pytest.fixture(scope="package")
def data_folder(tmp_path_factory) -> Path:
    """The data directory of the running application."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="package")
def address(stage, data_folder) -> Iterator[str]:
    """Where the application answers."""
    with application(data_folder) as found:
        yield found


@pytest.fixture
def people(stage, address, chromium) -> Iterator[Callable[..., Person]]:
    """people("river", width=390) is a browser of that member of the cast. Errors in any console fail the test."""
    opened: list[Person] = []

    def open_browser(key: str, **options: object) -> Person:
        opened.append(Person(chromium, address, key, **options))
        return opened[-1]

    yield open_browser
    troubles = [trouble for person in opened for trouble in person.troubles]
    for person in opened:
        person.context.close()
    connections.close_all()
    stage[1].restore()
    assert troubles == []


@pytest.fixture
def look(stage) -> Iterator[Callable[..., list[tuple]]]:
    """look(sql, *params): committed rows as the database's superuser sees them."""
    connection = superuser()

    def rows(sql: str, *params: object) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []

    yield rows
    connection.close()


@pytest.fixture(scope="session")
def soffice() -> str:
    """LibreOffice, to read what we wrote as an office would."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if not found:
        (pytest.fail if REQUIRED else pytest.skip)("no LibreOffice: install libreoffice-calc")
    return str(found)
