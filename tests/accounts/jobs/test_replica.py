"""Jobs that only read are served by a second server on the loopback address, when it has all they may see."""

import signal
import time

import pytest
from django.conf import settings as django_settings
from django.db import DatabaseError, connections

from accounts.jobs import register_job, replica, runner
from accounts.models import Area
from accounts.scope import enter
from config.backup import server
from config.databases import replica_alias
from config.launcher import postgres, processes, rootless
from tests.accounts.jobs.conftest import begin, effects, look, worker  # noqa: F401
from tests.snapshot import superuser

SEEN: list[tuple[bool, int, str]] = []


@register_job("test.reads", label="测试只读任务", roles=("township",), shared=False)
def read_areas(ctx) -> None:
    """Where it ran, how many effects it saw, who the scope says it is."""
    with ctx.reading():
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_is_in_recovery(), (SELECT count(*) FROM job_effect), (SELECT scope_role())"
            )
            SEEN.append(cursor.fetchone())
        assert Area.objects.count() > 0
        ctx.progress(1, 1, "读完")
    ctx.finish("读完")


@register_job("test.writes", label="测试误标任务", roles=("township",), shared=False)
def write_anyway(ctx) -> None:
    """Writes where it said it would read: our mistake, and not a lost job."""
    with ctx.reading(), connections["default"].cursor() as cursor:
        cursor.execute("INSERT INTO job_effect (subject, key) VALUES ('replica', 1)")
    ctx.finish("写了")


def primary(sql: str) -> list:
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows = cursor.fetchall() if cursor.description else []
    connection.close()
    return rows


@pytest.fixture(scope="session")
def standby(tmp_path_factory, snapshot):
    """A streaming replica of the test server; its address without a database."""
    # As in service: a commit that was acknowledged has been written down, so the position covers it.
    primary(f"ALTER DATABASE {connections['owner'].settings_dict['NAME']} SET synchronous_commit = on")
    folder = tmp_path_factory.mktemp("replica")
    for path in (folder, folder.parent):
        path.chmod(0o711)
    host = rootless.host_for(server.programs(), folder)
    data = host.folder / "data"
    server.run(
        server.command(
            "pg_basebackup",
            f"--pgdata={data}",
            "--write-recovery-conf",
            "--checkpoint=fast",
            "--wal-method=stream",
        )
    )
    if host.user:
        for path in (data, *data.rglob("*")):
            host.own(path)
    port = processes.free_port()
    process = processes.start(
        host.command(
            "postgres", "-D", data, "-c", f"port={port}", "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=", "-c", "hot_standby_feedback=on",
        ),
        death_signal=signal.SIGINT, log=host.folder / "server.log", env=postgres.environment(), user=host.user,
    )  # fmt: skip
    yield port, host.folder / "server.log"
    processes.stop(process, signal.SIGINT, timeout=30)


@pytest.fixture
def on_replica(standby, worker):  # noqa: F811
    """The alias `replica` leads to the standby, which answers; `on_replica(sql)` asks it as the superuser."""
    port, log = standby
    name = connections["owner"].settings_dict["NAME"]
    connections.settings[replica.ALIAS] = connections.configure_settings(
        {
            "default": {},
            replica.ALIAS: replica_alias(f"postgresql://127.0.0.1:{port}/{name}", django_settings.SECRET_KEY),
        }
    )[replica.ALIAS]

    def ask(sql: str) -> list:
        connection = superuser(port=str(port))
        with connection.cursor() as cursor:
            cursor.execute(sql)
            rows = cursor.fetchall() if cursor.description else []
        connection.close()
        return rows

    def answers() -> bool:
        try:
            return ask("SELECT pg_is_in_recovery()") == [(True,)]
        except DatabaseError:
            return False

    assert processes.wait_until(lambda: _quiet(answers), 30), log.read_text()
    SEEN.clear()
    yield ask
    connections[replica.ALIAS].close()
    del connections[replica.ALIAS]
    del connections.settings[replica.ALIAS]


def _quiet(answers) -> bool:
    try:
        return answers()
    except Exception:
        return False


def run(cast, kind: str = "test.reads") -> str:
    return runner.run(begin(cast.town, subject=f"replica:{time.monotonic()}", kind=kind).pk)


def test_a_reading_job_runs_on_the_replica_and_sees_what_was_just_committed(on_replica, cast):
    for count in range(1, 6):
        primary("INSERT INTO job_effect (subject, key) VALUES ('seen', 1)")
        assert run(cast) == "done"
        assert SEEN[-1] == (True, count, "township")
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_is_in_recovery()")
        assert cursor.fetchone() == (False,)


def test_behind_the_position_the_primary_serves(on_replica, cast, monkeypatch):
    monkeypatch.setattr(replica, "WAIT_SECONDS", 0.3)
    on_replica("SELECT pg_wal_replay_pause()")
    try:
        primary("INSERT INTO job_effect (subject, key) VALUES ('late', 1)")
        assert run(cast) == "done"
        assert SEEN == [(False, 1, "township")]
    finally:
        on_replica("SELECT pg_wal_replay_resume()")


def test_the_negative_control_shows_what_the_position_guards(on_replica, cast, monkeypatch):
    """Without the check the token is not there yet: refused and tried again, on the primary; never zeros."""
    on_replica("SELECT pg_wal_replay_pause()")
    monkeypatch.setattr(replica, "position", lambda: "0/0")
    try:
        primary("INSERT INTO job_effect (subject, key) VALUES ('late', 1)")
        job = begin(cast.town, subject="replica:control", kind="test.reads").pk
        assert runner.run(job) == "queued"
        assert SEEN == []
        again(job)
        assert SEEN == [(False, 1, "township")]
    finally:
        on_replica("SELECT pg_wal_replay_resume()")


def again(job: int) -> None:
    """The second attempt, at once."""
    primary(f"UPDATE accounts_job SET not_before = now() WHERE id = {job}")
    assert runner.run(job) == "done"


def test_a_token_the_replica_does_not_know_is_refused(on_replica):
    with pytest.raises(DatabaseError, match="unknown scope token"):
        read_path("nobody's")


def read_path(token: str) -> None:
    with replica.reading(token) as serves:
        assert serves is True
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT scope_path()")


def test_a_replica_that_is_gone_costs_nothing(on_replica, cast):
    connections[replica.ALIAS].close()
    connections[replica.ALIAS].settings_dict["PORT"] = str(processes.free_port())
    assert run(cast) == "done"
    assert SEEN == [(False, 0, "township")]


def test_a_job_that_writes_all_the_same_is_done_on_the_primary(on_replica, cast):
    job = begin(cast.town, subject="replica:writes", kind="test.writes").pk
    assert runner.run(job) == "queued"
    assert primary("SELECT subject FROM job_effect") == []
    again(job)
    assert primary("SELECT subject FROM job_effect") == [("replica",)]


def test_without_a_replica_the_primary_serves(worker, cast):  # noqa: F811
    SEEN.clear()
    assert run(cast) == "done"
    assert SEEN == [(False, 0, "township")]


def test_a_scope_is_entered_again_for_each_transaction(on_replica, cast):
    """What stays on the replica's connection after a job: nothing."""
    assert run(cast) == "done"
    with connections[replica.ALIAS].cursor() as cursor:
        cursor.execute("SELECT current_setting('app.scope_token', true)")
        assert not cursor.fetchone()[0]
    assert enter is replica.enter
