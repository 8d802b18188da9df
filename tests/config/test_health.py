"""Health: one word for strangers, figures for administrators."""

import pytest
from celery import current_app
from django.db import OperationalError

from accounts import alarms
from accounts.alarms import Level
from accounts.jobs import broker, probes, sweep
from config import health
from tests.accounts.jobs.conftest import effects, look, worker  # noqa: F401


@pytest.fixture
def broker_up(monkeypatch):
    monkeypatch.setattr(broker, "answers", lambda: True)


def test_a_stranger_learns_one_word(worker, client, broker_up):  # noqa: F811
    sweep.beat("worker@one")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert "no-store" in answer["Cache-Control"]


def test_without_a_worker_it_is_degraded(db, client, broker_up):
    assert client.get("/healthz").json() == {"status": "degraded"}


def test_without_a_broker_it_is_degraded(worker, client, monkeypatch):  # noqa: F811
    sweep.beat("worker@one")
    monkeypatch.setattr(current_app.conf, "broker_write_url", "redis://127.0.0.1:1/0")
    assert client.get("/healthz").json() == {"status": "degraded"}


def test_without_a_database_it_is_down(db, client, monkeypatch):
    def gone():
        raise OperationalError

    monkeypatch.setattr(probes, "worker", gone)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (503, {"status": "down"})


@pytest.mark.parametrize(
    ("role", "status"), [("admin", 200), ("security", 200), ("city", 403), ("town", 403)]
)
def test_figures_are_for_administrators(db, client_of, broker_up, role, status):
    assert client_of(role).get("/system/health/").status_code == status


def test_a_stranger_is_sent_to_the_login(db, client):
    assert client.get("/system/health/").status_code == 302


def test_every_probe_is_shown(db, client_of, broker_up):
    rows = client_of("admin").get("/system/health/").context["rows"]
    assert {"database_slow", "broker_silent", "worker_silent", "queue_old", "jobs_stuck", "job_parked", "anchor_old",
            "denials_many", "disk_full"} <= {alarm.code for alarm, _ in rows}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "level"),
    [(0, "ok"), (89, "ok"), (90, "warning"), (179, "warning"), (180, "alarm"), (None, "alarm")],
)
def test_grades_of_a_figure(value, level):
    assert alarms.grade(value, warn=90, alarm=180) == level


def test_the_worker_probe_reads_the_last_sign_of_life(worker, look):  # noqa: F811
    assert probes.worker().level == Level.ALARM
    sweep.beat("worker@one")
    assert probes.worker().level == Level.OK
    look("UPDATE accounts_workerbeat SET seen_at = now() - interval '100 seconds'")
    assert probes.worker().level == Level.WARNING


def test_an_undeclared_alarm_is_our_mistake():
    with pytest.raises(LookupError):
        alarms.sound("nobody_knows")


def test_the_disk_probe_reads_the_data_disk():
    assert "余" in health.disk().value
