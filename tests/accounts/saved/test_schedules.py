"""Exports at a time of day: when they run, as whom, how often, and when they stop and say so."""

import datetime as dt
from types import SimpleNamespace
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.actions.schedules import add_schedule, pause_schedule
from accounts.errors import codes
from accounts.jobs import runner
from accounts.models import Assignment, AuditAct, ExportRecord, Notice, ScheduledExport, User
from accounts.rules.schedules import EVERY_DAY, WORKDAYS, bits_of, days_of, next_run, weekdays_word
from accounts.schedule_tasks import count_outcomes, start_due
from accounts.scope import scoped, system_scoped
from tests.accounts.jobs.conftest import effects, worker  # noqa: F401
from tests.helpers import as_owner
from tests.snapshot import superuser

CHINA = ZoneInfo("Asia/Shanghai")
MONDAY = dt.datetime(2025, 12, 15, 18, 30, tzinfo=CHINA)
AT = dt.time(18, 30)


@pytest.mark.parametrize(
    ("after", "weekdays", "expected"),
    [
        (MONDAY - dt.timedelta(minutes=1), EVERY_DAY, MONDAY),
        (MONDAY, EVERY_DAY, MONDAY + dt.timedelta(days=1)),
        (MONDAY, 0b1, MONDAY + dt.timedelta(days=7)),
        (MONDAY + dt.timedelta(days=4), WORKDAYS, MONDAY + dt.timedelta(days=7)),
        (MONDAY, 0b100_0000, MONDAY + dt.timedelta(days=6)),
    ],
)
def test_the_next_moment(after, weekdays, expected):
    assert next_run(after, AT, weekdays) == expected


@given(
    st.integers(1_600_000_000, 2_000_000_000).map(lambda second: dt.datetime.fromtimestamp(second, dt.UTC)),
    st.times(),
    st.integers(1, 127),
)
def test_the_next_moment_is_later_on_a_chosen_day_and_within_a_week(after, at, weekdays):
    at = at.replace(tzinfo=None)
    found = next_run(after, at, weekdays)
    assert dt.timedelta(0) < found - after <= dt.timedelta(days=7)
    assert found.weekday() + 1 in days_of(weekdays)
    assert found.time() == at


@pytest.mark.parametrize(
    ("days", "word"),
    [(range(1, 8), "每天"), (range(1, 6), "周一至周五"), ([1, 4], "周一、四"), ([7], "周日")],
)
def test_weekdays_in_words(days, word):
    assert weekdays_word(bits_of(days)) == word
    assert days_of(bits_of(days)) == list(days)


def setup(
    person: Assignment, screen: str = "comments:list", query: str = "", name: str = "每晚"
) -> ScheduledExport:
    with scoped(person) as by:
        return add_schedule(screen, query, name=name, at=AT, weekdays=EVERY_DAY, by=by)


def make_due(one: ScheduledExport) -> None:
    with as_owner():
        ScheduledExport.objects.using("owner").filter(pk=one.pk).update(next_at=timezone.now())


def row(one: ScheduledExport) -> ScheduledExport:
    return ScheduledExport.objects.using("owner").get(pk=one.pk)


def minute() -> tuple[int, int]:
    """What the timer does once: (counted, started)."""
    with system_scoped("schedules") as by:
        return count_outcomes(by), start_due(by, timezone.now())


def runs(one: ScheduledExport) -> list[SimpleNamespace]:
    """Its jobs, as the superuser sees them, oldest first."""
    columns = "id", "requested_by_id", "area_id", "state", "result_name", "result_expires_at"
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {', '.join(columns)} FROM accounts_job WHERE kind = 'exports.scheduled' "
                "AND params ->> 'schedule' = %s ORDER BY id",
                [str(one.pk)],
            )
            return [SimpleNamespace(**dict(zip(columns, found, strict=True))) for found in cursor.fetchall()]
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"screen": "jobs:list"}, "schedule_screen_unknown"),
        ({"query": "unit=990102"}, "unit_outside"),
        ({"query": "box=nowhere"}, "filter_unreadable"),
        ({"name": " "}, "schedule_name_required"),
        ({"name": "打 13812345678"}, "personal_number_refused"),
    ],
)
def test_what_is_refused(committed, cast, facts, code):
    with pytest.raises(ValidationError) as refused:
        setup(cast.county, **facts)
    assert codes(refused.value) == [code]


