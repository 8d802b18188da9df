"""The application as it runs for an office: granian and a Celery worker on the test database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from tests.accounts.jobs.conftest import url_of_test_database

START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def application(folder: Path) -> Iterator[str]:
    """Start web and worker with `folder` as their data directory; yields the address."""
    port = free_port()
    env = {
        **os.environ,
        "DATABASE_URL": url_of_test_database(),
        "CUNXUAN_DATA": str(folder),
        "PYTHONWARNINGS": "",
    }
    env.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)
    web = [
        "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws",
        "--workers", "1", "--blocking-threads", "4", "config.wsgi:application",
    ]  # fmt: skip
    worker = [
        "celery", "-A", "config", "worker", "-Q", "jobs,timers", "-c", "1", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    with (
        process(web, env, folder / "web.log") as server,
        process(worker, {**env, "CUNXUAN_PROCESS": "worker"}, folder / "worker.log"),
    ):
        wait_for(f"{address}/login/", server, folder / "web.log")
        yield address


@contextmanager
def process(command: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One program in a process group of its own, ended with everything it started."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            [sys.executable, "-m", *command], cwd=settings.BASE_DIR, env=env, stdout=output, stderr=output,
            process_group=0,
        )  # fmt: skip
        try:
            yield started
        finally:
            if started.poll() is None:
                os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the address answers; a server that ended says why."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 — our own address
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            if server.poll() is not None:
                break
            time.sleep(0.1)
    raise RuntimeError(f"the web server does not answer:\n{log.read_text(errors='replace')[-3000:]}")
