"""Which changes of the tree are allowed, what they do to the data, and the steps they consist of. Pure functions."""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from accounts import free_text
from accounts.area_moves import Change
from accounts.choices import AreaKind, AreaOperationKind, AreaOperationState, Level, Role
from accounts.divisions.codes import LEVEL_BY_LENGTH, short_name
from accounts.divisions.pinyin import pinyin_of
from accounts.errors import Refusal

PROPOSERS: Final = (Role.ADMIN, Role.CITY_OFFICE, Role.COUNTY_OFFICE)
CHANGE_READERS: Final = (*PROPOSERS, Role.SECURITY_ADMIN, Role.TOWNSHIP)
DECIDERS: Final = (Role.ADMIN, Role.CITY_OFFICE)
OPEN: Final = (AreaOperationState.PROPOSED, AreaOperationState.APPROVED)
SOURCE: Final = "区划变更"
NAME_LENGTH, FARTHEST_DAYS, CITY_STEPS = 60, 366, 2
# A functional zone has no code of the statistics: the city's, Z and a digit (data/functional_zones.json).
ZONE_CODE: Final = re.compile(r"[0-9]{4}Z[0-9]")

KINDS: Final[dict[int, tuple[AreaKind, ...]]] = {
    Level.COUNTY: (AreaKind.COUNTY, AreaKind.FUNCTIONAL_ZONE),
    Level.TOWNSHIP: (AreaKind.STREET, AreaKind.TOWN, AreaKind.TOWNSHIP, AreaKind.TOWNSHIP_ZONE),
    Level.VILLAGE: (AreaKind.COMMUNITY, AreaKind.VILLAGE, AreaKind.PSEUDO),
}

# The stated rule for the data, which the preview shows and the two persons sign.
DATA_RULES: Final[dict[str, tuple[str, ...]]] = {
    AreaOperationKind.RENAME: ("代码和数据都不变，只换名称。生效日以前的区划树仍用旧名。",),
    AreaOperationKind.RETYPE: ("代码、上下级和数据都不变，只换类型。村情档案中的类型由乡镇另行核改。",),
    AreaOperationKind.MOVE: (
        "生效日以前的日报和汇总仍计入原上级，已公布的数不变；自生效日起计入新上级。",
        "单位的全部记录（含以前各日）随单位划转，新上级看得到，原上级自生效起看不到，只保留它当时的合计。",
        "在这些单位任职的账号随单位划转，下一次操作即按新的上级办理。",
        "划入功能区的只换管理，统计仍归原来的县(市、区)；划入其他上级的，统计随新上级。",
    ),
    AreaOperationKind.MERGE: (
        "生效日以前的日报留在原各单位名下，不合并、不改动；自生效日起由合并后的单位报送。",
        "原单位的数不自动相加：合并后单位的档案由乡镇填写，合计数列在本页供核对。",
        "被撤并单位自生效日起不再应报，在该单位任职的账号授权随即收回，须另行授权。",
    ),
    AreaOperationKind.SPLIT: (
        "生效日以前的日报留在原单位名下，不拆分；自生效日起新单位单独报送。",
        "原单位的数不自动分摊：新单位的档案从未报开始，由乡镇填写；原单位的档案由乡镇核改。",
        "随新单位划出的下级单位，其记录随之归新单位。",
    ),
}


@dataclass(frozen=True)
class Place:
    """A unit as the rules see it. `since`: first day of its present state; `subtree_since`: the latest of it and below."""

    id: int
    code: str
    name: str
    level: int
    kind: str
    parent_id: int | None
    path: str
    valid_to: datetime.date | None = None
    subtree_since: datetime.date | None = None
    in_electorate: bool = False


@dataclass(frozen=True)
class Asked:
    """What was typed, with the units looked up. `code`, `name`, `unit_kind` are of the new or renamed unit."""

    kind: AreaOperationKind
    day: datetime.date
    units: tuple[Place, ...]
    parent: Place | None = None
    children: tuple[Place, ...] = ()
    below: tuple[Place, ...] = ()
    code: str = ""
    name: str = ""
    unit_kind: str = ""
    code_taken: bool = False


@dataclass(frozen=True)
class Compiled:
    """The steps of `area_move()`, what apps hear of them, and the sentence that names the change."""

    steps: list[dict[str, Any]]
    change: Change
    summary: str
    touched: tuple[int, ...]
    superior: str


