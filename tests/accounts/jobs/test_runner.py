"""Doing a job: effect and end state together or not at all, under the requester's current scope."""

import threading
import uuid

import pytest
from django.db import connections

from accounts.jobs import cancel_job, runner, start_system_job
from accounts.scope import scoped
from tests.accounts.jobs.conftest import begin, until
from tests.accounts.jobs.kinds import MOBILE


def test_work_and_end_state_are_one(effects, cast, worker, look):
    job = begin(cast.town, rows=120)
    assert runner.run(job.pk) == "done"
    assert effects("sheet:1") == list(range(120))
    assert look("SELECT state, done, total, stage, message, attempts, lease FROM accounts_job") == [
        ("done", 120, 120, "写入", "写入 120 行", 1, None)
    ]
    assert look("SELECT type FROM accounts_jobevent ORDER BY id") == [("queued",), ("started",), ("done",)]


def test_the_second_delivery_does_nothing(effects, cast, worker):
    job = begin(cast.town, rows=10)
    assert [runner.run(job.pk), runner.run(job.pk), runner.run(job.pk)] == ["done", "ended", "ended"]
    assert effects("sheet:1") == list(range(10))


def test_an_unknown_job_is_ignored(worker):
    assert runner.run(987654321) == "absent"


def test_a_running_job_is_left_alone(effects, cast, worker):
    job = begin(cast.town, rows=10)
    assert runner.claim_job(job.pk, "one")[0] == "claimed"
    assert runner.run(job.pk) == "busy"
    assert effects("sheet:1") == []


def test_a_refusal_ends_the_job_with_its_code_and_keeps_nothing(effects, cast, worker, look):
    job = begin(cast.town, kind="test.refuses")
    assert runner.run(job.pk) == "failed"
    assert effects("sheet:1") == []
    assert look("SELECT error_code, error_message, attempts FROM accounts_job") == [
        ("rows_bad", "有 3 行不能写入，请下载标错的原表", 1)
    ]
    assert runner.run(job.pk) == "ended"


def test_an_error_is_retried_and_parked_after_five(effects, cast, worker, look, settings, caplog):
    """T41, in this process; the trace keeps frames and no values."""
    settings.JOB_RETRY_FACTOR = 0
    job = begin(cast.town, kind="test.fails")
    assert [runner.run(job.pk) for _ in range(6)] == ["queued"] * 4 + ["parked", "ended"]
    assert effects("sheet:1") == []
    assert look("SELECT state, error_code, attempts FROM accounts_job") == [("parked", "error.ValueError", 5)]
    traces = look("SELECT attempt, trace FROM accounts_jobtrace ORDER BY id")
    assert [attempt for attempt, _ in traces] == [1, 2, 3, 4, 5]
    assert all("kinds.py" in trace and MOBILE not in trace for _, trace in traces)
    assert [record.alarm for record in caplog.records if record.name == "cunxuan.alarm"] == ["job_parked"]
    assert MOBILE not in caplog.text


def test_a_retry_waits(effects, cast, worker, look):
    job = begin(cast.town, kind="test.fails")
    assert [runner.run(job.pk), runner.run(job.pk)] == ["queued", "waiting"]
    assert look("SELECT extract(epoch FROM not_before - updated_at)::int FROM accounts_job") == [(5,)]


def test_a_waiting_job_is_stopped_at_once(effects, cast, worker, state_of):
    job = begin(cast.town, rows=10)
    with scoped(cast.town) as scope:
        cancel_job(job, by=scope)
    assert (state_of(job.pk), runner.run(job.pk), effects("sheet:1")) == ("cancelled", "ended", [])


def test_a_running_job_stops_at_its_next_report(effects, cast, worker, state_of):
    job = begin(cast.town, kind="test.patient")
    thread = in_background(job.pk)
    assert until(lambda: state_of(job.pk) == "running", 5)
    stop(cast.town, job)
    thread.join(10)
    assert (state_of(job.pk), effects("sheet:1")) == ("cancelled", [])


def test_a_long_statement_is_interrupted(effects, cast, worker, state_of, settings):
    settings.JOB_LEASE_SECONDS = 1
    job = begin(cast.town, kind="test.slow", seconds=30)
    thread = in_background(job.pk)
    assert until(lambda: state_of(job.pk) == "running", 5)
    stop(cast.town, job)
    thread.join(10)
    assert (thread.is_alive(), state_of(job.pk), effects("sheet:1")) == (False, "cancelled", [])


