"""A base back-up: pg_basebackup, checked by pg_verifybackup, packed and encrypted."""

import datetime as dt
import json
import shutil
import subprocess
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from config.backup import server, vault, wal

KEPT_DAYS, KEPT_MONTHS = 35, 12
STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Base:
    """One base back-up: when it was complete, from which segment on the log is needed, size in bytes."""

    name: str
    ended_at: str
    first_segment: str
    major: int
    size: int

    @property
    def at(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.ended_at)

    @property
    def archive(self) -> Path:
        return server.root() / "base" / f"{self.name}.tar"


def take() -> Base:
    """Copy the whole server, verify the copy, keep it encrypted; returns what was kept.

    The plain copy stands beside the vault while it is packed and is removed in any case.
    """
    room = server.root()
    server.room_for(2 * _size(), room)
    wal.ensure_slot()
    work = Path(tempfile.mkdtemp(prefix="work-", dir=room))
    copy = work / "data"
    try:
        server.run(
            server.command(
                "pg_basebackup",
                f"--pgdata={copy}",
                "--wal-method=stream",
                "--checkpoint=fast",
                "--manifest-checksums=SHA256",
            )
        )
        server.run([str(server.programs().bin / "pg_verifybackup"), str(copy)])
        now = dt.datetime.now(dt.UTC)
        segment = first_segment(copy)
        name = f"{now.strftime(STAMP)}-{segment}"
        base = Base(name, now.isoformat(), segment, server.programs().major, _folder_size(copy))
        _pack(copy, base.archive)
        _write_label(base)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return base


def first_segment(copy: Path) -> str:
    """The segment recovery begins with, from backup_label."""
    label = (copy / "backup_label").read_text()
    return label.split("(file ", 1)[1].split(")", 1)[0]


def bases() -> list[Base]:
    """Every base back-up whose archive is there, oldest first. Raises VaultBroken for a changed label."""
    found = []
    for path in sorted((server.root() / "base").glob("*.json")):
        base = Base(**json.loads(b"".join(vault.pieces(path))))
        if base.archive.exists():
            found.append(base)
    return found


def listed() -> list[Base]:
    """What the names of the back-ups say, without the key: when, and from which segment on. Oldest first."""
    found = []
    for path in sorted((server.root() / "base").glob("*.json")):
        stamp, _, segment = path.stem.partition("-")
        at = dt.datetime.strptime(stamp, STAMP).replace(tzinfo=dt.UTC)
        found.append(Base(path.stem, at.isoformat(), segment, 0, 0))
    return found


def prune(now: dt.datetime, *, pretend: bool = False) -> int:
    """Remove base back-ups beyond 35 days but the first of each of 12 months, and the log older than those days.

    Returns how many files went. The newest base always stays. A base of a month holds the log it needs itself.
    """
    found = listed()
    kept = kept_at(found, now)
    gone = [base for base in found if base not in kept]
    old = [
        path
        for path in (server.root() / "wal").iterdir()
        if kept and wal.SEGMENT.fullmatch(path.name) and path.name[8:] < _oldest_daily(kept, now)
    ]
    if not pretend:
        for path in [*old, *(p for base in gone for p in (_label(base), base.archive))]:
            path.unlink(missing_ok=True)
    return len(old) + 2 * len(gone)


def kept_at(found: list[Base], now: dt.datetime) -> list[Base]:
    """Which of these base back-ups are within their time at `now`."""
    kept, months = [], set()
    for base in found:
        age = now - base.at
        month = (base.at.year, base.at.month)
        first = month not in months
        months.add(month)
        monthly = first and age <= dt.timedelta(days=31 * KEPT_MONTHS)
        if age <= dt.timedelta(days=KEPT_DAYS) or monthly or base is found[-1]:
            kept.append(base)
    return kept


def _oldest_daily(kept: list[Base], now: dt.datetime) -> str:
    """Where the log of the last 35 days begins (without the timeline)."""
    daily = [base for base in kept if now - base.at <= dt.timedelta(days=KEPT_DAYS)]
    return (daily or kept[-1:])[0].first_segment[8:]


def _pack(copy: Path, target: Path) -> None:
    """Tar and encrypt in one stream: the plain archive is never on a disk."""
    program = shutil.which("tar") or "/bin/tar"
    with subprocess.Popen(  # noqa: S603 - tar over our own folder
        [program, "-C", str(copy), "-cf", "-", "."], stdout=subprocess.PIPE
    ) as tar:
        if tar.stdout is None:  # a pipe was asked for
            raise server.BackupRefused("tar 没有输出")
        vault.keep(tar.stdout, target)
    if tar.returncode:
        target.unlink(missing_ok=True)
        raise server.BackupRefused("tar 没有完成：查看备份盘空间")


def _write_label(base: Base) -> None:
    """Last of all: a back-up without its label is not one."""
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps(asdict(base)).encode())
        file.seek(0)
        vault.keep(file, _label(base))


def _label(base: Base) -> Path:
    return server.root() / "base" / f"{base.name}.json"


def _folder_size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _size() -> int:
    connection = server.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sum(pg_database_size(oid)) FROM pg_database WHERE datallowconn")
            return int(cursor.fetchone()[0])
    finally:
        connection.close()
