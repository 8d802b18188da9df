"""/metrics: figures for whoever may ask, nothing at all for the others, and nobody's name in them."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from accounts.jobs import broker, sweep
from accounts.models import Area
from config.metrics.figures import FIGURES, JOBS, figures
from tests.accounts.jobs.conftest import effects, worker  # noqa: F401


@pytest.fixture
def broker_up(monkeypatch):
    monkeypatch.setattr(broker, "answers", lambda: True)


def read(answer) -> dict[str, float]:
    families = text_string_to_metric_families(answer.content.decode())
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_figures_on_this_machine(worker, client, broker_up, cast):  # noqa: F811
    sweep.beat("worker@one")
    found = read(client.get("/metrics"))
    names = {
        f"cunxuan_{name}"
        for name in ("up", "broker_up", "database_room", *FIGURES, *(f"jobs_{name}" for name in JOBS))
    }
    assert set(found) <= names
    assert (found["cunxuan_up"], found["cunxuan_broker_up"], found["cunxuan_jobs_stuck"]) == (1, 1, 0)
    assert found["cunxuan_database_room"] == 1
    assert found["cunxuan_jobs_worker_seconds"] < 60
    assert found["cunxuan_audit_seq"] > 0
    assert found["cunxuan_audit_unsealed"] == 0
    assert found["cunxuan_dirty_marks"] == 0
    assert "cunxuan_oldest_dirty_seconds" not in found  # nothing waits: no figure, not a false 0


def test_a_silent_broker_shows(db, client, monkeypatch):
    monkeypatch.setattr(broker, "answers", lambda: False)
    assert read(client.get("/metrics"))["cunxuan_broker_up"] == 0


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "10.0.0.7"}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "10.0.0.7"}, 404),
    ],
)
def test_without_a_token_only_this_machine(db, client, broker_up, given, status):
    assert client.get("/metrics", **given).status_code == status


@pytest.mark.parametrize(
    ("header", "status"), [("Bearer right", 200), ("Bearer wrong", 404), ("", 404), ("Bearer rightly", 404)]
)
def test_with_a_token_whoever_shows_it(db, client, settings, broker_up, header, status):
    settings.METRICS_TOKEN = "right"
    answer = client.get("/metrics", REMOTE_ADDR="10.0.0.7", HTTP_AUTHORIZATION=header)
    assert answer.status_code == status


def test_no_unit_and_no_person_in_it(db, client, broker_up, cast):
    said = client.get("/metrics").content.decode()
    assert [area.name for area in Area.objects.all() if area.name in said] == []
    assert "{" not in said  # no label at all


def test_three_statements(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert sorted(figures()) == sorted(FIGURES)