def test_progress_is_seen_while_the_work_is_open(effects, cast, worker, look, state_of):
    job = begin(cast.town, kind="test.patient")
    thread = in_background(job.pk)
    assert until(lambda: look("SELECT done > 5, stage FROM accounts_job") == [(True, "逐步")], 10)
    assert effects("sheet:1") == []
    stop(cast.town, job)
    thread.join(10)


def test_a_heartbeat_keeps_the_lease_of_a_silent_job(effects, cast, worker, settings):
    """T39: the statement lasts three leases; two more deliveries meanwhile."""
    settings.JOB_LEASE_SECONDS = 1
    job = begin(cast.town, kind="test.slow", seconds=3)
    thread = in_background(job.pk)
    answers = []
    for _ in range(2):
        thread.join(1.2)
        answers.append(runner.run(job.pk))
    thread.join(10)
    assert (answers, effects("sheet:1")) == (["busy", "busy"], [0])


def test_a_run_that_lost_its_lease_keeps_nothing(effects, cast, worker, look, state_of):
    job = begin(cast.town, kind="test.patient")
    thread = in_background(job.pk)
    assert until(lambda: state_of(job.pk) == "running", 5)
    look("UPDATE accounts_job SET lease = %s", str(uuid.uuid4()))
    thread.join(10)
    assert (thread.is_alive(), state_of(job.pk), effects("sheet:1")) == (False, "running", [])


def test_a_revoked_requester_is_refused(effects, cast, worker, look):
    job = begin(cast.town, rows=10)
    look("UPDATE accounts_assignment SET revoked_at = now() WHERE id = %s", cast.town.pk)
    assert (runner.run(job.pk), effects("sheet:1")) == ("refused", [])
    assert look("SELECT state, error_code FROM accounts_job") == [("failed", "assignment_not_current")]


TODAY = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
LAST_DAY = f"UPDATE accounts_assignment SET valid_to = {TODAY} + %s WHERE id = %s"
FIRST_DAY = f"UPDATE accounts_assignment SET valid_from = {TODAY} + %s WHERE id = %s"


@pytest.mark.parametrize(("move", "outside"), [(LAST_DAY, -1), (FIRST_DAY, 1)])
def test_an_assignment_out_of_its_dates_is_refused(effects, cast, worker, look, move, outside):
    job = begin(cast.town, rows=10)
    look(move, outside, cast.town.pk)
    assert runner.run(job.pk) == "refused"
    look(move, 0, cast.town.pk)
    assert runner.run(begin(cast.town, rows=10).pk) == "done"


def test_the_handler_sees_the_requesters_rows_only(effects, cast, worker, look):
    """T07 for tasks: under no token there is nothing, under the issued one the requester's own."""
    job = begin(cast.county, kind="test.looks")
    runner.run(job.pk)
    town = begin(cast.town, kind="test.looks")
    runner.run(town.pk)
    seen = look("SELECT message FROM accounts_job ORDER BY id")
    assert [message.rsplit(" ", 1)[0] for (message,) in seen] == ["county_office 8", "township 1"]
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_assignment")
        assert cursor.fetchone() == (0,)


def test_a_system_job_runs_under_its_registered_scope(effects, worker, look):
    job = start_system_job("test.system", "night", system_scope="housekeeping")
    assert (runner.run(job), effects("night")) == ("done", [0])
    assert look("SELECT message, requested_by_id, system_scope FROM accounts_job") == [
        ("system", None, "housekeeping")
    ]


def test_an_unregistered_system_scope_is_refused(effects, worker):
    with pytest.raises(Exception, match="not registered"):
        start_system_job("test.system", "night", system_scope="everything")


def test_tokens_end_with_the_run(effects, cast, worker, look):
    runner.run(begin(cast.town, rows=1).pk)
    assert look("SELECT count(*) FROM accounts_scopetoken WHERE holder LIKE 'job:%%'") == [(0,)]


def in_background(job_id: int) -> threading.Thread:
    def work() -> None:
        try:
            runner.run(job_id)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def stop(person, job) -> None:
    with scoped(person) as scope:
        cancel_job(job, by=scope)
