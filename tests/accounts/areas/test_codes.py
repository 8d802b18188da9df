"""Level, kind, short name and part in the electorate follow from code and name."""

import pytest

from accounts.choices import AreaKind, Level
from accounts.divisions import codes


@pytest.mark.parametrize(
    ("code", "level"),
    [("33", 1), ("3307", 2), ("330702", 3), ("330702001", 4), ("330702001201", 5)],
)
def test_level_is_told_by_length(code, level):
    assert codes.level_of(code) == level


@pytest.mark.parametrize("code", ["", "3", "33070", "33070200", "3307020012011"])
def test_other_lengths_are_refused(code):
    with pytest.raises(ValueError, match="division code"):
        codes.level_of(code)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("000", AreaKind.PSEUDO),
        ("001", AreaKind.COMMUNITY),
        ("199", AreaKind.COMMUNITY),
        ("200", AreaKind.VILLAGE),
        ("399", AreaKind.VILLAGE),
        ("400", AreaKind.PSEUDO),
        ("599", AreaKind.PSEUDO),
        ("600", AreaKind.PSEUDO),
    ],
)
def test_village_or_community_is_told_by_code_not_by_suffix(number, kind):
    for name in ("和平村村民委员会", "和平社区居民委员会"):
        assert codes.kind_of(Level.VILLAGE, f"880101100{number}", name) == kind


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("001", AreaKind.STREET),
        ("099", AreaKind.STREET),
        ("100", AreaKind.TOWN),
        ("199", AreaKind.TOWN),
        ("200", AreaKind.TOWNSHIP),
        ("399", AreaKind.TOWNSHIP),
        ("400", AreaKind.TOWNSHIP_ZONE),
        ("599", AreaKind.TOWNSHIP_ZONE),
    ],
)
def test_kind_of_a_township(number, kind):
    assert codes.kind_of(Level.TOWNSHIP, f"880101{number}", "青溪镇") == kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("880170", AreaKind.COUNTY),
        ("880171", AreaKind.FUNCTIONAL_ZONE),
        ("880179", AreaKind.FUNCTIONAL_ZONE),
        ("880180", AreaKind.COUNTY),
    ],
)
def test_development_zones_are_counties_71_to_79(code, kind):
    assert codes.kind_of(Level.COUNTY, code, "某区") == kind


def test_pseudo_cities_are_told_by_name():
    kinds = {
        name: codes.kind_of(Level.CITY, "1101", name)
        for name in ("市辖区", "县", "省直辖县级行政区划", "金华市")
    }
    assert kinds == {
        "市辖区": AreaKind.PSEUDO,
        "县": AreaKind.PSEUDO,
        "省直辖县级行政区划": AreaKind.PSEUDO,
        "金华市": AreaKind.CITY,
    }


@pytest.mark.parametrize(
    ("kind", "name", "votes"),
    [
        (AreaKind.VILLAGE, "和平村村民委员会", True),
        (AreaKind.COMMUNITY, "新华社区", True),
        (AreaKind.VILLAGE, "林场村村民委员会", True),
        (AreaKind.COMMUNITY, "红旗农场社区居委会", True),
        (AreaKind.VILLAGE, "大青山林场", False),
        (AreaKind.COMMUNITY, "水泥厂生活区", False),
        (AreaKind.COMMUNITY, "开发区虚拟社区", False),
        (AreaKind.PSEUDO, "东兴村", False),
    ],
)
def test_pseudo_units_stay_out_of_the_electorate(kind, name, votes):
    assert codes.votes_by_default(kind, name) is votes


@pytest.mark.parametrize(
    ("level", "name", "short"),
    [
        (Level.VILLAGE, "多福巷社区居委会", "多福巷"),
        (Level.VILLAGE, "南白石村村民委员会", "南白石"),
        (Level.VILLAGE, "和平社区", "和平"),
        (Level.VILLAGE, "沙村", "沙村"),
        (Level.VILLAGE, "大青山林场", "大青山林场"),
        (Level.TOWNSHIP, "中心街道办事处", "中心"),
        (Level.TOWNSHIP, "沙镇", "沙镇"),
        (Level.COUNTY, "莘县", "莘县"),
        (Level.COUNTY, "婺城区", "婺城"),
        (Level.CITY, "金华市", "金华"),
        (Level.PROVINCE, "广西壮族自治区", "广西"),
    ],
)
def test_short_name_never_shrinks_to_one_character(level, name, short):
    assert codes.short_name(level, name) == short
