"""Starting a job: once per kind, subject and unit, however often one clicks; never failed by the broker."""

import threading
import time

import pytest
from celery import current_app
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction

from accounts.errors import Refusal
from accounts.jobs import start_job
from accounts.jobs.params import check_params
from accounts.scope import scoped
from tests.accounts.jobs.conftest import begin, in_threads
from tests.accounts.jobs.kinds import MOBILE
from tests.snapshot import superuser

# A copy of a row without its key, queued; the columns are named by the catalogue.
COPY_AS_QUEUED = """
    INSERT INTO accounts_job SELECT (jsonb_populate_record(j, jsonb_build_object(
        'id', nextval(pg_get_serial_sequence('accounts_job', 'id')), 'state', 'queued'))).*
    FROM accounts_job j WHERE id = %s
"""


def test_a_job_records_who_what_and_where(effects, cast):
    job = begin(cast.town)
    assert (job.kind, job.label, job.detail, job.state) == ("test.import", "测试导入", "9月.xlsx", "queued")
    assert (job.requested_by_id, job.unit_path, job.params) == (
        cast.town.pk,
        cast.town.unit_path,
        {"rows": 1},
    )


def test_the_second_click_finds_the_first_job(effects, cast, look):
    first, second = begin(cast.town), begin(cast.town)
    assert first.pk == second.pk
    assert look("SELECT type FROM accounts_jobevent WHERE job_id = %s", first.pk) == [("queued",)]


def test_another_subject_or_unit_is_another_job(effects, cast):
    jobs = {
        begin(cast.town).pk,
        begin(cast.town, subject="sheet:2").pk,
        begin(cast.sibling_town).pk,
        begin(cast.county).pk,
    }
    assert len(jobs) == 4


def test_an_ended_job_is_not_found_again(effects, cast, look):
    first = begin(cast.town)
    look("UPDATE accounts_job SET state = 'done' WHERE id = %s", first.pk)
    assert begin(cast.town).pk != first.pk


def test_twenty_clicks_at_once_make_one_job(effects, cast):
    found, ready = [], threading.Barrier(20)

    def click() -> None:
        ready.wait()
        try:
            found.append(begin(cast.town).pk)
        finally:
            connections.close_all()

    in_threads(click, 20)
    assert len(found) == 20
    assert len(set(found)) == 1


def test_looking_before_inserting_makes_several(effects, cast, look):
    """Negative control: the same clicks without the partial unique index."""
    seed = begin(cast.town)
    look("UPDATE accounts_job SET state = 'done' WHERE id = %s", seed.pk)
    look("DROP INDEX job_one_active")
    ready = threading.Barrier(8)

    def click() -> None:
        connection = superuser()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM accounts_job WHERE state = 'queued'")
            found = cursor.fetchone()[0]
            ready.wait()
            if not found:
                cursor.execute(COPY_AS_QUEUED, [seed.pk])
        connection.close()

    try:
        in_threads(click, 8)
        assert look("SELECT count(*) FROM accounts_job WHERE state = 'queued'") == [(8,)]
        look("DELETE FROM accounts_job WHERE state = 'queued'")
    finally:
        look(
            "CREATE UNIQUE INDEX job_one_active ON accounts_job (kind, subject, owner_key) "
            "WHERE state IN ('queued', 'running')"
        )


def test_a_role_that_may_not_is_refused(effects, cast):
    with pytest.raises(PermissionDenied):
        begin(cast.leader)


def test_a_kind_nobody_registered_is_our_mistake(effects, cast):
    with pytest.raises(LookupError):
        begin(cast.town, kind="test.unknown")


def test_parameters_hold_no_personal_numbers():
    assert check_params({"q": "上华", "ids": [1, 2], "day": "2025-12-18"}) == {
        "q": "上华",
        "ids": [1, 2],
        "day": "2025-12-18",
    }
    with pytest.raises(Refusal) as refusal:
        check_params({"q": ["a", MOBILE]})
    assert refusal.value.code == "personal_data_in_params"


@pytest.mark.parametrize("bad", [{"x": object()}, {1: 2}, [1]])
def test_parameters_are_plain_values(bad):
    with pytest.raises(TypeError):
        check_params(bad)


def test_parameters_are_small():
    assert check_params({"q": "a" * 200})
    with pytest.raises(ValueError, match="200"):
        check_params({"q": "a" * 201})
    with pytest.raises(ValueError, match="4 KB"):
        check_params({str(n): "a" * 100 for n in range(40)})


def test_a_rolled_back_caller_starts_nothing(effects, cast, look):
    with scoped(cast.town) as scope:
        start_job("test.import", "sheet:1", by=scope, params={"rows": 1})
        transaction.set_rollback(True)
    assert look("SELECT count(*) FROM accounts_job") == [(0,)]


def test_starting_is_an_act(effects, cast, look):
    job = begin(cast.town)
    assert look("SELECT type, subject_id, assignment_id FROM accounts_auditact ORDER BY id DESC LIMIT 1") == [
        ("job.started", str(job.pk), cast.town.pk)
    ]


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "redis://10.255.255.1:6379/0"])
def test_a_dead_broker_gives_no_error_and_little_delay(effects, cast, monkeypatch, url):
    """Refused at once, or never answered: the row is committed either way."""
    # In this order: unset, the write address is read from the other one, and would be put back as the dead one.
    monkeypatch.setattr(current_app.conf, "broker_write_url", url)
    monkeypatch.setattr(current_app.conf, "broker_url", url)
    started = time.monotonic()
    job = begin(cast.town)
    assert (job.state, time.monotonic() - started < 4) == ("queued", True)
