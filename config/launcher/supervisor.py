"""Web, worker and beat as one group over PostgreSQL and Valkey: start, watch, stop in order."""

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from config.launcher import application, console, preflight, processes, services
from config.launcher.errors import LaunchError
from config.launcher.leash import Leash

RESTARTS_PER_MINUTE = 3
ACCOUNTS_FILE = "demo-accounts.txt"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Program:
    """One process of the application, restarted when it ends by itself."""

    def __init__(
        self, name: str, command: list[str], log: Path, env: Mapping[str, str], *, death: signal.Signals
    ) -> None:
        self.name = name
        self.command = command
        self.log = log
        self.env = env
        self.death = death
        self.starts: list[float] = []
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, leash: Leash) -> None:
        self.starts = [*self.starts[-RESTARTS_PER_MINUTE:], time.monotonic()]
        self.process = processes.start(
            [sys.executable, "-m", *self.command],
            death_signal=self.death, log=self.log, env=self.env, cwd=preflight.ROOT,
        )  # fmt: skip
        leash.hold(self.process.pid)

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    @property
    def keeps_failing(self) -> bool:
        return len(self.starts) > RESTARTS_PER_MINUTE and time.monotonic() - self.starts[0] < 60

    def stop(self) -> None:
        if self.process:
            processes.stop(self.process, signal.SIGTERM, timeout=20)


def programs(env: Mapping[str, str], folder: Path, host: str, port: int) -> list[Program]:
    """Web, beat and worker, in the order in which they stop."""
    logs = folder / "logs"
    workers = str(min(4, max(2, os.cpu_count() or 2)))
    web = ["granian", "--interface", "wsgi", "--host", host, "--port", str(port), "--no-ws",
           "--workers", workers, "config.wsgi:application"]  # fmt: skip
    beat = ["celery", "-A", "config", "beat", "--schedule", str(folder / "beat-schedule"), "--pidfile="]
    worker = ["celery", "-A", "config", "worker", "-Q", "jobs,timers", "--concurrency", "2"]
    as_worker = {**env, "CUNXUAN_PROCESS": "worker"}
    return [
        # The threads are told to granian and to the application alike (accounts/pressure.py).
        Program("web", web, logs / "web.log", {"GRANIAN_BLOCKING_THREADS": "2", **env}, death=signal.SIGTERM),
        Program("beat", beat, logs / "beat.log", as_worker, death=signal.SIGTERM),
        # Quit, not term: with us the database is gone too, so a running job has nothing to wait for.
        Program("worker", worker, logs / "worker.log", as_worker, death=signal.SIGQUIT),
    ]


class Stop(Exception):
    """Somebody asked us to end."""


def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    raise Stop


def answers(url: str) -> bool:
    """True when the pages answer, with whatever status below 500."""
    try:
        with urllib.request.urlopen(url, timeout=5):  # noqa: S310 - our own loopback address
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def address(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in ("0.0.0.0", "::", "") else host  # noqa: S104 # nosec B104 - compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def run(arguments: list[str]) -> int:
    """Serve until told to stop. Exit code 0 after an orderly stop."""
    options = arguments_of(arguments)
    folder = preflight.data_directory()
    for number in STOP_SIGNALS:
        signal.signal(number, ask_to_stop)
    started = time.monotonic()
    try:
        preflight.refuse_running(folder)
        preflight.refuse_taken_port(options.host, options.port)
        preflight.refuse_full_disk(folder, preflight.ROOM_TO_RUN)
        preflight.make_data_directory(folder)
        with preflight.only_one(folder) as lock, services.both(folder) as (servers, watched):
            # Left by a launcher that was killed; its servers are gone.
            (folder / application.SERVERS).unlink(missing_ok=True)
            env = application.environment(folder, servers)
            if options.host not in ("127.0.0.1", "localhost"):
                env.setdefault("ALLOWED_HOSTS", "*")
            application.prepare_database(env, folder)
            application.load_first_data(env, folder, demo=not options.no_demo)
            lock.write(address(options.host, options.port))
            lock.flush()
            with Leash() as leash:
                serve(env, folder, options, watched, leash, started)
    except Stop:
        console.say("已停止 · stopped")
    return 0


def arguments_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py run")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--no-demo", action="store_true")
    return parser.parse_args(arguments)


def serve(
    env: Mapping[str, str],
    folder: Path,
    options: argparse.Namespace,
    watched: list[services.Server],
    leash: Leash,
    started: float,
) -> None:
    """Start the three programs, say where they are, and watch them until `Stop` or a failure."""
    group = programs(env, folder, options.host, options.port)
    url = address(options.host, options.port)
    application.tell_servers(env, folder)
    try:
        with console.step("启动 web、worker、beat"):
            for program in reversed(group):
                program.start(leash)
            web = group[0]
            processes.wait_until(lambda: web.ended or answers(f"{url}/healthz"), timeout=60, pause=0.1)
            if web.ended:
                raise LaunchError(
                    f"网页服务没有启动，见 {web.log}。", f"The web server did not start, see {web.log}."
                )
        introduce(url, folder, time.monotonic() - started)
        watch(group, watched, leash)
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        console.say("正在停止 · stopping …")
        for program in group:
            program.stop()
        (folder / application.SERVERS).unlink(missing_ok=True)


def introduce(url: str, folder: Path, seconds: float) -> None:
    """Say where the pages are, who may sign in, and where the data lives."""
    console.say(f"\n村选 CunXuan 已启动（{seconds:.0f} 秒） · ready\n\n  网址 address  {url}")
    console.say(f"  数据 data     {folder}（日志 logs/）")
    accounts = folder / ACCOUNTS_FILE
    if accounts.exists():
        console.say("  演示账号 demo accounts")
        for line in accounts.read_text(encoding="utf-8").splitlines():
            console.say(f"    {line}")
    console.say("  按 Ctrl-C 停止 · Ctrl-C stops everything\n")


def watch(group: list[Program], watched: list[services.Server], leash: Leash) -> None:
    """Restart what ends by itself; give up when it keeps failing or a server is gone."""
    while True:
        time.sleep(0.5)
        for server in watched:
            if server.process is None or server.process.poll() is not None:
                raise LaunchError(
                    f"{type(server).__name__} 意外退出，见 {server.log}。",
                    f"{type(server).__name__} ended unexpectedly, see {server.log}.",
                )
        for program in group:
            if not program.ended:
                continue
            if program.keeps_failing:
                raise LaunchError(
                    f"{program.name} 反复退出，见 {program.log}。",
                    f"{program.name} keeps ending, see {program.log}.",
                )
            console.say(f"{program.name} 退出，重新启动 · {program.name} ended, starting it again")
            program.start(leash)
