"""/api/v1/users/: accounts and grants with the refusals of the screens."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.models import Assignment, User

# scope in, visible accounts, roles, codes of villages, scope out
QUERIES = 5
GRANT = {"role": "inspector", "area": "990101", "office_name": "东塘区督导组", "valid_from": "2026-01-01"}


def post(client, url, data):
    return client.post(f"/api/v1/{url}", data, content_type="application/json")


def rows_of(answer) -> list[tuple[str, str]]:
    return [(row["code"], row["field"]) for row in answer.json()["errors"]]


def test_an_account_is_closed_and_let_in_again(committed, cast, client_of):
    client, url = client_of("admin"), f"users/{cast.users['town'].pk}/active/"
    closed = post(client, url, {"active": False, "reason": "离岗"})
    assert (closed.status_code, closed.json()["username"], closed.json()["is_active"]) == (200, "town", False)
    assert client_of("town").get("/api/v1/me/").status_code == 401
    assert post(client, url, {"active": True, "reason": "返岗"}).json()["is_active"] is True
    assert User.objects.get(username="town").is_active is True


def test_a_password_is_reset_to_one_shown_once(committed, cast, client_of):
    url = f"users/{cast.users['town'].pk}/password/"
    answer = post(client_of("admin"), url, {"reason": "忘记密码"})
    assert (answer.status_code, list(answer.json())) == (200, ["password"])
    user = User.objects.get(username="town")
    assert user.check_password(answer.json()["password"])
    assert user.must_change_password is True


@pytest.mark.parametrize("url", ["active", "password"])
@pytest.mark.parametrize(
    ("actor", "subject", "body", "status", "found"),
    [
        ("admin", "town", {"reason": " "}, 400, [("blank", "reason")]),
        ("admin", "county", {"reason": "离岗"}, 403, [("manager_too_low", "")]),
        ("admin", "admin", {"reason": "离岗"}, 403, [("own_account", "")]),
        ("county", "town", {"reason": "离岗"}, 403, [("not_allowed", "")]),
    ],
)
def test_refusals(committed, cast, client_of, url, actor, subject, body, status, found):
    answer = post(client_of(actor), f"users/{cast.users[subject].pk}/{url}/", {"active": False, **body})
    assert (answer.status_code, rows_of(answer)) == (status, found)


def granted(client_of, url: str, wanted: dict) -> Assignment:
    """The assignment that the security administrator asks for and the administrator consents to."""
    asked = post(client_of("security"), url, wanted)
    assert asked.status_code == 202
    decided = post(client_of("admin"), f"grant-requests/{asked.json()['id']}/", {"approve": True})
    assert (decided.status_code, decided.json()["decision"]) == (200, "approved")
    return Assignment.objects.using("owner").latest("pk")


def test_an_inspector_is_confined_to_the_villages_listed(committed, cast, client_of):
    url = f"users/{cast.users['sibling_town'].pk}/assignments/"
    codes = ["990101102202", "990101001201"]
    kept = granted(client_of, url, {**GRANT, "units": codes})
    assert kept.units == [cast.areas[code].pk for code in codes]
    listed = client_of("security").get(f"/api/v1/{url}").json()["results"]
    assert {row["id"]: row["units"] for row in listed}[kept.pk] == codes


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"units": ["990101001299"]}, [("units_unknown", "units")]),
        ({"units": ["990102101201"]}, [("units_outside", "units")]),
        ({"area": "990199"}, [("area_outside", "area")]),
        ({"area": ""}, [("area_required", "area")]),
        ({"area": "990101001"}, [("area_wrong_level", "area")]),
        ({"units": ["1"] * 501}, [("max_length", "units")]),
    ],
)
def test_a_grant_is_refused_as_on_the_screen(committed, cast, client_of, change, found):
    url = f"users/{cast.users['sibling_town'].pk}/assignments/"
    answer = post(client_of("security"), url, {**GRANT, **change})
    assert (answer.status_code, rows_of(answer)) == (400, found)


def queries_of(client, url) -> int:
    with CaptureQueriesContext(connections["default"]) as found:
        client.get(url)
    return len([query for query in found if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def test_one_question_finds_the_villages_of_all_grants(committed, cast, client_of):
    """The list costs the same with three confined grants as with one."""
    url, client = f"/api/v1/users/{cast.users['inspector'].pk}/assignments/", client_of("security")
    client.get(url)
    assert queries_of(client, url) == QUERIES
    for _ in range(2):
        granted(client_of, url.removeprefix("/api/v1/"), {**GRANT, "units": ["990101001201"]})
    assert [len(row["units"]) for row in client.get(url).json()["results"]] == [2, 1, 1]
    assert queries_of(client, url) == QUERIES


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=TOW", ["cousin_town", "foreign_town", "sibling_town", "town"]),
        ("role=auditor", ["auditor"]),
        ("area=990101001", ["second_entry", "town"]),
        ("area=990101001&role=township", ["town"]),
        ("area=000000000", []),
        ("is_active=false", []),
        ("q=town&is_active=true&role=city_office", []),
    ],
)
def test_accounts_are_found_as_on_screen(cast, client_of, query, found):
    answer = client_of("admin").get(f"/api/v1/users/?{query}")
    assert [row["username"] for row in answer.json()["results"]] == found


def test_a_filter_that_names_no_role_is_refused(cast, client_of):
    answer = client_of("admin").get("/api/v1/users/?role=king")
    assert (answer.status_code, rows_of(answer)) == (400, [("invalid_choice", "role")])
