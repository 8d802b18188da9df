"""What the broker or a worker lost, the ledger finds again; a timer's period runs once."""

import datetime as dt

import pytest
from django.db import connections

from accounts.jobs import registry, runner, sweep
from accounts.jobs.registry import Timer
from tests.accounts.jobs.conftest import begin, in_threads

HOUR = dt.timedelta(hours=1)
MIDNIGHT = dt.datetime(2025, 12, 17, 16, 0, tzinfo=dt.UTC)


@pytest.fixture
def rung(monkeypatch):
    """Ids of the jobs for which the bell was rung."""
    calls: list[int] = []
    monkeypatch.setattr(sweep, "wake", lambda job_id, queue: calls.append(job_id) is None)
    return calls


def test_an_expired_lease_is_queued_again(effects, cast, worker, look, rung):
    job = begin(cast.town, rows=3)
    runner.claim_job(job.pk, "killed")
    assert sweep.sweep() == {"parked": 0, "ring": 0}
    look("UPDATE accounts_job SET lease_until = now() - interval '1 second'")
    assert (sweep.sweep(), rung) == ({"parked": 0, "ring": 1}, [job.pk])
    assert runner.run(job.pk) == "done"
    assert look("SELECT type, attempt FROM accounts_jobevent ORDER BY id") == [
        ("queued", 0),
        ("started", 1),
        ("requeued", 1),
        ("started", 2),
        ("done", 2),
    ]


def test_a_run_that_wakes_after_the_sweep_keeps_nothing(effects, cast, worker, look, rung):
    """The paused worker comes back when another has done the job."""
    job = begin(cast.town, rows=3)
    _, old = runner.claim_job(job.pk, "paused")
    look("UPDATE accounts_job SET lease_until = now() - interval '1 second'")
    sweep.sweep()
    assert runner.run(job.pk) == "done"
    assert runner._work(old, registry.kind_of("test.import")) == "lost"
    assert effects("sheet:1") == [0, 1, 2]


def test_the_fifth_lost_worker_parks_the_job(effects, cast, worker, look, rung, caplog):
    job = begin(cast.town, rows=3)
    for attempt in range(1, 6):
        assert runner.claim_job(job.pk, "eaten")[1].attempt == attempt
        look("UPDATE accounts_job SET lease_until = now() - interval '1 second'")
        swept = sweep.sweep()
    assert (swept, rung) == ({"parked": 1, "ring": 0}, [job.pk] * 4)
    assert look("SELECT state, error_code FROM accounts_job") == [("parked", "worker_lost")]
    assert [record.alarm for record in caplog.records if record.name == "cunxuan.alarm"] == ["job_parked"]


def test_a_stop_asked_of_a_lost_worker_stops_the_job(effects, cast, worker, look, rung):
    job = begin(cast.town, rows=3)
    runner.claim_job(job.pk, "killed")
    look("UPDATE accounts_job SET cancel_requested = true, lease_until = now() - interval '1 second'")
    sweep.sweep()
    assert (look("SELECT state FROM accounts_job"), rung) == ([("cancelled",)], [])


def test_the_bell_rings_again_only_after_a_while(effects, cast, worker, look, rung, settings):
    settings.JOB_RING_AGAIN_SECONDS = 60
    job = begin(cast.town, rows=3)
    sweep.sweep()
    assert rung == []
    look("UPDATE accounts_job SET woken_at = now() - interval '59 seconds'")
    sweep.sweep()
    assert rung == []
    look("UPDATE accounts_job SET woken_at = now() - interval '60 seconds'")
    sweep.sweep()
    sweep.sweep()
    assert rung == [job.pk]


def test_a_retry_is_rung_for_when_its_time_has_come(effects, cast, worker, look, rung):
    job = begin(cast.town, kind="test.fails")
    runner.run(job.pk)
    sweep.sweep()
    assert rung == []
    look("UPDATE accounts_job SET not_before = now()")
    sweep.sweep()
    assert rung == [job.pk]


# T40 two_beats


def test_two_schedulers_run_each_period_once(effects, worker, look, rung):
    """A day of an hourly timer, every tick sent by two schedulers, some of them at the same moment."""
    timer = Timer("test_hourly", "test.system", HOUR, "housekeeping")
    jobs: list[int] = []
    for minute in range(0, 24 * 60, 20):
        now = MIDNIGHT + dt.timedelta(minutes=minute)

        def tick(now: dt.datetime = now) -> None:
            job = sweep.start_period(timer, now)
            connections.close_all()
            if job is not None:
                jobs.append(job)

        in_threads(tick, 2)
        for job in jobs[len(set(jobs)) - 1 :]:
            runner.run(job)
    assert (len(jobs), len(set(jobs))) == (24, 24)
    assert look("SELECT count(*), count(DISTINCT period_start) FROM accounts_jobperiod") == [(24, 24)]
    assert effects("timer:test_hourly") == [0] * 24


def test_without_the_period_row_two_schedulers_run_twice(effects, worker):
    """Negative control: a scheduler that only trusts its own memory."""
    last_run = {"one": None, "two": None}
    runs = 0
    for minute in range(0, 24 * 60, 20):
        now = MIDNIGHT + dt.timedelta(minutes=minute)
        for beat in last_run:
            if last_run[beat] is None or now - last_run[beat] >= HOUR:
                last_run[beat], runs = now, runs + 1
    assert runs == 48


@pytest.mark.parametrize(
    ("now", "start"),
    [
        (MIDNIGHT + dt.timedelta(hours=2, seconds=-1), MIDNIGHT + dt.timedelta(hours=2, days=-1)),
        (MIDNIGHT + dt.timedelta(hours=2), MIDNIGHT + dt.timedelta(hours=2)),
        (MIDNIGHT + dt.timedelta(hours=25, minutes=59), MIDNIGHT + dt.timedelta(hours=2)),
    ],
)
def test_a_daily_period_starts_at_its_offset(now, start):
    """18:00 UTC is 02:00 in China."""
    timer = Timer("nightly", "test.system", dt.timedelta(days=1), "housekeeping", dt.timedelta(hours=18))
    assert timer.period_start(now) == start


def test_missed_periods_are_not_made_up(effects, worker, rung, look):
    timer = Timer("test_hourly", "test.system", HOUR, "housekeeping")
    assert sweep.start_period(timer, MIDNIGHT) is not None
    assert sweep.start_period(timer, MIDNIGHT + 5 * HOUR) is not None
    assert look("SELECT count(*) FROM accounts_jobperiod") == [(2,)]


def test_every_registered_timer_names_a_kind_and_a_scope(worker, look):
    scopes = {name for (name,) in look("SELECT name FROM accounts_systemscope")}
    assert [t.name for t in registry.timers() if registry.kind_of(t.kind) is None] == []
    assert [t.name for t in registry.timers() if t.system_scope not in scopes] == []


def test_the_beat_leaves_a_sign_of_life(worker, look):
    sweep.beat("worker@one")
    sweep.beat("worker@one")
    assert look("SELECT name, seen_at >= started_at FROM accounts_workerbeat") == [("worker@one", True)]
