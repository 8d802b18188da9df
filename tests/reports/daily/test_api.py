"""/api/v1/daily/<date>/: the same acts and refusals as the screens."""

import pytest

from reports.models import DailyRevision
from tests.reports.daily.conftest import FIRST, SECOND, TOWN


@pytest.fixture
def api(day, client_of):
    client = client_of("town")
    root = f"/api/v1/daily/{day.date}/"

    def call(method: str, tail: str = "", body=None):
        return getattr(client, method)(root + tail, body, content_type="application/json")

    return call


def everything() -> dict:
    codes = [f"{TOWN}001", FIRST, SECOND]
    return {"confirm": codes, "zero": codes}


def test_a_day_is_read_typed_and_filed(api, day):
    assert api("get").json()["state"] == "draft"
    edit = {"village": FIRST, "key": "visits", "text": "18"}
    answer = api("put", "draft/", {"edits": [edit], **everything()})
    assert (answer.status_code, answer.json()["saved"]) == (
        200,
        [{"village": FIRST, "key": "visits", "text": "18", "stamp": 1}],
    )
    receipt = api("post", "file/", {"version": 1})
    again = api("post", "file/", {"version": 1})
    assert (receipt.status_code, receipt.json()) == (201, again.json())
    assert receipt.json()["receipt"] == f"RB-{TOWN}-{day.date:%Y%m%d}-01"
    read = api("get").json()
    assert (read["state"], read["version"], read["villages"][1]["values"]["visits"]) == ("filed", 2, 18)
    assert [one["digest"] for one in read["revisions"]] == [receipt.json()["digest"]]


def test_a_report_with_issues_names_them_all(api):
    api("put", "draft/", {"edits": [{"village": FIRST, "key": "visits", "text": "-1"}]})
    refusal = api("post", "file/", {"version": 1})
    body = refusal.json()
    assert (refusal.status_code, body["code"], body["source"]) == (400, "report_has_issues", "日报核对")
    assert [one["code"] for one in body["errors"][0]["issues"]].count("DR-014") == 1
    assert DailyRevision.objects.using("owner").count() == 0


def test_what_cannot_be_read_is_refused_and_the_rest_kept(api):
    edits = [
        {"village": FIRST, "key": "visits", "text": "三"},
        {"village": SECOND, "key": "visits", "text": "3"},
        {"village": "990101102201", "key": "visits", "text": "3"},
        {"village": FIRST, "key": "voters", "text": "3"},
    ]
    answer = api("put", "draft/", {"edits": edits}).json()
    assert [one["code"] for one in answer["refused"]] == ["DR-001", "DR-096", "DR-097"]
    assert [one["text"] for one in answer["saved"]] == ["3"]


def test_a_day_that_is_none_is_refused_with_code_and_source(api, client_of):
    refusal = client_of("town").get("/api/v1/daily/abc/")
    assert (refusal.status_code, refusal.json()["code"], refusal.json()["field"]) == (
        404,
        "day_unreadable",
        "date",
    )


def test_a_stale_version_is_a_conflict(api):
    api("put", "draft/", everything())
    refusal = api("post", "file/", {"version": 9})
    assert (refusal.status_code, refusal.json()["code"]) == (409, "sheet_moved_on")


def test_correction_through_the_api(api, day, client_of):
    api("put", "draft/", everything())
    api("post", "file/", {"version": 1})
    assert api("post", "ask/", {"reason": "录入串行"}).status_code == 201
    county = client_of("county")
    answer = county.post(
        f"/api/v1/daily/{day.date}/answer/?unit={TOWN}", {"consent": True}, content_type="application/json"
    )
    assert answer.status_code == 200
    api("put", "draft/", {"edits": [{"village": FIRST, "key": "visits", "text": "5", "base": 1}]})
    receipt = api("post", "file/", {"version": 4}).json()
    assert (receipt["number"], receipt["consented_by_name"]) == (2, "测试county")


def test_a_higher_unit_sees_no_draft_and_files_nothing(api, day, client_of):
    api("put", "draft/", everything())
    county = client_of("county")
    url = f"/api/v1/daily/{day.date}/"
    assert county.get(f"{url}?unit={TOWN}").json()["villages"] == []
    assert county.post(f"{url}file/?unit={TOWN}", {"version": 1}).status_code == 403
    assert client_of("other_county").get(f"{url}?unit={TOWN}").status_code == 404
