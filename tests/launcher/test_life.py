"""The whole application through its launcher: starts, stops, is killed, starts again on the same data."""

import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable

import pytest

from config.launcher import processes
from config.launcher.preflight import ROOT
from tests.launcher.conftest import Launch, left_behind, surroundings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def page(launch: Launch) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{launch.port}/healthz", timeout=10) as answer:
        return int(answer.status)


def managed(launch: Launch, *arguments: str) -> tuple[int, str]:
    """Exit code and first complaint of `run.py manage` on the data of a running launch."""
    done = subprocess.run(
        [sys.executable, "-m", "config.launcher", "manage", *arguments],
        cwd=ROOT, env=surroundings(launch.data), capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, next(iter(done.stderr.splitlines()), "")


def database_files(launch: Launch) -> bytes:
    return (launch.data / "postgres" / "data" / "global" / "pg_control").read_bytes()[:8]


def test_stops_in_order_and_starts_again_on_its_data_alone(launch: Callable[..., Launch]) -> None:
    first = launch("--no-demo")
    first.wait_until_ready()
    assert page(first) == 200
    system = database_files(first)
    key = (first.data / "secret_key").read_text()
    running = left_behind(first.data)
    for name in ("granian", "worker", "beat", "valkey", "postgres"):
        assert [line for line in running if name in line] != [], name

    # Our own server, not a stranger, has the port, whichever port the second one asks for.
    url = f"http://127.0.0.1:{first.port}"
    for beside in (launch("--no-demo"), launch("--no-demo", "--port", str(first.port))):
        assert beside.process.wait(60) == 6
        assert beside.said().splitlines() == [
            f"数据目录 {first.data} 正由另一个 run.py 使用，网址 {url}。请直接使用它，或先在它的窗口按 Ctrl-C "
            "停止；要另开一套，用 CUNXUAN_DATA 指定别的数据目录。",
            f"Another run.py is using the data directory {first.data}, at {url}: use that one, "
            "stop it with Ctrl-C, or name another directory in CUNXUAN_DATA.",
        ]

    assert managed(first, "create_first_admin") == (
        1,
        "CommandError: 系统中已有账号,不能再用本命令建立管理员。请由安全管理员在“账号”页办理。",
    )

    assert first.end(signal.SIGINT) == 0
    assert left_behind(first.data) == []
    assert first.said().splitlines()[-1] == "已停止 · stopped"

    second = launch("--no-demo")
    second.wait_until_ready()
    assert page(second) == 200
    assert database_files(second) == system
    assert (second.data / "secret_key").read_text() == key
    assert "初始密码" not in second.said()

    second.process.send_signal(signal.SIGKILL)
    second.process.wait(10)
    assert processes.wait_until(lambda: left_behind(second.data) == [], timeout=15, pause=0.1), left_behind(
        second.data
    )
