"""The whole application through its launcher: starts, stops, is killed, starts again on the same data."""

import signal
import sys
import urllib.request
from collections.abc import Callable

import pytest

from config.launcher import processes
from tests.launcher.conftest import Launch, left_behind

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def page(launch: Launch) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{launch.port}/healthz", timeout=10) as answer:
        return int(answer.status)


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

    beside = launch("--no-demo")
    assert beside.process.wait(60) == 6
    assert beside.said().splitlines() == [
        f"数据目录 {first.data} 正由另一个 run.py 使用。",
        f"Another run.py is using the data directory {first.data}.",
    ]

    assert first.end(signal.SIGINT) == 0
    assert left_behind(first.data) == []
    assert first.said().splitlines()[-1] == "已停止 · stopped"

    second = launch("--no-demo")
    second.wait_until_ready()
    assert page(second) == 200
    assert database_files(second) == system
    assert (second.data / "secret_key").read_text() == key
    assert "create_first_admin" not in second.said()

    second.process.send_signal(signal.SIGKILL)
    second.process.wait(10)
    assert processes.wait_until(lambda: left_behind(second.data) == [], timeout=15, pause=0.1), left_behind(
        second.data
    )
