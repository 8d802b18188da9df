"""A screen of a province: the totals of its cities for the wall role, and nothing of a village."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.choices import Role
from accounts.models import Assignment, User
from accounts.scope import system_scoped
from elections.models import Round
from reports.actions.rollup import fold
from tests.cast import PASSWORD, village_codes
from tests.helpers import as_owner
from tests.reports.filed import file_day

TODAY = timezone.localdate()
TOWN = "990101001"


@pytest.fixture
def wall(worker_role, cast):
    """A wall of 测试省, signed in; 岭下街道 has filed today, both cities are folded."""
    with as_owner():
        user = User.objects.using("owner").create(
            username="province_wall", display_name="省大屏", password=cast.users["wall"].password
        )
        Assignment.objects.using("owner").create(
            user_id=user.pk,
            holder_name="省大屏",
            office_name="测试省大屏",
            role=Role.WALL,
            area=cast.areas["99"],
            valid_from=datetime.date(2020, 1, 1),
        )
    figures = {code: {"due": 1, "visits": 4, "party_elected_on": TODAY} for code, _, _ in village_codes(TOWN)}
    file_day(cast, TOWN, TODAY, figures)
    with system_scoped("rollup") as scope:
        for city in ("9901", "9902"):
            fold(cast.rounds[city], by=scope, until=TODAY)
    client = Client()
    assert client.post("/login/", {"username": "province_wall", "password": PASSWORD}).status_code == 302
    return client


def test_the_province_sees_its_cities_with_their_places(wall):
    answer = wall.get(f"/reports/rollup/?date={TODAY}")
    table = answer.context["table"]
    assert (table.unit.code, table.townships, table.filed) == ("99", 4, 1)
    done = {
        line.code: [c.value for c in line.cells if c.column.key == "party_elected_on"]
        for line in [*table.lines, table.total]
    }
    assert {code: (values[0], values[3]) for code, values in done.items()} == {
        "9901": (3, 1),
        "9902": (0, 2),
        "99": (3, None),
    }


def test_no_number_opens_and_no_village_is_shown(wall):
    body = wall.get(f"/reports/rollup/?date={TODAY}").content.decode()
    assert "open=" not in body
    for url, status in (
        (f"?date={TODAY}&open=due", 404),
        (f"?date={TODAY}&unit=9901", 200),
        (f"?date={TODAY}&unit=990101", 200),
        (f"?date={TODAY}&unit={TOWN}", 404),
        (f"?date={TODAY}&unit=990101&open=townships", 404),
        ("?tree=statistical", 404),
        ("?mode=total", 200),
        ("?mode=week", 200),
    ):
        assert wall.get(f"/reports/rollup/{url}").status_code == status, url
    county = wall.get(f"/reports/rollup/?date={TODAY}&unit=990101")
    assert [row.url for row in county.context["rows"]] == ["", ""]


def test_the_api_gives_the_same_table(wall):
    answer = wall.get(f"/api/v1/rollups/?date={TODAY}")
    assert (answer.status_code, [row["code"] for row in answer.json()["rows"]]) == (200, ["9901", "9902"])


def test_a_wall_changes_and_exports_nothing(wall):
    for name in ("export", "villages", "fold"):
        assert wall.post(f"/reports/rollup/{name}/", {}).status_code == 403, name


def test_a_city_of_an_earlier_year_and_a_practice_round_do_not_count(wall, cast):
    with as_owner():
        Round.objects.using("owner").filter(pk=cast.rounds["9902"].pk).update(practice=True)
    table = wall.get(f"/reports/rollup/?date={TODAY}").context["table"]
    assert [line.code for line in table.lines] == ["9901"]
    with as_owner():
        Round.objects.using("owner").filter(pk=cast.rounds["9902"].pk).update(
            practice=False, year=TODAY.year - 1
        )
    table = wall.get(f"/reports/rollup/?date={TODAY}").context["table"]
    assert [line.code for line in table.lines] == ["9901"]


def test_a_province_without_a_round_says_so(wall, cast):
    with as_owner():
        Round.objects.using("owner").update(is_current=False)
    answer = wall.get("/reports/rollup/")
    assert (answer.status_code, "本单位还没有届次" in answer.content.decode()) == (200, True)
