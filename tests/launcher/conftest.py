"""Launches of the real launcher on a data directory of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.launcher import processes
from config.launcher.preflight import ROOT

# What points the tests' own application at its servers must not reach the launcher under test.
INHERITED = (
    "DATABASE_URL",
    "REDIS_URL",
    "SECRET_KEY",
    "SEALED_FILES_KEY",
    "CUNXUAN_PG_BIN",
    "DJANGO_SETTINGS_MODULE",
)


class Launch:
    """One run of `python -m config.launcher run`; everything it says is in `said()`."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.port = processes.free_port()
        self.output = data.with_suffix(f".{self.port}.log")
        self.started = time.monotonic()
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.launcher", "run", "--port", str(self.port), *arguments],
                cwd=ROOT, env=surroundings(data), stdin=subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self, timeout: float = 120) -> float:
        """Seconds until the launcher said it was ready."""
        done = processes.wait_until(
            lambda: "ready" in self.said() or self.process.poll() is not None, timeout, pause=0.1
        )
        assert done, self.said()
        assert self.process.poll() is None, self.said()
        return time.monotonic() - self.started

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)


def surroundings(data: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in INHERITED}
    return {**kept, "CUNXUAN_DATA": str(data)}


def left_behind(data: Path) -> list[str]:
    """Command lines of processes that were started for this data directory and still run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            inside = Path(os.readlink(folder / "cwd")).is_relative_to(data)
            owned = f"CUNXUAN_DATA={data}".encode() in (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if command and (inside or owned or str(data).encode() in command):
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Launch]]:
    """launch("--no-demo") starts one; what still runs at the end is killed."""
    launches: list[Launch] = []

    def start(*arguments: str) -> Launch:
        launches.append(Launch(tmp_path / "data", *arguments))
        return launches[-1]

    yield start
    for one in launches:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait(10)
