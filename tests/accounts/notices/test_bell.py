"""The bell, the list behind it, and what a request that the page makes by itself leaves alone."""

import datetime as dt

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notice, UserSession


@pytest.fixture
def three(committed, cast):
    """Three notices to a township, one to its sibling."""
    rows = [
        Notice(assignment=cast.town, kind="due", text=f"第 {n} 件", url="/help/", dedup=str(n))
        for n in range(3)
    ]
    rows.append(Notice(assignment=cast.sibling_town, kind="due", text="别人的", dedup="x"))
    return Notice.objects.using("owner").bulk_create(rows)


def test_the_list_holds_own_notices_newest_first(three, client_of):
    page = client_of("town").get("/notices/").context["page"]
    assert [row.text for row in page.rows] == ["第 2 件", "第 1 件", "第 0 件"]


def test_reading_one_leads_to_its_page(three, client_of):
    client = client_of("town")
    answer = client.post(f"/notices/{three[0].pk}/read/")
    assert (answer.status_code, answer["Location"]) == (302, "/help/")
    assert [row.text for row in client.get("/notices/?which=unread").context["page"].rows] == [
        "第 2 件",
        "第 1 件",
    ]


def test_reading_all(three, client_of):
    client = client_of("town")
    client.post("/notices/read/")
    assert client.get("/notices/").context["unread"] == 0
    assert client_of("sibling_town").get("/notices/").context["unread"] == 1


def test_another_ones_notice_is_absent(three, client_of):
    assert client_of("town").post(f"/notices/{three[3].pk}/read/").status_code == 404


def test_the_bell_takes_one_query_of_its_own(three, client_of):
    client = client_of("town")
    client.get("/notices/bell/", headers={"HX-Request": "true"})
    with CaptureQueriesContext(connections["default"]) as seen:
        answer = client.get("/notices/bell/", headers={"HX-Request": "true"})
    assert "通知<b>3</b>" in answer.content.decode()
    assert sum("accounts_notice" in row["sql"] for row in seen) == 1


def test_the_frame_shows_the_bell_without_a_query(committed, client_of):
    client = client_of("town")
    client.get("/help/")
    with CaptureQueriesContext(connections["default"]) as seen:
        answer = client.get("/help/")
    assert 'id="notices"' in answer.content.decode()
    assert [row for row in seen if "accounts_notice" in row["sql"]] == []


@pytest.mark.parametrize(("path", "kept"), [("/notices/bell/", True), ("/notices/", False)])
def test_the_page_asking_by_itself_is_no_activity(committed, cast, client_of, path, kept):
    client = client_of("town")
    client.get("/help/")
    rows = UserSession.objects.using("owner").filter(user_id=cast.users["town"].pk, ended_at__isnull=True)
    before = timezone.now() - dt.timedelta(minutes=5)
    rows.update(seen_at=before)
    assert client.get(path, headers={"HX-Request": "true"}).status_code == 200
    assert (rows.get().seen_at == before) is kept


def test_a_wall_is_told_nothing(committed, client_of):
    client = client_of("wall")
    assert client.get("/notices/").status_code == 403
    assert 'id="notices"' not in client.get("/").content.decode()
