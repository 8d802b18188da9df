"""/api/v1/: the same rows, refusals and scope as the screens."""

import json

import pytest

from tests.elections.conftest import VILLAGE

ORG = f"/api/v1/orgs/{VILLAGE}/"


@pytest.fixture
def api(client_of):
    """api("town") talks JSON with the CSRF token a browser would send."""

    def client(key: str):
        made = client_of(key)
        made.get("/orgs/")
        return made

    return client


def patch(client, data):
    token = client.cookies.get("csrftoken")
    headers = {"X-CSRFToken": token.value} if token else {}
    return client.patch(ORG, data, content_type="application/json", headers=headers)


def test_rounds(opened, api):
    first = api("town").get("/api/v1/rounds/").json()["results"][0]
    assert (first["name"], first["area"], first["is_current"]) == (opened.round.name, "9901", True)


def test_list_filters_and_pages_by_key(opened, api):
    client = api("city")
    first = client.get("/api/v1/orgs/?page_size=4").json()
    second = client.get(first["next"]).json()
    third = client.get(second["next"]).json()
    codes = [row["code"] for part in (first, second, third) for row in part["results"]]
    assert (len(codes), codes, third["next"]) == (9, sorted(codes), None)
    found = client.get("/api/v1/orgs/?q=和平&kind=community").json()["results"]
    assert [row["name"] for row in found] == ["和平社区"]
    assert client.get("/api/v1/orgs/?kind=city").status_code == 400


@pytest.mark.parametrize("key", ["sibling_town", "foreign_town", "other_city"])
def test_a_foreign_record_is_absent(opened, api, key):
    assert api(key).get(ORG).status_code == 404


def test_change_through_the_same_action(opened, api):
    client = api("town")
    answer = patch(client, {"population": 500, "version": 1})
    assert (answer.status_code, answer.json()["population"], answer.json()["version"]) == (200, 500, 2)
    stale = patch(client, {"population": 501, "version": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_record")
    odd = patch(client, {"registered_voters": 501, "version": 2})
    assert (odd.status_code, odd.json()["code"], odd.json()["source"]) == (
        400,
        "oddity_needs_reason",
        "数据核对",
    )
    broken = patch(client, {"current_women": 1, "version": 2})
    assert (broken.status_code, broken.json()["code"]) == (400, "team_part_above_total")
    assert patch(api("county"), {"population": 1, "version": 2}).status_code == 403


def test_counts(opened, api):
    table = api("city").get("/api/v1/orgs/counts/").json()
    assert table["unit"] == "9901"
    assert table["total"]["figures"]["orgs"] == sum(row["figures"]["orgs"] for row in table["rows"]) == 9
    assert api("city").get(f"/api/v1/orgs/counts/?unit={VILLAGE}").status_code == 404


NEW = {
    "name": "2027 年补选", "year": 2027, "starts_on": "2027-05-01", "ends_on": "2027-08-31",
    "reporting_from": "2027-06-01", "reporting_to": "2027-07-31", "excluded_dates": ["2027-06-05"],
}  # fmt: skip


def send(client, method, url, data):
    token = client.cookies["csrftoken"].value
    return client.generic(
        method, url, json.dumps(data), content_type="application/json", headers={"X-CSRFToken": token}
    )


def test_a_city_creates_and_changes_its_rounds(opened, api):
    client = api("city")
    made = send(client, "POST", "/api/v1/rounds/", NEW)
    round = made.json()
    assert made.status_code == 201
    assert {name: round[name] for name in NEW} == NEW
    assert (round["area"], round["province"], round["is_current"], round["version"]) == (
        "9901",
        "99",
        False,
        1,
    )
    url = f"/api/v1/rounds/{round['id']}/"
    changed = send(client, "PATCH", url, {"law_profile": "甲省 2027", "version": 1})
    assert (changed.status_code, changed.json()["law_profile"], changed.json()["version"]) == (
        200,
        "甲省 2027",
        2,
    )
    stale = send(client, "PATCH", url, {"law_profile": "", "version": 1})
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_record")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"ends_on": "2027-04-30"}, "", "round_dates_reversed"),
        ({"excluded_dates": ["2027-05-31"]}, "excluded_dates", "excluded_date_outside"),
        ({"is_current": True}, "", "current_round_exists"),
        ({"year": "x"}, "year", "invalid"),
    ],
)
def test_a_round_is_refused_as_on_the_screen(opened, api, change, field, code):
    answer = send(api("city"), "POST", "/api/v1/rounds/", {**NEW, **change})
    found = [(row["code"], row["field"]) for row in answer.json()["errors"]]
    assert answer.status_code == 400
    assert (code, field) in found


def test_only_the_city_creates_rounds(opened, api):
    for key in ("county", "town"):
        assert send(api(key), "POST", "/api/v1/rounds/", NEW).status_code == 403
    url = f"/api/v1/rounds/{opened.round.pk}/"
    assert send(api("county"), "PATCH", url, {"version": 1}).status_code == 403
    assert send(api("other_city"), "PATCH", url, {"version": 1}).status_code == 404


def test_opening_and_the_export_of_counts_are_the_jobs_of_the_screens(committed, cast, client_of):
    round, client = cast.rounds["9901"], client_of("city")
    page = client.post(f"/elections/rounds/{round.pk}/open/")
    answer = client.post(f"/api/v1/rounds/{round.pk}/open/")
    assert (answer.status_code, answer.json()["kind"]) == (202, "orgs.open")
    assert page["Location"] == f"/jobs/{answer.json()['id']}/"
    page = client.post("/orgs/counts/export/?unit=990101")
    answer = client.post("/api/v1/orgs/counts/export/?unit=990101")
    assert (answer.status_code, answer.json()["kind"], answer.json()["subject"]) == (
        202, "orgs.counts", f"{round.pk}:990101",
    )  # fmt: skip
    assert page["Location"] == f"/jobs/{answer.json()['id']}/"
    assert client.post("/api/v1/orgs/counts/export/?unit=990101001201").status_code == 404
