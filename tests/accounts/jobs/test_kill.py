"""Real workers, killed and starved: nothing lost, nothing doubled, everything ends.

The short forms leave out the numbers of the long ones: T35 kills 5 times instead of 100, T37 stops the broker
for seconds instead of five minutes. The test itself plays the beat: it sweeps twice a second.
"""

import random
import signal
import time

import pytest
from celery import current_app

from accounts.jobs import sweep
from accounts.jobs.broker import send
from accounts.jobs.start import wake
from config.launcher import processes
from config.launcher.binaries import embedded_valkey, valkey_server
from config.launcher.valkey import ValkeyServer
from tests.accounts.jobs.conftest import begin, until

ROWS = 5_000
# Seconds of a job under a visibility timeout of one.
OUTLASTS = 4
# The application's own timers run too; the tests look at their own kinds.
ACTIVE = "SELECT count(*) FROM accounts_job WHERE kind LIKE 'test.%%' AND state IN ('queued', 'running')"
RUNNING = "SELECT done FROM accounts_job WHERE kind LIKE 'test.%%' AND state = 'running' AND attempts < 4"


@pytest.fixture
def beat(worker, settings):
    """beat(): sweep, as the timer does; at most twice a second."""
    settings.JOB_RING_AGAIN_SECONDS = 1
    last = [0.0]

    def sweep_now() -> None:
        if time.monotonic() - last[0] > 0.5:
            sweep.sweep()
            last[0] = time.monotonic()

    return sweep_now


def all_ended(look, beat, seconds: float, job_id: int | None = None) -> bool:
    """Sweep until the tests' jobs (or the one job) have ended; False when the time is over."""

    def ended() -> bool:
        beat()
        if job_id is not None:
            return look("SELECT state IN ('queued', 'running') FROM accounts_job WHERE id = %s", job_id) == [
                (False,)
            ]
        return look(ACTIVE) == [(0,)]

    return until(ended, seconds, 0.1)


# T35 kill_import


@pytest.mark.parametrize(
    ("kills", "jobs"), [(5, 4), pytest.param(100, 60, marks=pytest.mark.long)], ids=["short", "long"]
)
def test_t35_kill_import(cast, look, effects, real_worker, beat, kills, jobs):
    """kill -9 in the middle of imports, the pool's process or the whole worker."""
    chance = random.Random(35)
    victim = real_worker()
    subjects = [f"sheet:{number}" for number in range(jobs)]
    for subject in subjects:
        begin(cast.town, subject=subject, rows=ROWS, portion=100, pause=0.02)
    middle = killed = 0
    until_killed = time.monotonic() + 15 * kills + 60
    while killed < kills and time.monotonic() < until_killed:
        beat()
        running = look(RUNNING)
        if not running:
            time.sleep(0.05)
            continue
        time.sleep(chance.uniform(0, 0.6))
        if killed % 5 == 4:
            victim.kill()
            victim = real_worker()
        elif not victim.kill_child():
            continue
        killed += 1
        middle += len(look(RUNNING))
    assert all_ended(look, beat, 120)
    assert (killed, middle >= kills * 0.6) == (kills, True)
    assert look("SELECT state, count(*) FROM accounts_job WHERE kind LIKE 'test.%%' GROUP BY 1") == [
        ("done", jobs)
    ]
    assert [subject for subject in subjects if effects(subject) != list(range(ROWS))] == []


def test_t35_a_naive_task_doubles(effects, real_worker, broker):
    """Negative control: the same import as a plain late-acknowledged task, killed once."""
    victim = real_worker()
    assert send("test.naive_import", "naive", ROWS, 100, 0.02, queue="jobs")
    assert until(lambda: len(effects("naive")) >= 300, 30)
    assert victim.kill_child()
    assert until(lambda: len(effects("naive")) > ROWS, 60)
    assert effects("naive")[:2] == [0, 0]


# T39 slow_job


def test_t39_slow_job(cast, look, effects, real_worker, beat):
    """Longer than the visibility timeout, delivered three times to two workers: one effect."""
    for _ in range(2):
        real_worker(CUNXUAN_VISIBILITY_SECONDS="1")
    job = begin(cast.town, kind="test.slow", seconds=OUTLASTS)
    assert [wake(job.pk), wake(job.pk)] == [True, True]
    assert all_ended(look, beat, 60)
    assert look("SELECT state, attempts FROM accounts_job WHERE kind LIKE 'test.%%'") == [("done", 1)]
    assert effects("sheet:1") == [0]


def test_t39_a_naive_task_runs_twice(effects, real_worker, broker):
    """Negative control: a plain task that outlasts the visibility timeout."""
    real_worker(CUNXUAN_VISIBILITY_SECONDS="1")
    assert send("test.naive_import", "naive", 1, 1, OUTLASTS, queue="jobs")
    assert until(lambda: effects("naive").count(0) > 1, 30)


# T41 poison_job


def test_t41_poison_job(cast, look, effects, real_worker, beat):
    """One that always fails and one that eats memory are parked after five tries; the others proceed."""
    real_worker(CUNXUAN_JOB_MEMORY_MB="500")
    begin(cast.town, kind="test.fails")
    begin(cast.town, kind="test.eats_memory")
    begin(cast.town, rows=100)
    assert all_ended(look, beat, 90)
    rows = look(
        "SELECT kind, state, attempts, error_code FROM accounts_job WHERE kind LIKE 'test.%%' ORDER BY 1"
    )
    assert rows == [
        ("test.eats_memory", "parked", 5, "error.MemoryError"),
        ("test.fails", "parked", 5, "error.ValueError"),
        ("test.import", "done", 1, ""),
    ]
    assert effects("sheet:1") == list(range(100))


# T37 redis_gone


@pytest.fixture
def own_broker(tmp_path, monkeypatch):
    """A broker of this test alone, which it may stop."""
    program = embedded_valkey() or valkey_server()
    if program is None:
        pytest.skip("no Valkey or Redis server program on this machine")
    server = ValkeyServer(program, tmp_path / "valkey", durable=False)
    server.start()
    # In this order: unset, the write address is read from the other one, and would be put back as this server's.
    monkeypatch.setattr(current_app.conf, "broker_write_url", server.url)
    monkeypatch.setattr(current_app.conf, "broker_url", server.url)
    yield server
    server.stop()


def again(server: ValkeyServer) -> None:
    """The same server on the same port, with nothing in it."""
    server.process = processes.start(
        [server.program, server.folder / "server.conf"], death_signal=signal.SIGTERM, log=server.log
    )
    assert processes.wait_until(server.answers, timeout=10)


@pytest.mark.parametrize("pause", [2, pytest.param(300, marks=pytest.mark.long)], ids=["short", "long"])
def test_t37_redis_gone(cast, look, effects, real_worker, beat, own_broker, pause):
    """Stopped: starting a job works. Back and emptied: the queue is rebuilt from the ledger."""
    real_worker(REDIS_URL=own_broker.url)
    begin(cast.town, subject="before", rows=10)
    assert all_ended(look, beat, 30)
    own_broker.process.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    begin(cast.town, subject="hanging", rows=10)
    hanging = time.monotonic() - started
    own_broker.process.send_signal(signal.SIGCONT)
    own_broker.stop()
    begin(cast.town, subject="during", rows=10)
    time.sleep(pause)
    again(own_broker)
    assert all_ended(look, beat, 90)
    assert [effects(subject) for subject in ("before", "hanging", "during")] == [list(range(10))] * 3
    assert hanging < 4
