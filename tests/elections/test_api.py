"""/api/v1/: the same rows, refusals and scope as the screens."""

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
