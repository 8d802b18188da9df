"""A table for effects, the worker's role in this process, and real workers on the test database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
from django.conf import settings
from django.db import connections

from accounts.jobs import start_job
from accounts.models import Job
from accounts.scope import scoped
from config.databases import WORKER, role_password
from tests.accounts.jobs import kinds
from tests.snapshot import superuser

EFFECT_TABLE = """
    DROP TABLE IF EXISTS job_effect;
    CREATE TABLE job_effect (id bigint GENERATED ALWAYS AS IDENTITY, subject text, key bigint);
    GRANT SELECT, INSERT ON job_effect TO cunxuan_web, cunxuan_worker;
"""


@pytest.fixture
def effects(committed) -> Iterator[Callable[[str], list[int]]]:
    """effects(subject) lists the keys that jobs have committed, in order."""
    assert kinds.MOBILE
    connection = superuser()
    with connection.cursor() as cursor:
        cursor.execute(EFFECT_TABLE)

    def read(subject: str) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT key FROM job_effect WHERE subject = %s ORDER BY key, id", [subject])
            return [key for (key,) in cursor.fetchall()]

    yield read
    connections.close_all()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE job_effect")
    connection.close()


@pytest.fixture
def worker(effects) -> Iterator[None]:
    """`default` and `ledger` connect as the worker's role, as in a Celery process, without a token."""
    before = {}
    for alias in ("default", "ledger"):
        connections[alias].close()
        before[alias] = dict(connections[alias].settings_dict)
        connections[alias].settings_dict.update(
            USER=WORKER, PASSWORD=role_password(settings.SECRET_KEY, WORKER)
        )
    yield
    for alias, values in before.items():
        connections[alias].close()
        connections[alias].settings_dict.update(values)


@pytest.fixture
def look() -> Iterator[Callable[[str], list[tuple]]]:
    """look(sql, *params): rows as the database's superuser sees them."""
    connection = superuser()

    def rows(sql: str, *params: object) -> list[tuple]:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall() if cursor.description else []

    yield rows
    connection.close()


@pytest.fixture
def state_of(look) -> Callable[[int], str]:
    return lambda job_id: look("SELECT state FROM accounts_job WHERE id = %s", job_id)[0][0]


@pytest.fixture
def broker() -> redis.Redis:
    """The broker of REDIS_URL, emptied; the test is skipped where none answers."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    try:
        client.flushall()
    except redis.RedisError:
        pytest.skip(f"no Redis or Valkey answers at REDIS_URL (port {urlsplit(settings.REDIS_URL).port})")
    yield client
    client.flushall()
    client.close()


class RealWorker:
    """`celery worker` as a process group of its own, on the test database."""

    def __init__(self, log, **environment: str) -> None:
        self.log = log
        self.environment = {
            **os.environ,
            "CUNXUAN_PROCESS": "worker",
            "DATABASE_URL": url_of_test_database(),
            "CUNXUAN_JOB_LEASE_SECONDS": "2",
            "CUNXUAN_JOB_RETRY_FACTOR": "0",
            "CUNXUAN_JOB_RING_AGAIN_SECONDS": "1",
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> RealWorker:
        command = [
            sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "jobs,timers", "-c", "1",
            "-I", "tests.accounts.jobs.kinds", "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, env=self.environment, stdout=self.log, stderr=self.log, process_group=0
        )
        return self

    def children(self) -> list[int]:
        """Ids of the pool's processes, which run the tasks (Linux)."""
        try:
            listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        except FileNotFoundError:
            return []
        return [int(pid) for pid in listed.split()]

    def kill(self) -> None:
        """kill -9 the whole worker."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def kill_child(self) -> bool:
        """kill -9 the process that runs the task; the worker makes a new one."""
        killed = False
        for pid in self.children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed = True
        return killed


@pytest.fixture
def real_worker(effects, broker, tmp_path) -> Iterator[Callable[..., RealWorker]]:
    """real_worker(NAME="value") starts a worker; all are killed at the end."""
    started: list[RealWorker] = []
    with (tmp_path / "worker.log").open("ab") as log:

        def start(**environment: str) -> RealWorker:
            started.append(RealWorker(log, **{"CUNXUAN_DATA": str(tmp_path), **environment}).start())
            return started[-1]

        yield start
        for one in started:
            one.kill()


def url_of_test_database() -> str:
    """DATABASE_URL with the name of the test database."""
    parts = urlsplit(settings.DATABASE_URL)
    return urlunsplit(parts._replace(path="/" + connections["owner"].settings_dict["NAME"]))


def begin(person, subject: str = "sheet:1", kind: str = "test.import", **params: object) -> Job:
    """Start a job as one of the cast, in a committed transaction of its own."""
    with scoped(person) as scope:
        return start_job(kind, subject, by=scope, params=params or {"rows": 1}, detail="9月.xlsx")


def in_threads(target: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=target) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def until(true: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Wait until `true()`; False when the time is over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(pause)
    return bool(true())
