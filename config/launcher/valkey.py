"""One Valkey (or Redis) server as a child process: loopback only, random password, append-only file."""

import os
import secrets
import signal
import subprocess
from pathlib import Path

import redis

from config.launcher import processes
from config.launcher.errors import LaunchError


class ValkeyServer:
    """A server whose files, password and log lie in `folder`."""

    def __init__(self, program: Path, folder: Path, *, durable: bool = True) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.program = program
        self.folder = folder
        self.log = folder / "server.log"
        self.durable = durable
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text()

    def start(self) -> None:
        """Start and wait for the first PONG."""
        secret = self.folder / "password"
        configuration = self.folder / "server.conf"
        for path, text in (
            (secret, secrets.token_hex(24)),
            (configuration, ""),
        ):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(text)
        self.port = processes.free_port()
        configuration.write_text(
            f'bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\ndir "{self.folder.resolve()}"\n'
            f'appendonly {"yes" if self.durable else "no"}\nsave ""\ndaemonize no\n'
        )
        self.process = processes.start(
            [self.program, configuration], death_signal=signal.SIGTERM, log=self.log
        )
        if not processes.wait_until(self.answers, timeout=15):
            self.stop()
            raise LaunchError(
                f"消息队列没有启动（日志 {self.log}）。",
                f"Valkey did not start (log: {self.log}).",
            )

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_timeout=1, retry=None) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def stop(self) -> None:
        if self.process:
            processes.stop(self.process, signal.SIGTERM, timeout=10)
            self.process = None
