"""What the server writes after a base back-up: received as it is written, each finished segment encrypted."""

import contextlib
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from config.backup import server, vault
from config.launcher import processes

SEGMENT = re.compile(r"[0-9A-F]{24}")
HISTORY = re.compile(r"[0-9A-F]{8}\.history")
POLL_SECONDS = 1.0


def ensure_slot() -> None:
    """The slot that makes the server keep what we have not received yet."""
    connection = server.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_replication_slots WHERE slot_name = %s", [server.SLOT])
            if cursor.fetchone() is None:
                cursor.execute("SELECT pg_create_physical_replication_slot(%s, true)", [server.SLOT])
    finally:
        connection.close()


def receive(should_stop: Callable[[], bool]) -> None:
    """Receive until told to stop; returns when everything finished is encrypted.

    pg_receivewal writes to the disk what the server has written (`--synchronous`), so what was acknowledged is
    here a moment later. When the connection breaks it tries again by itself.
    """
    ensure_slot()
    spool = server.root() / "spool"
    process = processes.start(
        server.command("pg_receivewal", f"--directory={spool}", f"--slot={server.SLOT}", "--synchronous"),
        death_signal=signal.SIGINT,
        env=server.environment(),
        log=server.root() / "receive.log",
    )
    try:
        while not should_stop():
            if process.poll() is not None:
                raise server.BackupRefused("pg_receivewal 已停止，见 receive.log")
            encrypt_finished(spool)
            time.sleep(POLL_SECONDS)
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            processes.stop(process, signal.SIGINT, timeout=20)
        encrypt_finished(spool)


def received_up_to() -> str | None:
    """Position in the log that is on our disk (`pg_lsn` as text); None while nobody receives."""
    connection = server.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT r.flush_lsn::text FROM pg_replication_slots s JOIN pg_stat_replication r ON r.pid = s.active_pid"
                " WHERE s.slot_name = %s",
                [server.SLOT],
            )
            row = cursor.fetchone()
            return row[0] if row else None
    finally:
        connection.close()


def encrypt_finished(spool: Path) -> int:
    """Move every finished segment into the vault; returns how many. Safe to repeat after a kill."""
    moved = 0
    for path in sorted(spool.iterdir()):
        if SEGMENT.fullmatch(path.name) or HISTORY.fullmatch(path.name):
            with path.open("rb") as file:
                vault.keep(file, server.root() / "wal" / path.name)
            path.unlink()
            moved += 1
    return moved


def lay_out(folder: Path, first: str) -> int:
    """Decrypt the segments from `first` on into `folder`, the unfinished one last; returns how many.

    Raises VaultBroken when one of them is not authentic, BackupRefused when one between them is gone.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    wal, count = server.root() / "wal", 0
    for path in sorted(wal.iterdir()):
        if HISTORY.fullmatch(path.name) or (SEGMENT.fullmatch(path.name) and path.name[8:] >= first[8:]):
            with (folder / path.name).open("wb") as out:
                out.writelines(vault.pieces(path))
            count += 1
    for path in sorted((server.root() / "spool").iterdir()):
        name = path.name.removesuffix(".partial")
        if SEGMENT.fullmatch(name) and not (folder / name).exists():
            shutil.copyfile(path, folder / name)
            count += 1
    refuse_gap(sorted(path.name for path in folder.iterdir() if SEGMENT.fullmatch(path.name)), first)
    return count


def refuse_gap(names: list[str], first: str) -> None:
    """Segments of one timeline follow each other; a missing one would end the recovery early and silently."""
    numbers = sorted({_number(name) for name in names})
    if not numbers or numbers[0] > _number(first):
        raise server.BackupRefused(f"缺少日志段 {first}：receive_wal 须先于 backup 启动，并一直运行")
    missing = next((n for n in range(numbers[0], numbers[-1]) if n + 1 not in numbers), None)
    if missing is not None:
        raise server.BackupRefused(f"日志段不连续：第 {missing + 1} 段缺失，之后的数据不能恢复")


def _number(name: str) -> int:
    """Position of a segment of 16 MB: 256 of them make one of the middle part."""
    return int(name[8:16], 16) * 256 + int(name[16:], 16)