def compile_steps(asked: Asked, today: datetime.date) -> Compiled:
    """The checked steps of what was asked; a Refusal names the first thing that is not allowed."""
    _check_units(asked, today)
    made = {
        AreaOperationKind.RENAME: _rename,
        AreaOperationKind.RETYPE: _retype,
        AreaOperationKind.MOVE: _move,
        AreaOperationKind.MERGE: _merge,
        AreaOperationKind.SPLIT: _split,
    }[asked.kind](asked)
    steps, more, summary = made
    places = [*asked.units, *asked.children, *([asked.parent] if asked.parent else [])]
    touched = {place.id for place in (*asked.units, *asked.children)} | {
        step["area"] for step in steps if "area" in step
    }
    change = Change(
        kind=asked.kind,
        day=asked.day,
        city="/".join(asked.units[0].path.split("/")[:CITY_STEPS]) + "/",
        sources=tuple(unit.id for unit in asked.units),
        **more,
    )
    return Compiled(steps, change, summary, tuple(sorted(touched)), _common(asked, places))


def _refuse(code: str, message: str, field: str = "", status: int = 400) -> Refusal:
    return Refusal(code, message, field=field, source=SOURCE, status=status)


def _check_units(asked: Asked, today: datetime.date) -> None:
    if not asked.units:
        raise _refuse("area_units_required", "请填要变更的单位代码", "units")
    if (asked.day - today).days > FARTHEST_DAYS:
        raise _refuse("area_day_too_far", "生效日最远只能在一年之内，请核对年份", "effective_on")
    first = asked.units[0]
    if any(unit.level < Level.COUNTY for unit in asked.units):
        raise _refuse("area_level_fixed", "省、市不在这里变更，请由运维人员重新装入区划清单", "units")
    if any(unit.level != first.level for unit in asked.units):
        raise _refuse("area_levels_differ", "一次变更的单位须是同一层级，请分开提出", "units")
    if len({unit.id for unit in asked.units}) != len(asked.units):
        raise _refuse("area_unit_twice", "同一单位写了两次，请删去重复的代码", "units")
    one = asked.kind in (AreaOperationKind.RENAME, AreaOperationKind.RETYPE, AreaOperationKind.SPLIT)
    if one and len(asked.units) > 1:
        raise _refuse("area_one_unit_only", f"{asked.kind.label}一次只办一个单位，请分开提出", "units")
    for unit in (*asked.units, *asked.children, *([asked.parent] if asked.parent else [])):
        if unit.valid_to is not None:
            raise _refuse("area_closed", f"{unit.name}已于 {unit.valid_to} 停用，不能再变更", "units")
        if _city(unit) != _city(first):
            raise _refuse("area_other_city", "变更不能跨市：届次按市设立，跨市划转须两市分别办理", "parent")
    for unit in (*asked.units, *asked.children, *([asked.parent] if asked.parent else [])):
        if unit.subtree_since is not None and asked.day < unit.subtree_since:
            raise _refuse(
                "area_changed_later",
                f"{unit.name}或其下级在 {unit.subtree_since} 已有变更（或那天才启用），生效日不能早于这一天",
                "effective_on",
                409,
            )


def _city(unit: Place) -> list[str]:
    return unit.path.split("/")[:CITY_STEPS]


def _common(asked: Asked, places: Sequence[Place]) -> str:
    """Path of the lowest unit above all of them, the new superior itself included."""
    ways = [place.path.split("/")[:-2] for place in places if place is not asked.parent]
    ways += [asked.parent.path.split("/")[:-1]] if asked.parent else []
    shared: list[str] = []
    for step in zip(*ways, strict=False):
        if len(set(step)) > 1:
            break
        shared.append(step[0])
    return "/".join(shared) + "/"


def _names(level: int, name: str) -> dict[str, Any]:
    pinyin, initials = pinyin_of(name)
    return {
        "name": name, "short_name": short_name(Level(level), name), "pinyin": pinyin[:240], "initials": initials[:60],
    }  # fmt: skip


def _checked_name(asked: Asked) -> str:
    name = asked.name.strip()
    if not name:
        raise _refuse("area_name_required", "请填新名称", "name")
    if len(name) > NAME_LENGTH:
        raise _refuse("area_name_too_long", f"名称最多 {NAME_LENGTH} 字", "name")
    if free_text.holds_personal_number(name):
        raise Refusal(free_text.CODE, free_text.MESSAGE, field="name", source=SOURCE)
    return name


def _checked_kind(asked: Asked, level: int) -> str:
    if asked.unit_kind not in KINDS[level]:
        words = "、".join(kind.label for kind in KINDS[level])
        raise _refuse("area_kind_not_of_level", f"{Level(level).label}的类型须是{words}之一", "unit_kind")
    return asked.unit_kind


def _checked_code(asked: Asked, level: int) -> str:
    code = asked.code
    if asked.unit_kind == AreaKind.FUNCTIONAL_ZONE and ZONE_CODE.fullmatch(code):
        return _free(asked)
    if not code.isascii() or not code.isdigit() or LEVEL_BY_LENGTH.get(len(code)) != level:
        length = next(n for n, known in LEVEL_BY_LENGTH.items() if known == level)
        zone = "；没有区划代码的功能区写市代码加 Z 和一位数字，如 4101Z2" if level == Level.COUNTY else ""
        raise _refuse("area_code_malformed", f"新单位的代码须是 {length} 位数字{zone}", "code")
    return _free(asked)


