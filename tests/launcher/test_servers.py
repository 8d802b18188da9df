"""One server at a time: data persists, a killed parent or server leaves a directory that starts again."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from config.launcher import binaries, postgres, processes, testdb, valkey
from config.launcher.preflight import ROOT
from tests.launcher.conftest import left_behind, surroundings

ALL = {f"{one.origin}-{one.major}": one for one in binaries.all_postgres()}


@pytest.fixture(params=sorted(ALL))
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[postgres.PostgresServer]:
    """A started server of every kind this machine has."""
    tmp_path.chmod(0o711)
    it = postgres.PostgresServer(ALL[request.param], tmp_path / "postgres", postgres.THROW_AWAY)
    it.start()
    yield it
    it.stop()


def run_sql(server: postgres.PostgresServer, statement: str) -> list[tuple[object, ...]]:
    connection = server.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


def test_database_survives_stop_and_kill(server: postgres.PostgresServer) -> None:
    run_sql(server, "CREATE TABLE kept AS SELECT 3300 AS villages")
    server.stop()
    server.start()
    assert run_sql(server, "SELECT villages FROM kept") == [(3300,)]
    assert server.process is not None
    server.process.kill()
    server.process.wait(10)
    server.start()
    assert run_sql(server, "SELECT villages FROM kept") == [(3300,)]


def test_database_is_closed_to_others(server: postgres.PostgresServer) -> None:
    assert (server.folder / "password").stat().st_mode & 0o777 == 0o600
    assert run_sql(
        server,
        "SELECT name, setting FROM pg_settings"
        " WHERE name IN ('listen_addresses', 'unix_socket_directories') ORDER BY 1",
    ) == [("listen_addresses", "127.0.0.1"), ("unix_socket_directories", "")]
    assert run_sql(server, "SELECT DISTINCT auth_method FROM pg_hba_file_rules") == [("scram-sha-256",)]
    assert run_sql(server, "SELECT datctype FROM pg_database WHERE datname = 'template1'") == [("C.UTF-8",)]


def test_queue_survives_kill(tmp_path: Path) -> None:
    program = binaries.valkey_server()
    assert program is not None
    server = valkey.ValkeyServer(program, tmp_path / "valkey")
    server.start()
    with redis.Redis.from_url(server.url) as client:
        client.rpush("jobs", "41")
        client.execute_command("WAITAOF", 1, 0, 2000)
    assert server.process is not None
    server.process.kill()
    server.process.wait(10)
    server.start()
    with redis.Redis.from_url(server.url) as client:
        assert client.lrange("jobs", 0, -1) == [b"41"]
    server.stop()
    assert not processes.accepts_connections("127.0.0.1", server.port)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux's")
def test_killed_parent_leaves_nothing_behind(tmp_path: Path) -> None:
    script = "import os, time; print(os.environ['DATABASE_URL'], flush=True); time.sleep(20)"
    with subprocess.Popen(
        [sys.executable, "-m", "config.launcher.testdb", "--", sys.executable, "-c", script],
        cwd=ROOT, env={**surroundings(tmp_path), "TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, text=True,
    ) as parent:  # fmt: skip
        assert parent.stdout is not None
        assert parent.stdout.readline().startswith("postgres://postgres:")
        programs = ("testdb", "valkey-server", "bin/postgres", "sleep")
        running = left_behind(tmp_path)
        assert [name for name in programs if not any(name in line for line in running)] == []
        os.kill(parent.pid, signal.SIGKILL)
    assert processes.wait_until(lambda: left_behind(tmp_path) == [], timeout=15, pause=0.1), left_behind(
        tmp_path
    )


def test_throw_away_servers_pass_the_exit_code_on(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "config.launcher.testdb", "--", sys.executable, "-c", "raise SystemExit(7)"],
        cwd=ROOT, env=surroundings(tmp_path), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (7, "", "")
    assert left_behind(tmp_path) == []


def test_directories_of_killed_runs_are_swept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead, alive, foreign = (tmp_path / name for name in (
        f"{testdb.PREFIX}{ended.pid}-x", f"{testdb.PREFIX}{os.getpid()}-x", "something-else"))  # fmt: skip
    for folder in (dead, alive, foreign):
        folder.mkdir()
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    testdb.sweep()
    assert [folder.exists() for folder in (dead, alive, foreign)] == [False, True, True]
