"""A person at a browser: signs in, is watched for errors, can be photographed."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Page, WebError

from tests.cast import PASSWORD

SHOTS = Path(settings.BASE_DIR) / "test-results"
HEIGHTS = {1366: 768, 390: 844}


class Person:
    """One browser context of one member of the cast; `page` is its first tab."""

    def __init__(
        self, browser: Browser, address: str, key: str, *, width: int = 1366, **options: object
    ) -> None:
        self.key, self.width = key, width
        self.troubles: list[str] = []
        self.expected: list[str] = []
        size = {"width": width, "height": HEIGHTS.get(width, 768)}
        self.context = browser.new_context(
            base_url=address, viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai",
            accept_downloads=True, reduced_motion="reduce", **options,
        )  # fmt: skip
        self.context.set_default_timeout(15_000)
        self.context.on("console", self._console)
        self.context.on("weberror", self._web_error)
        self.page: Page = self.context.new_page()

    def sign_in(self, next_url: str = "/") -> Page:
        """Sign in by the form and land on `next_url`."""
        self.page.goto(f"/login/?next={quote(next_url)}")
        return self.sign_in_here()

    def sign_in_here(self) -> Page:
        """Sign in by the form that is shown."""
        self.page.fill("[name=username]", self.key)
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("button:has-text('登录')")
        self.page.wait_for_url(lambda url: "/login/" not in url)
        return self.page

    def resize(self, width: int) -> None:
        """Make the window this wide; pictures are named after it."""
        self.width = width
        self.page.set_viewport_size({"width": width, "height": HEIGHTS.get(width, 768)})

    def shot(self, name: str, page: Page | None = None) -> None:
        """Keep a picture of the whole page to be looked at."""
        SHOTS.mkdir(exist_ok=True)
        (page or self.page).screenshot(path=SHOTS / f"{name}-{self.width}.png", full_page=True)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._trouble(f"{self.key} {message.page.url if message.page else ''}: {message.text}")

    def _web_error(self, error: WebError) -> None:
        self._trouble(f"{self.key} {error.page.url if error.page else ''}: {error.error}")

    def _trouble(self, text: str) -> None:
        if not any(part in text for part in self.expected):
            self.troubles.append(text)
