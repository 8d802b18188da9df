"""What is checked before anything is installed or started. Standard library only."""

import contextlib
import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from config.launcher import processes
from config.launcher.errors import LaunchError

ROOT = Path(__file__).resolve().parents[2]
MEGABYTE = 1024 * 1024
ROOM_TO_INSTALL = 2500
ROOM_TO_RUN = 500
# Below this a failure of any kind is put down to the disk: PostgreSQL writes whole segments of 16 MB.
ROOM_TO_BREATHE = 20
ALREADY_RUNNING = 6
REASONS = {
    errno.EACCES: ("没有权限", "permission denied"),
    errno.EPERM: ("没有权限", "not permitted"),
    errno.EROFS: ("文件系统只读", "the file system is read-only"),
    errno.EEXIST: ("它是一个文件，不是文件夹", "it is a file, not a folder"),
    errno.ENOTDIR: ("它的上级是一个文件，不是文件夹", "a file stands where a folder is needed"),
    errno.ENOSPC: ("磁盘已满", "the disk is full"),
}


def data_directory() -> Path:
    """Where everything that must survive lives: CUNXUAN_DATA, else .data beside run.py."""
    return Path(os.environ.get("CUNXUAN_DATA") or ROOT / ".data").resolve()


def refuse_full_disk(folder: Path, megabytes: int, needed: int = 0) -> None:
    """Raise when less than `megabytes` are free where `folder` is or will be; say that so many are needed."""
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free // MEGABYTE
    if free < megabytes:
        raise no_room(folder, free, needed or megabytes)


def no_room(folder: Path, free: int, needed: int) -> LaunchError:
    return LaunchError(
        f"磁盘空间不足：{folder} 只剩 {free} MB，至少需要 {needed} MB。",
        f"The disk is full: {folder} has {free} MB left, at least {needed} MB are needed.",
        exit_code=5,
    )


def reason(error: OSError) -> tuple[str, str]:
    """Why a file could not be written, in Chinese and in English."""
    said = error.strerror or str(error)
    return REASONS.get(error.errno or 0, (said, said))


def explained(error: OSError, folder: Path) -> LaunchError:
    """The sentence for an error of the file system that nobody expected at its place."""
    if error.errno == errno.ENOSPC:
        return no_room(folder, 0, ROOM_TO_RUN)
    zh, en = reason(error)
    where = error.filename or folder
    return LaunchError(f"不能读写 {where}：{zh}。", f"{where} cannot be read or written: {en}.")


def blamed_on_disk(error: LaunchError, folder: Path) -> LaunchError:
    """The same failure, or the full disk where that is what caused it."""
    try:
        if error.exit_code == 1:
            refuse_full_disk(folder, ROOM_TO_BREATHE, needed=ROOM_TO_RUN)
    except LaunchError as full:
        return full
    return error


def refuse_taken_port(host: str, port: int) -> None:
    """Raise when another program listens where the pages shall be served."""
    if processes.port_is_taken(host, port):
        raise LaunchError(
            f"端口 {port} 已被其他程序占用，请换一个：python3 run.py --port {port + 1}",
            f"Port {port} is taken by another program; choose another one with --port.",
            exit_code=4,
        )


def make_data_directory(folder: Path) -> None:
    """Create the data directory, for its owner alone; raise when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / "logs").mkdir(exist_ok=True)
        with (folder / "run.lock").open("a"):
            pass
    except OSError as error:
        zh, en = reason(error)
        raise LaunchError(
            f"不能写入数据目录 {folder}：{zh}。可以用 CUNXUAN_DATA 指定别的目录。",
            f"The data directory {folder} cannot be written: {en}. CUNXUAN_DATA names another one.",
        ) from None


def refuse_running(folder: Path) -> None:
    """Raise when another run of ours holds the data directory now, before its port is taken for a stranger's."""
    try:
        lock = (folder / "run.lock").open()
    except OSError:
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            raise already_running(folder, lock) from None


def already_running(folder: Path, lock: TextIO) -> LaunchError:
    """The refusal of a second start, with the address where the first one answers, once it does."""
    lock.seek(0)
    url = lock.read().strip()
    return LaunchError(
        f"数据目录 {folder} 正由另一个 run.py 使用{f'，网址 {url}' if url else ''}。"
        "请直接使用它，或先在它的窗口按 Ctrl-C 停止；要另开一套，用 CUNXUAN_DATA 指定别的数据目录。",
        f"Another run.py is using the data directory {folder}{f', at {url}' if url else ''}: use that one, "
        "stop it with Ctrl-C, or name another directory in CUNXUAN_DATA.",
        exit_code=ALREADY_RUNNING,
    )


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[TextIO]:
    """Hold the data directory; raise when another run of ours holds it. The kernel lets go when we die.

    What is written into the file it yields is the address told to whoever comes second.
    """
    with (folder / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise already_running(folder, lock) from None
        lock.truncate(0)
        yield lock


@contextlib.contextmanager
def one_installs() -> Iterator[None]:
    """Let one start at a time fill .venv and node_modules; the others wait for it."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print(
                "另一个 run.py 正在安装，等它装完 · another run.py is installing, waiting for it", flush=True
            )
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
