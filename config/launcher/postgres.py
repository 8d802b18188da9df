"""One PostgreSQL server as a child process: created, started, checked and stopped by us.

It listens on the loopback address only, asks for a SCRAM password kept in a file of mode 600, has no unix
socket, and always uses the C.UTF-8 locale: with plain C the trigrams of Chinese text vanish silently.
"""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

import psycopg2

from config.launcher import processes, rootless
from config.launcher.binaries import Binaries
from config.launcher.errors import LaunchError

SUPERUSER = "postgres"
LOCALE = "C.UTF-8"
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "4GB"}
ORDINARY = {
    "shared_buffers": "256MB",
    "maintenance_work_mem": "128MB",
    "jit": "off",
    "random_page_cost": "1.1",
}


class PostgresServer:
    """A server over the data directory `folder`/data; `folder` also holds its password and its log."""

    def __init__(self, binaries: Binaries, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.host = rootless.host_for(binaries, folder)
        self.major = binaries.major
        self.folder = self.host.folder
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.settings = dict(ORDINARY if settings is None else settings)
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """URL of the superuser on the database `cunxuan`, which `manage.py prepare_database` creates."""
        return f"postgres://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/cunxuan"

    @property
    def password(self) -> str:
        return (self.folder / "password").read_text()

    def create(self) -> None:
        """Create the data directory when there is none; refuse one of another major version."""
        marker = self.data / "PG_VERSION"
        if marker.exists():
            refuse_other_version(self.data, self.major)
            return
        secret = self.folder / "password"
        with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(24))
        self.host.own(secret)
        self.host.own(self.folder)
        done = subprocess.run(
            self.host.command(
                "initdb", "-D", self.data, "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={secret}",
                f"--locale={LOCALE}", "--encoding=UTF8", "--no-sync", "--no-instructions",
            ),
            env=environment(), capture_output=True, text=True, check=False, **self.host.options,
        )  # fmt: skip
        if done.returncode:
            raise LaunchError(
                f"无法建立数据库目录 {self.data}：{last_line(done.stderr)}",
                f"Could not create the database directory: {last_line(done.stderr)}",
            )

    def start(self, timeout: float = 15.0) -> None:
        """Start and wait until it answers; retries while a dead server's lock file is still in place."""
        self.create()
        end = time.monotonic() + timeout
        while True:
            self.port = processes.free_port()
            before = self.log.stat().st_size if self.log.exists() else 0
            self.process = processes.start(
                self.host.command("postgres", "-D", self.data, *self.options()),
                death_signal=signal.SIGINT, log=self.log, env=environment(), user=self.host.user,
            )  # fmt: skip
            if self.answers(end):
                self.check_trigrams()
                return
            self.stop()
            said = self.log.read_bytes()[before:].decode(errors="replace")
            passing = "postmaster.pid" in said or "could not bind" in said
            if not passing or time.monotonic() > end:
                raise LaunchError(
                    f"数据库没有启动：{last_line(said)}（日志 {self.log}）",
                    f"PostgreSQL did not start: {last_line(said)} (log: {self.log})",
                )
            time.sleep(0.2)

    def options(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "log_line_prefix": "%m [%p] ",
            **self.settings,
        }
        return [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]

    def answers(self, end: float) -> bool:
        """Wait for the first accepted login; False when the process ended or time ran out."""
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                return False
            if processes.accepts_connections("127.0.0.1", self.port):
                try:
                    self.connect().close()
                except psycopg2.OperationalError:
                    pass  # still starting up or recovering
                else:
                    return True
            time.sleep(0.02)
        return False

    def connect(self) -> "psycopg2.extensions.connection":
        """A connection of the superuser to the maintenance database."""
        return psycopg2.connect(
            host="127.0.0.1", port=self.port, user=SUPERUSER, password=self.password, dbname="postgres"
        )

    def check_trigrams(self) -> None:
        """Refuse a locale in which Chinese search silently finds nothing. The check leaves no trace."""
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                cursor.execute("SELECT cardinality(show_trgm('北京市教育局'))")
                (count,) = cursor.fetchone() or (0,)
            connection.rollback()
        finally:
            connection.close()
        if not count:
            self.stop()
            raise LaunchError(
                "数据库的区域设置不支持中文检索（show_trgm 为空），请换用 C.UTF-8 或 zh_CN.UTF-8。",
                "This database's locale finds no Chinese trigrams: use C.UTF-8 or zh_CN.UTF-8.",
            )

    def stop(self) -> None:
        """Fast shutdown: open connections are ended, the files are left clean."""
        if self.process:
            processes.stop(self.process, signal.SIGINT, timeout=30)
            self.process = None


def environment() -> dict[str, str]:
    """The server's own surroundings: no locale, no PG* setting of the caller."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "LC_", "LANG"))}
    return {**kept, "LC_ALL": "C.UTF-8"}


def refuse_other_version(data: Path, major: int) -> None:
    """Raise when the data directory was written by another major version of PostgreSQL."""
    written_by = (data / "PG_VERSION").read_text().strip()
    if written_by != str(major):
        raise LaunchError(
            f"数据目录 {data} 由 PostgreSQL {written_by} 建立，本机可用的是 {major}，不能直接打开；"
            "请先用旧版本 pg_dump 导出，见 docs/operations.md。",
            f"The data directory was created by PostgreSQL {written_by}, but {major} is what runs here: "
            "dump it with the old version first, see docs/operations.md.",
            exit_code=3,
        )


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "?"
