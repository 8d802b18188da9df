"""What a division code and its official name say: level, kind, short name, part in the electorate.

Source of the code ranges: 统计用区划代码和城乡划分代码编制规则 (国统字〔2009〕91号), articles 4-7.
Pure functions; no database.
"""

import re

from accounts.choices import AreaKind, Level

LEVEL_BY_LENGTH = {
    2: Level.PROVINCE,
    4: Level.CITY,
    6: Level.COUNTY,
    9: Level.TOWNSHIP,
    12: Level.VILLAGE,
}

PSEUDO_NAMES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})

COMMITTEE_SUFFIXES = (
    "社区居民委员会",
    "社区居委会",
    "嘎查村民委员会",
    "嘎查委员会",
    "嘎查村委会",
    "村村民委员会",
    "村村委会",
    "村民委员会",
    "居民委员会",
    "村委会",
    "居委会",
    "社区",
    "嘎查",
    "村",
)
TOWNSHIP_SUFFIXES = ("街道办事处", "地区办事处", "办事处", "街道", "镇", "乡")
COUNTY_SUFFIXES = ("市", "县", "区")
CITY_SUFFIXES = ("市", "地区", "盟")
PROVINCE_SUFFIXES = ("省", "市", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区")

SUFFIXES = {
    Level.PROVINCE: PROVINCE_SUFFIXES,
    Level.CITY: CITY_SUFFIXES,
    Level.COUNTY: COUNTY_SUFFIXES,
    Level.TOWNSHIP: TOWNSHIP_SUFFIXES,
    Level.VILLAGE: COMMITTEE_SUFFIXES,
}

_SUFFIXES_BY_END = {
    level: {end: tuple(s for s in suffixes if s.endswith(end)) for end in {s[-1] for s in suffixes}}
    for level, suffixes in SUFFIXES.items()
}

# A unit so named and without a committee in its name elects nobody: it is a place of production or a
# statistical stand-in. 农场村村民委员会 does elect one, so the word alone must not decide.
NO_COMMITTEE = re.compile(
    "虚拟|生活区|农场|林场|牧场|渔场|茶场|果园场|种畜场|良种场|原种场|开发区|园区|管理区|监狱|工业区|保税区"
)
COMMITTEE_ENDINGS = ("委员会", "村委会", "居委会", "社区", "嘎查", "村")


def level_of(code: str) -> Level:
    """Level of the unit with this 2, 4, 6, 9 or 12 digit code; ValueError otherwise."""
    try:
        return LEVEL_BY_LENGTH[len(code)]
    except KeyError:
        raise ValueError(f"division code of {len(code)} characters: {code!r}") from None


def is_countyless(county_code: str) -> bool:
    """True for the county row that only repeats its city (东莞 441900): its townships hang on the city."""
    return county_code.endswith("00")


def kind_of(level: Level, code: str, name: str) -> AreaKind:
    """Kind of unit by its code; the name speaks only for the stand-ins of the second level.

    County 71-79: development zone. Township digits 7-9: 001-099 street office, 100-199 town,
    200-399 township (乡; some cities count on past 299), 400 and above zone, farm or camp.
    Village digits 10-12: 001-199 community, 200-399 village, everything else no committee of its own.
    """
    if level == Level.VILLAGE:
        number = int(code[9:])
        if 1 <= number <= 199:
            return AreaKind.COMMUNITY
        return AreaKind.VILLAGE if 200 <= number <= 399 else AreaKind.PSEUDO
    if level == Level.TOWNSHIP:
        number = int(code[6:])
        if number < 100:
            return AreaKind.STREET
        if number < 200:
            return AreaKind.TOWN
        return AreaKind.TOWNSHIP if number < 400 else AreaKind.TOWNSHIP_ZONE
    if level == Level.COUNTY:
        return AreaKind.FUNCTIONAL_ZONE if 71 <= int(code[4:]) <= 79 else AreaKind.COUNTY
    if level == Level.CITY:
        return AreaKind.PSEUDO if name in PSEUDO_NAMES else AreaKind.CITY
    return AreaKind.PROVINCE


def votes_by_default(kind: AreaKind, name: str) -> bool:
    """Whether a unit of the fifth level takes part in the election unless somebody says otherwise."""
    if kind == AreaKind.PSEUDO or "虚拟" in name:
        return False
    return name.endswith(COMMITTEE_ENDINGS) or NO_COMMITTEE.search(name) is None


def short_name(level: Level, name: str) -> str:
    """Name without its suffix, for narrow columns; never a key (和平村 and 和平社区 stand side by side).

    One character is no name: 莘县, 沙村 stay whole.
    """
    for suffix in _SUFFIXES_BY_END[level].get(name[-1:], ()):
        if name.endswith(suffix):
            rest = name[: -len(suffix)]
            return rest if len(rest) >= 2 else name
    return name