def test_it_runs_as_its_owner_once_and_moves_on(cast, worker):  # noqa: F811
    one = setup(cast.county)
    assert minute() == (0, 0)
    make_due(one)
    assert minute() == (0, 1)
    assert minute() == (0, 0)
    (job,) = runs(one)
    assert (job.requested_by_id, job.area_id, job.state) == (cast.county.pk, cast.county.area_id, "queued")
    assert row(one).next_at > timezone.now()
    assert runner.run(job.id) == "done"
    (job,) = runs(one)
    left = job.result_expires_at - timezone.now()
    assert dt.timedelta(hours=71) < left < dt.timedelta(hours=73)
    made = ExportRecord.objects.using("owner").get(job_id=job.id)
    assert (made.made_by_id, made.filename) == (cast.county.pk, "东塘区点评清单.xlsx")
    assert minute() == (1, 0)
    assert (row(one).failures, row(one).settled) == (0, True)


@pytest.mark.parametrize(
    ("screen", "query", "begins"),
    [
        ("rollup:table", "table=work&mode=week", "东塘区"),
        ("completeness:grid", "span=7", "东塘区日报完成度"),
        ("elections:orgs", "kind=village", "东塘区"),
    ],
)
def test_each_list_can_be_had(cast, worker, screen, query, begins):  # noqa: F811
    one = setup(cast.county, screen, query)
    make_due(one)
    minute()
    (job,) = runs(one)
    assert runner.run(job.id) == "done"
    assert runs(one)[0].result_name.startswith(begins)


def start_and_die() -> None:
    with system_scoped("schedules") as by:
        start_due(by, timezone.now())
        raise RuntimeError("killed")


def test_killed_in_between_it_is_started_once(cast, worker):  # noqa: F811
    """The start and the next moment stand or fall together."""
    one = setup(cast.county)
    make_due(one)
    with pytest.raises(RuntimeError, match="killed"):
        start_and_die()
    assert runs(one) == []
    assert minute() == (0, 1)
    assert len(runs(one)) == 1


def test_after_three_failures_in_a_row_it_stops_and_says_so(cast, worker):  # noqa: F811
    one = setup(cast.county, "comments:list", "unit=990101102")
    with as_owner():
        # The unit moved away: what the owner may see has changed, the schedule finds out when it runs.
        ScheduledExport.objects.using("owner").update(query="unit=990102101")
    for number in (1, 2, 3):
        make_due(one)
        assert minute() == (0, 1)
        assert runner.run(runs(one)[-1].id) == "failed"
        assert minute() == (1, 0)
        assert (row(one).failures, row(one).state) == (number, "stopped" if number == 3 else "active")
    assert row(one).stopped_for == "failed"
    said = Notice.objects.using("owner").filter(dedup__startswith="schedule:").get()
    assert (said.assignment_id, said.text, said.url) == (
        cast.county.pk,
        "定时导出“每晚”已停：连续三次没有做成。到“定时导出”里看，改好后恢复",
        "/account/schedules/",
    )
    make_due(one)
    assert minute() == (0, 0)


def test_a_success_begins_the_count_anew(cast, worker):  # noqa: F811
    one = setup(cast.county)
    with as_owner():
        ScheduledExport.objects.using("owner").update(failures=2)
    make_due(one)
    minute()
    runner.run(runs(one)[0].id)
    minute()
    assert row(one).failures == 0


def test_a_role_taken_back_stops_it_and_tells_the_person_elsewhere(cast, worker):  # noqa: F811
    one = setup(cast.county)
    with as_owner():
        second = Assignment.objects.using("owner").create(
            user_id=cast.county.user_id, holder_name="x", office_name="岭下街道", role="township",
            area=cast.areas["990101001"], valid_from="2020-01-01",
        )  # fmt: skip
        Assignment.objects.using("owner").filter(pk=cast.county.pk).update(revoked_at=timezone.now())
    make_due(one)
    assert minute() == (0, 0)
    assert (runs(one), row(one).state, row(one).stopped_for) == ([], "stopped", "role")
    assert Notice.objects.using("owner").get().assignment_id == second.pk
    act = AuditAct.objects.using("owner").filter(type="schedules.stopped").get()
    assert act.after == {"why": "role"}


def test_a_role_taken_back_between_start_and_run(cast, worker):  # noqa: F811
    one = setup(cast.county)
    make_due(one)
    minute()
    with as_owner():
        Assignment.objects.using("owner").filter(pk=cast.county.pk).update(revoked_at=timezone.now())
    assert runner.run(runs(one)[0].id) == "refused"
    assert minute() == (1, 0)
    assert (row(one).state, row(one).stopped_for) == ("stopped", "role")


