"""A functional zone is managed by its own office; the statistical parent stays."""

import datetime
import json

import pytest

from accounts import divisions
from accounts.divisions import SourceError
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
