"""A browser on the loopback address and a web server of the product's kind to talk to."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from accounts.models import Assignment, User

WORKERS = 2
TOKEN = "b" * 32


@contextlib.contextmanager
def server(application: str = "config.wsgi:application", **env: str) -> Iterator[int]:
    """The web server as `run.py` starts it, with the peers' pages beside ours; yields its port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    ours = {"DJANGO_SETTINGS_MODULE": "benchmarks.web_settings", "CUNXUAN_LOG_LEVEL": "ERROR",
            "GRANIAN_BLOCKING_THREADS": "2"}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
         "--no-ws", "--workers", str(WORKERS), application],
        env={**os.environ, **ours, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


@contextlib.contextmanager
def stock_admin() -> Iterator[Callable[[], Browser]]:
    """Django's stock admin over the same records, on a server of the same kind; yields what opens a browser
    that is signed in there."""
    prepared = subprocess.run(
        [sys.executable, "-m", "benchmarks.stock.prepare"], check=True, capture_output=True, text=True
    )
    key = prepared.stdout.strip()
    with server(
        "benchmarks.stock.wsgi:application", DJANGO_SETTINGS_MODULE="benchmarks.stock.settings"
    ) as port:
        yield lambda: Browser(port, cookie=f"sessionid={key}")


def wait(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the web server did not start")


@dataclass(frozen=True)
class Answer:
    """One response: status, milliseconds until its last byte, bytes as transferred, body."""

    status: int
    ms: float
    size: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Browser:
    """One kept connection, signed in as a member of an office, or of a stranger (the peers' pages)."""

    def __init__(
        self,
        port: int,
        assignment: Assignment | None = None,
        *,
        cookie: str = "",
        headers: dict | None = None,
    ) -> None:
        self.headers = headers or {}
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookie = f"csrftoken={TOKEN}; {cookie}"
        if assignment:
            self.cookie += f"; sessionid={session_of(assignment)}"

    def ask(self, method: str, url: str, data: Any = None) -> Answer:
        """One request with a JSON body or none; a redirect is not followed."""
        headers = {"Cookie": self.cookie, "Accept-Encoding": "gzip", "X-CSRFToken": TOKEN, **self.headers}
        body = None
        if data is not None:
            body, headers["Content-Type"] = json.dumps(data).encode(), "application/json"
        started = time.perf_counter()
        response, content = self.send(method, url, body, headers)
        ms = (time.perf_counter() - started) * 1000
        if response.getheader("Content-Encoding") == "gzip":
            import gzip  # noqa: PLC0415

            return Answer(response.status, ms, len(content), gzip.decompress(content))
        return Answer(response.status, ms, len(content), content)

    def send(
        self, method: str, url: str, body: bytes | str | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """On the kept connection; one that the server closed while it lay idle is opened again, as browsers do."""
        try:
            self.connection.request(method, url, body, headers)
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self.connection.close()
            self.connection.request(method, url, body, headers)
            response = self.connection.getresponse()
        return response, response.read()

    def get(self, url: str) -> Answer:
        answer = self.ask("GET", url)
        if answer.status != 200:
            raise RuntimeError(f"{url} answered {answer.status}: {answer.body[:300]!r}")
        return answer


def p50(*asked: tuple[Browser, str], seconds: float) -> list[float]:
    """Median milliseconds of each (browser, URL), asked in turn: what else the machine does meets them alike."""
    found: list[list[float]] = [[] for _ in asked]
    for browser, url in asked * 2:
        browser.get(url)
    end = time.monotonic() + seconds * len(asked)
    while len(found[0]) < 5 or (time.monotonic() < end and len(found[0]) < 200):
        for times, (browser, url) in zip(found, asked, strict=True):
            times.append(browser.get(url).ms)
    return [statistics.median(times) for times in found]


def session_of(assignment: Assignment) -> str:
    """A session of the holder, as after signing in."""
    from django.test import Client  # noqa: PLC0415

    browser = Client()
    browser.force_login(User.objects.get(pk=assignment.user_id))
    return browser.cookies["sessionid"].value