def test_nothing_runs_for_an_account_that_is_closed(cast, worker):  # noqa: F811
    """Neither what falls due nor what was started already; the role itself is still there."""
    started, due = setup(cast.county), setup(cast.county, name="周报")
    make_due(started)
    minute()
    with as_owner():
        User.objects.using("owner").filter(pk=cast.county.user_id).update(is_active=False)
    make_due(due)
    assert minute() == (0, 0)
    assert (runs(due), row(due).state) == ([], "stopped")
    assert runner.run(runs(started)[0].id) == "refused"


def test_paused_it_rests_and_nobody_but_the_system_starts_one(cast, worker):  # noqa: F811
    one = setup(cast.county)
    make_due(one)
    with scoped(cast.county) as by:
        pause_schedule(one, by=by)
    assert minute() == (0, 0)
    for person in (cast.county, cast.city):
        with (
            scoped(person),
            connections["default"].cursor() as cursor,
            pytest.raises(Exception, match="security"),
        ):
            cursor.execute("SELECT schedule_start(%s, 'x', 'x', 1)", [one.pk])


def test_on_screen(committed, cast, client_of):
    client = client_of("county")
    page = client.get("/account/schedules/new/?source=rollup:table%3Fmode%3Dweek").content.decode()
    assert '<option value="rollup:table?mode=week" selected>汇总：刚才的筛选</option>' in page
    form = {"source": "rollup:table?mode=week", "name": "周报", "at": "18:30", "day": ["1", "5"]}
    assert client.post("/account/schedules/new/", {**form, "at": "x"}).status_code == 400
    assert urlsplit(client.post("/account/schedules/new/", form)["Location"]).path == "/account/schedules/"
    (one,) = client.get("/account/schedules/").context["rows"]
    assert (one.name, one.when, one.url) == ("周报", "周一、五 18:30", "/reports/rollup/?mode=week")
    for act, state in (("pause", "paused"), ("resume", "active")):
        client.post(f"/account/schedules/{one.pk}/{act}/")
        assert row(one).state == state
    assert client_of("city").post(f"/account/schedules/{one.pk}/pause/").status_code == 404
    client.post(f"/account/schedules/{one.pk}/delete/")
    assert list(client.get("/account/schedules/").context["rows"]) == []


def test_through_the_api(committed, cast, client_of):
    client = client_of("city")
    send = {"screen": "rollup:table", "query": "mode=week", "name": "周报", "at": "18:30", "weekdays": [1, 7]}
    made = client.post("/api/v1/schedules/", send, content_type="application/json")
    assert (made.status_code, made.json()["weekdays"], made.json()["state"]) == (201, [1, 7], "active")
    pk = made.json()["id"]
    assert client.post(f"/api/v1/schedules/{pk}/pause/").json()["state"] == "paused"
    again = client.post(f"/api/v1/schedules/{pk}/pause/")
    assert (again.status_code, again.json()["code"]) == (409, "schedule_not_active")
    assert client.post(f"/api/v1/schedules/{pk}/resume/").json()["state"] == "active"
    assert client_of("county").post(f"/api/v1/schedules/{pk}/resume/").status_code == 404
    assert client.post(f"/api/v1/schedules/{pk}/delete/").status_code == 204


def test_a_unit_by_its_name_takes_the_place_of_the_filters(committed, cast, client_of):
    client = client_of("county")
    form = {"source": "rollup:table?mode=week&unit=990101001", "name": "上坡", "at": "18:30", "day": "1"}
    refused = client.post("/account/schedules/new/", {**form, "of": "石塔镇"})
    assert (refused.status_code, refused.context["of"]["value"]) == (400, "石塔镇")
    assert "没有叫“石塔镇”的单位" in refused.context["error"]
    client.post("/account/schedules/new/", {**form, "of": "上坡镇"})
    (one,) = client.get("/account/schedules/").context["rows"]
    assert one.url == "/reports/rollup/?unit=990101102&mode=week"


@pytest.mark.parametrize("at", ["", "25:00", "18:30+05:00", "18:30Z"])
def test_a_time_that_is_none_is_refused_in_words(committed, client_of, at):
    form = {"source": "comments:list?", "name": "周报", "at": at, "day": "1"}
    answer = client_of("county").post("/account/schedules/new/", form)
    assert (answer.status_code, answer.context["error"]) == (400, "时间写成 18:30")
