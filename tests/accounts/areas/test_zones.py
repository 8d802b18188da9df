"""A functional zone is managed by its own office; the statistical parent stays."""

import datetime
import json

import pytest

from accounts import divisions
from accounts.divisions import SourceError
from accounts.divisions.zones import ZoneList, zone_lists
from accounts.models import Area, Assignment
from tests.accounts.areas.test_load_divisions import LIST

TODAY = datetime.date(2026, 11, 22)
areas = Area.objects.using("owner")


@pytest.fixture
def zone_file(tmp_path):
    def write(*townships: tuple[str, str]):
        zone = {
            "code": "8801Z1",
            "name": "东湖新区",
            "parent": "8801",
            "checked": False,
            "source": "invented",
            "townships": [{"county": county, "name": name} for county, name in townships],
        }
        file = tmp_path / "zones.json"
        file.write_text(json.dumps({"zones": [zone]}), encoding="utf-8")
        return file

    return write


@pytest.fixture
def loaded(committed):
    divisions.load(divisions.read_divisions(LIST))


def test_townships_move_with_their_villages_and_keep_their_statistical_parent(loaded, zone_file):
    file = zone_file(("880101", "青溪镇"), ("880102", "北关镇"))
    assert [zone.moved for zone in divisions.apply_zones(today=TODAY, file=file)] == [2]
    zone = areas.get(code="8801Z1")
    assert (zone.parent.code, zone.kind, zone.valid_from) == ("8801", "functional_zone", TODAY)
    inside = list(areas.within(zone.path).filter(level=5).order_by("code").values_list("code", flat=True))
    assert inside == [
        "880101100001", "880101100200", "880101100201", "880101100399", "880101100400", "880101100500",
        "880102199200",
    ]  # fmt: skip
    town = areas.get(code="880101100")
    assert (town.parent.code, town.statistical_parent.code) == ("8801Z1", "880101")
    village = areas.get(code="880101100200")
    assert village.path == "88/8801/8801Z1/880101100/880101100200/"
    assert (village.parent_id, village.statistical_parent_id) == (town.pk, None)
    assert not areas.within(areas.get(code="880101").path).filter(code="880101100").exists()


def test_second_run_moves_nothing_and_a_new_load_takes_nothing_back(loaded, zone_file):
    file = zone_file(("880101", "青溪镇"))
    divisions.apply_zones(today=TODAY, file=file)
    before = list(areas.order_by("pk").values())
    assert [zone.moved for zone in divisions.apply_zones(today=TODAY, file=file)] == [0]
    result = divisions.load(divisions.read_divisions(LIST))
    assert (result.added, result.changed) == (0, 0)
    assert list(areas.order_by("pk").values()) == before


def test_a_village_new_in_the_list_joins_its_township_in_the_zone(loaded, zone_file):
    divisions.apply_zones(today=TODAY, file=zone_file(("880101", "青溪镇")))
    areas.filter(code="880101100200").delete()
    divisions.load(divisions.read_divisions(LIST))
    assert areas.get(code="880101100200").path == "88/8801/8801Z1/880101100/880101100200/"


def test_an_unknown_township_is_refused_and_nothing_is_written(loaded, zone_file):
    with pytest.raises(SourceError, match="在 880101 下应有且只有一个“无此镇”,实有 0 个"):
        divisions.apply_zones(today=TODAY, file=zone_file(("880101", "青溪镇"), ("880101", "无此镇")))
    assert not areas.filter(code="8801Z1").exists()


def test_a_township_with_business_rows_is_not_moved(loaded, zone_file):
    town = areas.get(code="880101100")
    Assignment.objects.using("owner").create(
        user_id=1, holder_name="甲", office_name="青溪镇", role="township", area=town, valid_from=TODAY
    )
    with pytest.raises(SourceError, match="accounts_assignment 中已有这些乡镇的数据"):
        divisions.apply_zones(today=TODAY, file=zone_file(("880101", "青溪镇")))
    assert areas.get(code="880101100").parent.code == "880101"


def test_a_zone_of_a_city_that_is_not_loaded_is_passed_over(committed, zone_file):
    assert divisions.apply_zones(today=TODAY, file=zone_file(("880101", "青溪镇"))) == []


def test_a_zone_is_found_by_its_code_and_its_page_says_where_its_list_comes_from(
    loaded, zone_file, client_of, monkeypatch
):
    divisions.apply_zones(today=TODAY, file=zone_file(("880101", "青溪镇"), ("880102", "北关镇")))
    assert list(areas.search("8801z").values_list("name", flat=True)) == ["东湖新区"]
    client = client_of("admin")
    assert 'data-pick="东湖新区（8801Z1）"' in client.get("/system/areas/pick/?q=8801Z1").content.decode()
    page = client.get("/system/users/?area=东湖新区（8801Z1）")
    assert page.context["chips"][0]["value"] == "东湖新区"
    listed = ZoneList("按一般了解整理，没有文件依据", checked=False)
    monkeypatch.setattr("accounts.views.areas.zone_lists", lambda: {"8801Z1": listed})
    assert (
        "名单按一般了解整理，没有文件依据，尚未与文件核对"
        in client.get("/system/areas/8801Z1/").content.decode()
    )
    monkeypatch.setattr("accounts.views.areas.zone_lists", lambda: {"8801Z1": ZoneList("批复", checked=True)})
    assert "尚未与文件核对" not in client.get("/system/areas/8801Z1/").content.decode()


def test_counts_of_the_city_hold_each_township_once(loaded, zone_file, client_of):
    client = client_of("admin")
    before = client.get("/system/areas/8801/").context["totals"]
    divisions.apply_zones(today=TODAY, file=zone_file(("880101", "青溪镇"), ("880102", "北关镇")))
    after = client.get("/system/areas/8801/").context
    assert (
        after["totals"]
        == before
        == {name: sum(getattr(line, name) for line in after["lines"]) for name in before}
    )
    zone = next(line for line in after["lines"] if line.area.code == "8801Z1")
    assert (zone.townships, zone.villages + zone.communities + zone.pseudo) == (2, 7)
    home = client.get("/system/areas/880101/").context
    assert [unit.name for unit in home["counted_here"]] == ["青溪镇"]


def test_the_list_that_is_shipped_says_that_nobody_has_checked_it():
    assert {code: found.checked for code, found in zone_lists().items()} == {"4101Z1": False}
