"""Child processes that end with us, and the ports they listen on."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def ends_with_parent(death_signal: signal.Signals) -> Callable[[], None]:
    """What a child runs before it becomes its program: the kernel sends `death_signal` when we die.

    Linux only; elsewhere a `kill -9` of the launcher leaves the children running.
    """
    parent = os.getpid()

    def before_exec() -> None:
        if LIBC is not None:
            LIBC.prctl(PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:
                os._exit(1)

    return before_exec


def start(
    command: Sequence[str | Path],
    *,
    death_signal: signal.Signals,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
    user: str | None = None,
    cwd: Path | None = None,
) -> "subprocess.Popen[bytes]":
    """Start `command` in its own process group, so that Ctrl-C reaches only us; output goes to `log`."""
    output = log.open("ab") if log else None
    try:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            env=None if env is None else dict(env),
            cwd=cwd,
            user=user,
            extra_groups=[] if user else None,
            process_group=0,
            preexec_fn=ends_with_parent(death_signal),
        )
    finally:
        if output:
            output.close()


def stop(process: "subprocess.Popen[bytes]", how: signal.Signals, timeout: float) -> bool:
    """Ask `process` to end; kill it after `timeout` seconds. True when it ended by itself."""
    if process.poll() is not None:
        return True
    process.send_signal(how)
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
        return False
    return True


def free_port() -> int:
    """A TCP port of the loopback address that nobody used a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def port_is_taken(host: str, port: int) -> bool:
    """True when this host and port cannot be listened on."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def accepts_connections(host: str, port: int) -> bool:
    """True when something listens there now."""
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def wait_until(ready: Callable[[], bool], timeout: float, pause: float = 0.02) -> bool:
    """Poll `ready` until it is true; False after `timeout` seconds."""
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if ready():
            return True
        time.sleep(pause)
    return False
