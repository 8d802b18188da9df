"""Bring a back-up back to a chosen second, on a server of its own, and wait until it is promoted."""

import datetime as dt
import re
import shlex
import shutil
import signal
import subprocess
import tarfile
import time
from pathlib import Path
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connections

from config.backup import server, take, wal
from config.backup.vault import Plain
from config.databases import AUDITOR, role_password
from config.launcher import binaries, processes, rootless

ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"
# A copied configuration names places and peers of the old machine; the restored server starts with these alone.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "archive_mode": "off",
    "ssl": "off",
}


def base_for(to: dt.datetime | None) -> take.Base:
    """The newest base back-up that was complete at `to` (None: the newest)."""
    found = [base for base in take.bases() if to is None or base.at <= to]
    if not found:
        raise server.BackupRefused("没有早于该时刻的备份：先运行 manage.py backup，或选更晚的时刻")
    return found[-1]


def lay_out(base: take.Base, folder: Path, to: dt.datetime | None) -> None:
    """Unpack `base` into `folder`/data, ready to recover up to `to` (None: to the end of the log) and be promoted.

    Raises VaultBroken for a back-up that was changed, BackupRefused for a log with a gap or a full disk.
    """
    server.room_for(2 * base.size, folder)
    data = folder / "data"
    data.mkdir(mode=0o700)
    with tarfile.open(fileobj=Plain(base.archive), mode="r|") as archive:
        # Python 3.11 before 3.11.4 knows no filters and takes no argument for one: Debian 12 ships 3.11.2.
        archive.extraction_filter = getattr(tarfile, "tar_filter", None)
        for member in archive:
            archive.extract(member, data)
    log = folder / "wal"
    wal.lay_out(log, base.first_segment)
    for name in ("postgresql.auto.conf", "standby.signal", "postmaster.pid"):
        (data / name).unlink(missing_ok=True)
    (data / "postgresql.conf").write_text(_configuration(log, to) + _sizes(data, base.major))
    (data / "pg_hba.conf").write_text(ACCESS)
    (data / "pg_ident.conf").write_text("")
    (data / "recovery.signal").write_text("")


def _configuration(log: Path, to: dt.datetime | None) -> str:
    fetch = f"cp {shlex.quote(str(log))}/%f %p"
    lines = [f"restore_command = '{fetch}'", "recovery_target_action = 'promote'", "hot_standby = on"]
    if to is not None:
        lines.append(f"recovery_target_time = '{to.astimezone(dt.UTC).isoformat()}'")
    return "\n".join([*lines, ""])


def _sizes(data: Path, major: int) -> str:
    """What a recovering server must not have less of than the one it was copied from."""
    said = server.run([str(programs_of(major).bin / "pg_controldata"), str(data)])
    found = dict(re.findall(r"^(max_\w+|\S+) setting: +(\d+)$", said, re.MULTILINE))
    names = (
        "max_connections",
        "max_worker_processes",
        "max_wal_senders",
        "max_prepared_xacts",
        "max_locks_per_xact",
    )
    renamed = {
        "max_prepared_xacts": "max_prepared_transactions",
        "max_locks_per_xact": "max_locks_per_transaction",
    }
    return "".join(f"{renamed.get(name, name)} = {found[name]}\n" for name in names if name in found)


def programs_of(major: int) -> binaries.Binaries:
    """PostgreSQL's programs of the version the back-up was taken from: another one cannot read it."""
    found = next((one for one in binaries.all_postgres() if one.major == major), None)
    if found is None:
        raise server.BackupRefused(f"本机没有 PostgreSQL {major}：装上同版本再恢复")
    return found


class Restored:
    """A server over a restored data directory, on a free port of the loopback address."""

    def __init__(self, base: take.Base, folder: Path) -> None:
        self.host = rootless.host_for(programs_of(base.major), folder)
        self.folder, self.data, self.log = folder, folder / "data", folder / "server.log"
        self.port = processes.free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, timeout: float) -> None:
        """Start, and wait for the promotion: a server that answers may still be recovering."""
        if self.host.user:
            for path in (self.folder, *self.folder.rglob("*")):
                shutil.chown(path, self.host.user)
        options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        self.process = processes.start(
            self.host.command("postgres", "-D", self.data, "-c", f"port={self.port}", *options),
            death_signal=signal.SIGINT,
            log=self.log,
            user=self.host.user,
            env={**server.environment(), "PGPASSWORD": ""},
        )
        if not self.is_promoted_within(timeout):
            self.stop()
            raise server.BackupRefused(reason(self.log))

    def is_promoted_within(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                return False
            try:
                if self.ask("SELECT pg_is_in_recovery()")[0][0] is False:
                    return True
            except psycopg2.OperationalError:
                pass  # not yet consistent
            time.sleep(0.1)
        return False

    def connect(self, role: str = AUDITOR) -> "psycopg2.extensions.connection":
        """A connection of one of our own roles, with the password that followed from SECRET_KEY at the back-up's time.

        Raises BackupRefused when that was neither today's key nor one of SECRET_KEY_FALLBACKS.
        """
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
            try:
                return psycopg2.connect(
                    host="127.0.0.1",
                    port=self.port,
                    dbname=connections["owner"].settings_dict["NAME"],
                    user=role,
                    password=role_password(secret, role),
                )
            except psycopg2.OperationalError as error:
                if "password authentication failed" not in str(error):
                    raise
        raise server.BackupRefused(
            "备份时用的是另一个 SECRET_KEY：把当时的那个写进 SECRET_KEY_FALLBACKS 再恢复"
        )

    def ask(self, sql: str, role: str = AUDITOR) -> list[tuple[Any, ...]]:
        connection = self.connect(role)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            connection.close()

    def stop(self) -> None:
        if self.process:
            processes.stop(self.process, signal.SIGINT, timeout=60)
            self.process = None


def reason(log: Path) -> str:
    """Why a restored server was not promoted, from its log."""
    if "recovery ended before configured recovery target was reached" in log.read_text(errors="replace"):
        return "收到的日志还没有到该时刻：选更早的时刻，或等 receive_wal 收到之后的日志"
    return f"恢复的数据库没有完成提升：{last_line(log)}"


def last_line(log: Path) -> str:
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "?"
