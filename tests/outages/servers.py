"""Database servers that a test may stop: copies of the test server, under ordinary durable settings."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
from django.conf import settings
from django.db import connections

from config.backup import server
from config.databases import parse_url
from config.launcher import postgres, processes, rootless

ALIASES = ("default", "ledger", "login", "owner")


class Server:
    """One copy of the test server over a folder of its own; `start` on a port of our choice."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.host = rootless.host_for(server.programs(), folder)
        self.folder, self.data = self.host.folder, self.host.folder / "data"
        self.log = self.folder / "server.log"
        self.options = [part for option in options for part in ("-c", option)]
        self.port = 0
        self.process = None

    def copy_of(self, address: dict[str, str] | None = None, *, standby: bool = False) -> Server:
        """Copy a running server (None: the test server)."""
        place = address or parse_url(settings.DATABASE_URL)
        shutil.rmtree(self.data, ignore_errors=True)
        extra = ["--write-recovery-conf"] if standby else []
        environment = {**server.environment(), "PGPASSWORD": place["PASSWORD"]}
        command = [
            str(server.programs().bin / "pg_basebackup"), f"--host={place['HOST']}", f"--port={place['PORT']}",
            f"--username={place['USER']}", f"--pgdata={self.data}", "--checkpoint=fast", "--wal-method=stream", *extra,
        ]  # fmt: skip
        subprocess.run(command, env=environment, check=True, capture_output=True)
        if self.host.user:
            for path in (self.data, *self.data.rglob("*")):
                self.host.own(path)
        return self

    def start(self, port: int, *, wait: bool = True) -> Server:
        """Start on a port; with `wait` until it answers."""
        self.port = port
        self.process = processes.start(
            self.host.command(
                "postgres", "-D", self.data, "-c", f"port={port}", "-c", "listen_addresses=127.0.0.1",
                "-c", "unix_socket_directories=", *self.options,
            ),
            death_signal=signal.SIGINT, log=self.log, env=postgres.environment(), user=self.host.user,
        )  # fmt: skip
        if wait:
            assert processes.wait_until(self.answers, 60), self.log.read_text()[-2000:]
        return self

    def address(self) -> dict[str, str]:
        return {**parse_url(settings.DATABASE_URL), "HOST": "127.0.0.1", "PORT": str(self.port)}

    def ask(self, sql: str) -> list:
        """Rows of a statement of the superuser."""
        place = self.address()
        connection = psycopg2.connect(
            host=place["HOST"],
            port=place["PORT"],
            user=place["USER"],
            password=place["PASSWORD"],
            dbname=connections["owner"].settings_dict["NAME"],
        )
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def answers(self) -> bool:
        try:
            return self.ask("SELECT 1") == [(1,)]
        except psycopg2.Error:
            return False

    def kill(self) -> None:
        """Immediate stop: no checkpoint, no farewell to those who are connected."""
        processes.stop(self.process, signal.SIGQUIT, timeout=30)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            processes.stop(self.process, signal.SIGINT, timeout=30)


@contextmanager
def serving(port: int) -> Iterator[None]:
    """Every alias of this process, of all threads, leads to another port of the loopback address."""
    before = {alias: connections.settings[alias]["PORT"] for alias in ALIASES}
    connections.close_all()
    for alias in ALIASES:
        connections.settings[alias]["PORT"] = str(port)
        connections[alias].settings_dict["PORT"] = str(port)
    try:
        yield
    finally:
        connections.close_all()
        for alias, old in before.items():
            connections.settings[alias]["PORT"] = old
            connections[alias].settings_dict["PORT"] = old


def soon(true, seconds: float = 30.0) -> bool:
    """Wait until `true()`; False when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False
