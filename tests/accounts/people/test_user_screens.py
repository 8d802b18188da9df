"""/system/users/: who sees which accounts, in how many queries; the forms."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from accounts.models import Assignment, User
from accounts.queries import people
from tests.cast import PEOPLE

EVERYBODY = sorted(key for key, *_ in PEOPLE)


def listed(client, query: str = "") -> list[str]:
    response = client.get(f"/system/users/{query}")
    assert response.status_code == 200
    return [line.user.username for line in response.context["page"].lines]


def test_administrators_see_everybody(committed, client_of):
    assert listed(client_of("admin")) == EVERYBODY
    assert listed(client_of("security")) == EVERYBODY


def test_offices_see_their_subtree(committed, client_of):
    inside = [
        "county",
        "evaluator",
        "inspector",
        "leader",
        "reviewer",
        "second_entry",
        "sibling_town",
        "town",
    ]
    assert listed(client_of("county")) == inside
    assert listed(client_of("other_city")) == ["foreign_town", "other_city"]


@pytest.mark.parametrize("key", ["town", "auditor", "hotline", "reviewer"])
def test_others_do_not(committed, client_of, key):
    assert client_of(key).get("/system/users/").status_code == 403


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?q=tow", ["cousin_town", "foreign_town", "sibling_town", "town"]),
        ("?role=county_office", ["county", "other_county"]),
        ("?area=990102", ["cousin_town", "other_county"]),
        ("?state=off", []),
    ],
)
def test_filters(committed, client_of, query, names):
    assert listed(client_of("admin"), query) == names


def test_pages_go_there_and_back(committed, client_of, monkeypatch):
    monkeypatch.setattr(people.user_page, "__kwdefaults__", {**people.user_page.__kwdefaults__, "size": 5})
    client = client_of("admin")
    first = client.get("/system/users/")
    second = client.get(f"/system/users/{first.context['next_url']}")
    back = client.get(f"/system/users/{second.context['previous_url']}")
    names = [[line.user.username for line in page.context["page"].lines] for page in (first, second, back)]
    assert names == [EVERYBODY[:5], EVERYBODY[5:10], EVERYBODY[:5]]
    assert (first.context["previous_url"], back.context["previous_url"]) == ("", "")


def queries_of(client, url: str) -> int:
    with (
        CaptureQueriesContext(connections["default"]) as default,
        CaptureQueriesContext(connections["login"]) as login,
    ):
        assert client.get(url).status_code == 200
    return len(default) + len(login)


def test_query_count_does_not_grow_with_the_rows(committed, client_of):
    client = client_of("admin")
    client.get("/system/users/")
    assert queries_of(client, "/system/users/?q=foreign") == queries_of(client, "/system/users/")


def test_a_foreign_account_is_absent(committed, client_of, cast):
    client = client_of("county")
    assert client.get(f"/system/users/{cast.users['foreign_town'].pk}/").status_code == 404
    assert client.get("/system/users/999999/").status_code == 404
    assert client.get(f"/system/users/{cast.users['town'].pk}/").status_code == 200


def test_create_grant_end_by_forms(committed, client_of):
    client = client_of("admin")
    made = client.post("/system/users/new/", {"username": "lisi", "display_name": "李四"})
    assert made.status_code == 201
    user = User.objects.get(username="lisi")
    assert user.check_password(made.context["password"])
    given = {"role": "township", "area": "990101001", "office_name": "岭下街道", "valid_from": "2026-11-01"}
    answer = client.post(f"/system/users/{user.pk}/grant/", given)
    assert (answer.status_code, answer["Location"]) == (302, f"/system/users/{user.pk}/")
    row = Assignment.objects.using("owner").get(user_id=user.pk)
    assert (row.role, row.unit_path, row.valid_to) == ("township", "99/9901/990101/990101001/", None)
    client.post(f"/system/users/assignments/{row.pk}/end/", {"reason": "调离"})
    row.refresh_from_db(using="owner")
    assert row.revoked_at is not None


def test_a_refusal_stands_beside_its_field(committed, client_of, cast):
    client = client_of("security")
    user = cast.users["town"]
    given = {"role": "township", "area": "990101", "office_name": "某街道", "valid_from": "2026-11-01"}
    response = client.post(f"/system/users/{user.pk}/grant/", given)
    assert response.status_code == 400
    assert response.context["form"].errors == {"area": ["乡镇干部的管辖区域须是：乡镇(街道)"]}


def test_the_one_time_password_is_not_cached(committed, client_of):
    response = client_of("admin").post("/system/users/new/", {"username": "lisi", "display_name": "李四"})
    assert "no-store" in response["Cache-Control"]
