"""/jobs/ and /api/v1/jobs/: found again by those who may, with the same acts and refusals."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.jobs import runner, start_system_job
from accounts.models import Job
from tests.accounts.jobs.conftest import begin


@pytest.fixture
def parked(effects, cast, worker, look):
    job = begin(cast.town, kind="test.fails")
    look("UPDATE accounts_job SET state = 'parked', error_code = 'job.x', error_message = '出错' ")
    return job


def titles(answer) -> list[int]:
    return [job.pk for job in answer.context["page"].rows]


@pytest.mark.parametrize(
    ("who", "sees"),
    [("town", True), ("county", True), ("city", True), ("admin", True), ("sibling_town", False), ("other_county", False),
     ("other_city", False), ("leader", False), ("reviewer", False), ("auditor", False), ("second_entry", False)],
)  # fmt: skip
def test_shared_jobs_are_seen_by_the_offices_above(effects, cast, client_of, who, sees):
    job = begin(cast.town)
    client = client_of(who)
    assert titles(client.get("/jobs/")) == ([job.pk] if sees else [])
    assert client.get(f"/jobs/{job.pk}/").status_code == (200 if sees else 404)
    assert client.get(f"/api/v1/jobs/{job.pk}/").status_code == (200 if sees else 404)
    assert len(client.get("/api/v1/jobs/").json()["results"]) == int(sees)


def test_a_private_job_is_seen_by_its_owner_alone(effects, cast, client_of):
    job = begin(cast.town, kind="test.private")
    assert [client_of(who).get(f"/jobs/{job.pk}/").status_code for who in ("town", "county", "admin")] == [
        200,
        404,
        404,
    ]


@pytest.mark.parametrize(
    ("state", "shown"), [("", True), ("active", True), ("done", False), ("failed", False)]
)
def test_the_list_filters_by_state(effects, cast, client_of, state, shown):
    begin(cast.town)
    assert len(titles(client_of("town").get("/jobs/", {"state": state}))) == int(shown)


def test_mine_leaves_out_the_unit(effects, cast, client_of):
    theirs, own = begin(cast.town), begin(cast.county)
    client = client_of("county")
    assert titles(client.get("/jobs/")) == [own.pk, theirs.pk]
    assert titles(client.get("/jobs/", {"whose": "mine"})) == [own.pk]


def test_what_timers_started_is_listed_apart(effects, cast, client_of, worker):
    asked, timed = begin(cast.town), start_system_job("test.system", "x", system_scope="housekeeping")
    client = client_of("admin")
    assert titles(client.get("/jobs/")) == [asked.pk]
    assert titles(client.get("/jobs/", {"whose": "system"})) == [timed]


@pytest.mark.parametrize("query", [{"state": "odd"}, {"before": "x"}, {"whose": "system"}])
def test_a_made_up_filter_is_not_found(effects, client_of, query):
    assert client_of("town").get("/jobs/", query).status_code == 404


def test_the_list_goes_on_by_key(effects, cast, client_of, look):
    first = begin(cast.town)
    look("UPDATE accounts_job SET state = 'done'")
    look(
        "INSERT INTO accounts_job SELECT (jsonb_populate_record(j, jsonb_build_object('id', "
        "nextval(pg_get_serial_sequence('accounts_job', 'id'))))).* FROM accounts_job j, generate_series(1, 50)"
    )
    client = client_of("town")
    page = client.get("/jobs/")
    assert (len(titles(page)), page.context["next_url"]) == (50, f"/jobs/?before={titles(page)[-1]}")
    assert titles(client.get(page.context["next_url"])) == [first.pk]


def test_one_and_three_jobs_take_the_same_queries(effects, cast, client_of):
    client = client_of("county")
    begin(cast.town)
    client.get("/jobs/")
    with CaptureQueriesContext(connections["default"]) as one:
        client.get("/jobs/")
    begin(cast.sibling_town)
    begin(cast.county)
    with CaptureQueriesContext(connections["default"]) as three:
        client.get("/jobs/")
    assert len(one) == len(three)


def test_htmx_gets_the_part_that_moves(effects, cast, client_of):
    job = begin(cast.town)
    client = client_of("town")
    part = client.get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"})
    whole = client.get(f"/jobs/{job.pk}/")
    assert next(t.name for t in part.templates) == "accounts/job_panel.html"
    assert next(t.name for t in whole.templates) == "accounts/job_detail.html"
    assert ('hx-trigger="every 2s"' in part.text, "<html" in part.text) == (True, False)


def test_an_ended_job_no_longer_asks(effects, cast, client_of, worker):
    job = begin(cast.town)
    runner.run(job.pk)
    part = client_of("town").get(f"/jobs/{job.pk}/", headers={"HX-Request": "true"})
    assert "hx-trigger" not in part.text


@pytest.mark.parametrize(
    ("who", "status"), [("town", 302), ("admin", 302), ("county", 404), ("sibling_town", 404)]
)
def test_who_may_stop_a_job(effects, cast, client_of, state_of, who, status):
    job = begin(cast.town)
    assert client_of(who).post(f"/jobs/{job.pk}/cancel/").status_code == status
    assert state_of(job.pk) == ("cancelled" if status == 302 else "queued")


def test_stopping_twice_says_so(effects, cast, client_of, look):
    job = begin(cast.town)
    client = client_of("town")
    assert client.post(f"/api/v1/jobs/{job.pk}/cancel/").json()["state"] == "cancelled"
    again = client.post(f"/api/v1/jobs/{job.pk}/cancel/")
    assert (again.status_code, again.json()["code"]) == (400, "job_not_active")
    page = client.post(f"/jobs/{job.pk}/cancel/", follow=True)
    assert [str(message) for message in page.context["messages"]] == ["任务已经结束，无须停止"]
    stopped = look(
        "SELECT count(*) FROM accounts_auditact WHERE type = 'job.cancelled' AND subject_id = %s", str(job.pk)
    )
    assert stopped == [(1,)]


def test_a_parked_job_is_run_again(parked, cast, client_of, look):
    assert client_of("town").post(f"/jobs/{parked.pk}/restart/").status_code == 302
    assert look("SELECT state, attempts, error_code FROM accounts_job") == [("queued", 0, "")]


def test_a_parked_job_is_not_run_beside_its_successor(parked, cast, client_of):
    begin(cast.town, kind="test.fails")
    answer = client_of("town").post(f"/api/v1/jobs/{parked.pk}/restart/")
    assert (answer.status_code, answer.json()["code"]) == (400, "job_not_restartable")


@pytest.mark.parametrize("act", ["cancel", "restart"])
def test_an_act_is_a_post(parked, client_of, act):
    assert client_of("town").get(f"/jobs/{parked.pk}/{act}/").status_code == 405


def test_absent_and_foreign_look_the_same(effects, cast, client_of):
    job = begin(cast.town)
    client = client_of("other_county")
    foreign, absent = (client.get(f"/api/v1/jobs/{pk}/") for pk in (job.pk, 987654321))
    assert (foreign.status_code, foreign.content) == (absent.status_code, absent.content)


def test_the_api_shows_progress_and_history(effects, cast, client_of, worker):
    job = begin(cast.town, rows=10)
    runner.run(job.pk)
    data = client_of("town").get(f"/api/v1/jobs/{job.pk}/").json()
    assert (data["state"], data["done"], data["total"], data["percent"], data["message"]) == (
        "done", 10, 10, 100, "写入 10 行",
    )  # fmt: skip
    assert [event["type"] for event in data["events"]] == ["queued", "started", "done"]


@pytest.mark.parametrize(
    ("done", "total", "state", "percent"),
    [(0, 0, "running", None), (0, 10, "running", 0), (10, 10, "running", 99), (99, 200, "running", 49),
     (0, 0, "done", 100)],
)  # fmt: skip
def test_percent(done, total, state, percent):
    assert Job(done=done, total=total, state=state).percent == percent
