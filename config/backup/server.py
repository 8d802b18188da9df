"""The server that is backed up: where it is, its programs, and how we reach it."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg2
from django.conf import settings

from config.databases import parse_url
from config.launcher import binaries

SLOT = "cunxuan_backup"


class BackupRefused(Exception):
    """What keeps a back-up or a restore from being done, in a sentence that says what to do."""


def address() -> dict[str, str]:
    """The server of CUNXUAN_BACKUP_URL: a role with REPLICATION; without it the one of DATABASE_URL."""
    return parse_url(settings.BACKUP_URL or settings.DATABASE_URL)


def connect(dbname: str = "postgres") -> "psycopg2.extensions.connection":
    """A connection of the role that takes the back-ups."""
    server = address()
    return psycopg2.connect(
        host=server["HOST"],
        port=server["PORT"],
        user=server["USER"],
        password=server["PASSWORD"],
        dbname=dbname,
    )


def programs() -> binaries.Binaries:
    """PostgreSQL's programs of the server's own major version."""
    connection = connect()
    major = connection.server_version // 10_000
    connection.close()
    found = next((one for one in binaries.all_postgres() if one.major == major), None)
    if found is None or not (found.bin / "pg_basebackup").exists():
        raise BackupRefused(f"本机没有 PostgreSQL {major} 的 pg_basebackup：安装同版本的客户端程序")
    return found


def command(program: str, *arguments: str | Path) -> list[str]:
    """One of the programs with the server's address; the password travels in the environment."""
    server = address()
    place = [f"--host={server['HOST']}", f"--port={server['PORT']}", f"--username={server['USER']}"]
    return [str(programs().bin / program), *place, "--no-password", *map(str, arguments)]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "PGPASSWORD": address()["PASSWORD"], "PGAPPNAME": "cunxuan_backup", "LC_ALL": "C.UTF-8"}


def run(words: Sequence[str], *, env: dict[str, str] | None = None) -> str:
    """Run a program to its end; its last line becomes the refusal when it fails."""
    done = subprocess.run(  # noqa: S603 - PostgreSQL's programs with our own words
        words, env=env or environment(), capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()] or ["?"]
        raise BackupRefused(f"{Path(words[0]).name} 没有完成：{lines[-1]}")
    return done.stdout


def root() -> Path:
    """Where the back-ups are kept: CUNXUAN_BACKUP_DIR, best another machine's disk."""
    path = Path(settings.BACKUP_DIR)
    for part in (path, path / "base", path / "wal", path / "spool"):
        part.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def room_for(needed: int, place: Path) -> None:
    """Refuse before anything is written when the disk has not the room."""
    free = shutil.disk_usage(place).free
    if free < needed * 11 // 10:
        raise BackupRefused(f"备份盘空间不足：需要 {needed >> 20} MB，只余 {free >> 20} MB")
