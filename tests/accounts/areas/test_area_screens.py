"""/system/areas/: the tree with counts, search, the switch of the electorate."""

import datetime

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import divisions
from accounts.models import Area, AuditAct
from accounts.queries.areas import lines_on
from accounts.scope import scoped
from tests.accounts.areas.test_load_divisions import LIST
from tests.helpers import as_owner


@pytest.fixture
def loaded(committed):
    divisions.load(divisions.read_divisions(LIST))


def counts(client, code: str) -> dict[str, tuple[int, ...]]:
    response = client.get(f"/system/areas/{code}/")
    assert response.status_code == 200
    return {
        line.area.name: (line.townships, line.villages, line.communities, line.pseudo, line.electorate)
        for line in response.context["lines"]
    }


def test_counts_by_kind_of_each_unit_below(loaded, client_of):
    client = client_of("admin")
    assert counts(client, "8801") == {
        "乐清区": (5, 7, 4, 4, 10),
        "莘县": (2, 1, 1, 0, 2),
        "青川高新技术开发区": (1, 0, 1, 0, 1),
    }
    assert client.get("/system/areas/8801/").context["totals"] == {
        "townships": 8, "villages": 8, "communities": 6, "pseudo": 4, "electorate": 13,
    }  # fmt: skip


def test_what_has_ended_is_named_and_not_counted_and_stands_in_the_tree_of_its_days(
    committed, cast, client_of
):
    today = timezone.localdate()
    with as_owner():
        Area.objects.using("owner").filter(code="990101001201").update(valid_to=today)
    client = client_of("city")
    assert counts(client, "990101") == {"岭下街道": (1, 1, 1, 0, 2), "上坡镇": (1, 3, 0, 0, 3)}
    town = client.get("/system/areas/990101001/").context
    assert [line.area.name for line in town["lines"]] == ["溪东社区", "岭四村"]
    assert [(unit.name, unit.valid_to) for unit in town["ended"]] == [("坡阳村", today)]

    def then(code: str, day: datetime.date) -> dict[str, tuple[int, ...]]:
        found = client.get(f"/system/areas/{code}/?day={day}").context
        with scoped(cast.city), CaptureQueriesContext(connections["default"]) as queries:
            lines_on(found["was"], day)
        assert len(queries) == 2
        assert found["totals"]["villages"] == sum(line.villages for line in found["lines"])
        return {line.area.name: (line.townships, line.villages, line.communities) for line in found["lines"]}

    before = today - datetime.timedelta(days=1)
    assert then("9901", before) == {"东塘区": (2, 5, 1), "西岭县": (1, 2, 1)}
    assert then("9901", today) == {"东塘区": (2, 4, 1), "西岭县": (1, 2, 1)}
    assert then("990101001", before) == {
        "溪东社区": (0, 0, 1),
        "坡阳村": (0, 1, 0),
        "岭四村": (0, 1, 0),
    }
    assert (
        "坡阳村当日未启用或已停用" in client.get(f"/system/areas/990101001201/?day={today}").content.decode()
    )


def test_a_reader_begins_at_its_own_area(loaded, client_of):
    assert client_of("county").get("/system/areas/")["Location"] == "/system/areas/990101/"
    tops = client_of("admin").get("/system/areas/").context["tops"]
    assert [area.code for area in tops] == ["87", "88", "99"]


def test_units_outside_are_absent(loaded, client_of):
    client = client_of("county")
    assert client.get("/system/areas/990102/").status_code == 404
    assert client.get("/system/areas/000000/").status_code == 404


def test_search_stays_inside(loaded, client_of):
    everywhere = client_of("admin").get("/system/areas/?q=和平").context["found"]
    assert [area.code for area in everywhere] == [
        "880101001001", "880101100200", "880101100201", "990101102203", "990102101001", "990102101202",
    ]  # fmt: skip
    inside = client_of("county").get("/system/areas/?q=和平").context["found"]
    assert [area.code for area in inside] == ["990101102203"]


def switch(client, code: str, takes_part: str, reason: str = "经市换届办同意"):
    return client.post(f"/system/areas/{code}/electorate/", {"takes_part": takes_part, "reason": reason})


def test_the_administrator_switches_a_pseudo_unit_on(loaded, client_of, cast):
    client = client_of("admin")
    switch(client, "880101100500", "1")
    assert Area.objects.using("owner").get(code="880101100500").in_electorate is True
    act = AuditAct.objects.using("owner").filter(type="areas.electorate").latest("pk")
    assert (act.assignment_id, act.before, act.after, act.reason) == (
        cast.admin.pk, {"in_electorate": False}, {"in_electorate": True}, "经市换届办同意",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "code", "reason", "status"),
    [("county", "990101001201", "理由", 403), ("city", "990101001201", "理由", 403), ("admin", "990101", "理由", 302),
     ("admin", "990101001201", " ", 302)],
)  # fmt: skip
def test_refused_switches_change_nothing(committed, client_of, key, code, reason, status):
    before = list(Area.objects.using("owner").order_by("pk").values())
    assert switch(client_of(key), code, "0", reason).status_code == status
    assert list(Area.objects.using("owner").order_by("pk").values()) == before


def test_query_count_does_not_grow(loaded, client_of):
    client = client_of("admin")
    client.get("/system/areas/")

    def number(code: str) -> int:
        with CaptureQueriesContext(connections["default"]) as default:
            client.get(f"/system/areas/{code}/")
        return len(default)

    assert number("8801") == number("8701")


def test_the_api_says_the_same(loaded, client_of):
    client = client_of("admin")
    row = client.get("/api/v1/areas/880300001/").json()
    assert (row["kind"], row["parent"], row["path"], row["initials"]) == (
        "street", "8803", "88/8803/880300001/", "lhjd",
    )  # fmt: skip
    found = client.get("/api/v1/areas/?q=hpc&within=88").json()["results"]
    assert [row["code"] for row in found] == ["880101100200"]
    assert client_of("county").get("/api/v1/areas/880300001/").status_code == 404
