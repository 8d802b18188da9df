"""What is checked before anything is installed or started. Standard library only."""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from config.launcher import processes
from config.launcher.errors import LaunchError

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1024 * 1024
ROOM_TO_INSTALL = 2500
ROOM_TO_RUN = 500


def data_directory() -> Path:
    """Where everything that must survive lives: CUNXUAN_DATA, else .data beside run.py."""
    return Path(os.environ.get("CUNXUAN_DATA") or ROOT / ".data").resolve()


def refuse_full_disk(folder: Path, megabytes: int) -> None:
    """Raise when less than `megabytes` are free where `folder` is or will be."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // MEGABYTE
    if free < megabytes:
        raise no_room(folder, free, megabytes)


def no_room(folder: Path, free: int, needed: int) -> LaunchError:
    return LaunchError(
        f"磁盘空间不足：{folder} 只剩 {free} MB，至少需要 {needed} MB。",
        f"The disk is full: {folder} has {free} MB left, at least {needed} MB are needed.",
        exit_code=5,
    )


def refuse_taken_port(host: str, port: int) -> None:
    """Raise when another program listens where the pages shall be served."""
    if processes.port_is_taken(host, port):
        raise LaunchError(
            f"端口 {port} 已被其他程序占用，请换一个：python3 run.py --port {port + 1}",
            f"Port {port} is taken by another program; choose another one with --port.",
            exit_code=4,
        )


def make_data_directory(folder: Path) -> None:
    """Create the data directory, for its owner alone."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise LaunchError(
            f"不能写入数据目录 {folder}：{error.strerror}。",
            f"The data directory {folder} cannot be written: {error.strerror}.",
        ) from None


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the data directory; raise when another run of ours holds it. The kernel lets go when we die."""
    with (folder / "run.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LaunchError(
                f"数据目录 {folder} 正由另一个 run.py 使用。",
                f"Another run.py is using the data directory {folder}.",
                exit_code=6,
            ) from None
        yield