def _free(asked: Asked) -> str:
    if asked.code_taken:
        raise _refuse(
            "area_code_taken", f"代码 {asked.code} 已有单位使用（停用的也不再用），请换一个", "code", 409
        )
    return asked.code


def _opened(asked: Asked, level: int, parent_id: int | None) -> dict[str, Any]:
    kind = _checked_kind(asked, level)
    name = _checked_name(asked)
    votes = level == Level.VILLAGE and kind != AreaKind.PSEUDO
    return {
        "do": "open", "code": _checked_code(asked, level), "level": int(level), "kind": kind, "parent": parent_id,
        "in_electorate": votes, **_names(level, name),
    }  # fmt: skip


Made = tuple[list[dict[str, Any]], dict[str, Any], str]


def _rename(asked: Asked) -> Made:
    unit, name = asked.units[0], _checked_name(asked)
    if name == unit.name:
        raise _refuse("area_nothing_changes", "新名称与现名称相同", "name", 409)
    return [{"do": "alter", "area": unit.id, **_names(unit.level, name)}], {}, f"{unit.name}更名为{name}"


def _retype(asked: Asked) -> Made:
    unit, kind = asked.units[0], _checked_kind(asked, asked.units[0].level)
    name = _checked_name(asked) if asked.name.strip() else unit.name
    if (kind, name) == (unit.kind, unit.name):
        raise _refuse("area_nothing_changes", "新类型与现类型相同", "unit_kind", 409)
    step = {"do": "alter", "area": unit.id, "kind": kind, **_names(unit.level, name)}
    named = f"，更名为{name}" if name != unit.name else ""
    return [step], {}, f"{unit.name}改为{AreaKind(kind).label}{named}"


def _move(asked: Asked) -> Made:
    parent = asked.parent
    if parent is None:
        raise _refuse("area_parent_required", "请填划入的上级代码", "parent")
    level = asked.units[0].level
    if parent.level != level - 1:
        raise _refuse("area_parent_level", f"划入的上级须是{Level(level - 1).label}", "parent")
    for unit in asked.units:
        if unit.parent_id == parent.id:
            raise _refuse("area_nothing_changes", f"{unit.name}已在{parent.name}之下", "parent", 409)
    steps = [{"do": "alter", "area": unit.id, "parent": parent.id} for unit in asked.units]
    listed = "、".join(unit.name for unit in asked.units)
    return steps, {"roots": tuple(unit.id for unit in asked.units)}, f"{listed}划归{parent.name}"


def _merge(asked: Asked) -> Made:
    if len(asked.units) < 2:
        raise _refuse("area_merge_needs_two", "合并至少两个单位，请把代码都写上", "units")
    first, kept = asked.units[0], next((unit for unit in asked.units if unit.code == asked.code), None)
    steps: list[dict[str, Any]] = []
    if kept is None:
        steps.append(_opened(asked, first.level, first.parent_id))
        name = steps[0]["name"]
    else:
        name = _checked_name(asked) if asked.name.strip() else kept.name
        if name != kept.name:
            steps.append({"do": "alter", "area": kept.id, **_names(kept.level, name)})
    moving = [child for child in asked.below if kept is None or child.parent_id != kept.id]
    steps += [{"do": "alter", "area": child.id, "parent_code": asked.code} for child in moving]
    closing = [unit for unit in asked.units if unit is not kept]
    steps += [{"do": "close", "area": unit.id} for unit in closing]
    more = {
        "roots": tuple(child.id for child in moving),
        "closed": tuple(unit.id for unit in closing),
        "opened": () if kept else (asked.code,),
        "into": asked.code,
    }
    return steps, more, f"{'、'.join(unit.name for unit in asked.units)}合并为{name}"


def _split(asked: Asked) -> Made:
    unit = asked.units[0]
    steps = [_opened(asked, unit.level, unit.parent_id)]
    if any(child.parent_id != unit.id for child in asked.children):
        raise _refuse("area_child_of_other", f"随同划出的单位须都在{unit.name}之下", "children")
    if unit.level < Level.VILLAGE and not asked.children:
        raise _refuse("area_children_required", "请写明随新单位划出的下级单位代码", "children")
    if asked.below and len(asked.children) == len(asked.below):
        raise _refuse("area_nothing_left", f"{unit.name}的下级全部划出就只是更名，请改办更名", "children")
    steps += [{"do": "alter", "area": child.id, "parent_code": asked.code} for child in asked.children]
    more = {"roots": tuple(child.id for child in asked.children), "opened": (asked.code,)}
    return steps, more, f"由{unit.name}析置{steps[0]['name']}"
