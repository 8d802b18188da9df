"""Units by what somebody typed: a code, a name that is the only one, or both as the picker writes them.

岭下街道（990101001） · 990101001 · 岭下街道 · 岭下. Nothing outside the reader's own area is ever found.
"""

import re
from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Q

from accounts.choices import Level
from accounts.errors import Refusal
from accounts.models import Area
from accounts.querysets import AreaQuerySet, path_range
from accounts.search import name_search, normalise

if TYPE_CHECKING:
    from accounts.scope import Scope

# Lines under the box; units that one field takes; units that a refusal names.
FEW, MOST, NAMED = 8, 500, 3
# Superiors that the first of two words may name.
SUPERIORS = 20
NAMES_AT_ONCE = 40
# A functional zone's code has a letter: 4101Z1.
_LABEL = re.compile(r"(.*)[（(]([0-9]{2}[0-9A-Za-z]{0,10})[）)]")
_CODE = re.compile(r"[0-9]+(Z[0-9])?")
_BETWEEN = re.compile(r"[\s,，、;；]+")


def label_of(area: Area) -> str:
    """How the picker writes a unit, and how it reads it again."""
    return f"{area.name}（{area.code}）"


def place_of(area: Area) -> str:
    """The two units above, which tell equal names apart: 婺城区 白龙桥镇."""
    above = area.parent
    names = [above.parent.name, above.name] if above and above.parent else [above.name] if above else []
    return " ".join(names)


def suggest(
    scope: "Scope", text: str, *, levels: Collection[int] = (), under: str = "", limit: int = FEW
) -> list[Area]:
    """Open units that the text finds, exact names first. Two words: the first names a superior. At most four queries.

    `levels`: only these; `under`: only below the unit that this text names.
    """
    words = text.split()
    term = normalise(words[-1]) if words else ""
    if not term:
        return []
    rows = _open(scope, levels)
    if under and (above := _exact(_open(scope), under)):
        rows = rows.filter(path_range(above[0].path, "path")).exclude(pk=above[0].pk)
    if len(words) > 1:
        tops = _open(scope).search(words[-2]).filter(level__lt=Level.VILLAGE).order_by("level", "path")
        ranges = [path_range(path, "path") for path in tops.values_list("path", flat=True)[:SUPERIORS]]
        if not ranges:
            return []
        rows = rows.filter(reduce(or_, ranges))
    # A name has two characters at least; letters and digits are no name.
    is_name = len(term) >= 2 and not term.isascii()
    exact = list(rows.search(term).filter(_named(term)).order_by("level", "path")[:limit]) if is_name else []
    others = rows.search(term).exclude(pk__in=[area.pk for area in exact]).order_by("level", "path")
    return exact + list(others[: limit - len(exact)])


def picked(
    scope: "Scope", text: str, *, levels: Collection[int] = (), many: bool = False, field: str = ""
) -> list[Area]:
    """The units that a field names, in its order; none for an empty one. Two queries, and two for a refusal.

    Refusals: area_one_unit_only, too_many_units, area_unknown, area_ambiguous, area_name_differs, area_level.
    """
    parts = [part for part in _BETWEEN.split(text) if part] if many else [" ".join(text.split())]
    parts = [part for part in parts if part]
    if not many and parts and _several_codes(parts[0]):
        raise Refusal("area_one_unit_only", "这里只写一个单位，请分开办理", field=field)
    if len(parts) > MOST:
        raise Refusal("too_many_units", f"一次最多 {MOST} 个单位，请分几次", field=field)
    read = [_read(part) for part in parts]
    coded = _by_code(scope, {code for _, code in read if code})
    named = _by_name(scope, {name for name, code in read if not code}, levels)
    return [_one(scope, name, code, coded, named, levels, field) for name, code in read]


def _open(scope: "Scope", levels: Collection[int] = ()) -> AreaQuerySet:
    rows = Area.objects.visible_to(scope).filter(valid_to=None).select_related("parent__parent")
    return rows.filter(level__in=levels) if levels else rows


def _named(name: str) -> Q:
    return Q(name=name) | Q(short_name=name)


def _exact(rows: AreaQuerySet, text: str) -> list[Area]:
    """The unit of a code, of a label, or of a name."""
    name, code = _read(_BETWEEN.split(text.strip())[0])
    return list(rows.filter(code=code) if code else rows.filter(name_search(name) & _named(name)))[:2]


def _several_codes(text: str) -> bool:
    codes = [_read(part)[1] for part in _BETWEEN.split(text)]
    return len(codes) > 1 and all(codes)


def _read(part: str) -> tuple[str, str]:
    """(name, code) of what was typed; either may be empty."""
    label = _LABEL.fullmatch(part)
    if label:
        return label[1].strip(), label[2].upper()
    code = normalise(part).upper()
    return ("", code) if _CODE.fullmatch(code) else (part, "")


def _by_code(scope: "Scope", codes: set[str]) -> dict[str, Area]:
    rows = Area.objects.visible_to(scope).filter(code__in=codes).select_related("parent__parent")
    return {area.code: area for area in rows} if codes else {}


def _by_name(scope: "Scope", names: Iterable[str], levels: Collection[int]) -> dict[str, list[Area]]:
    """Open units of each name or short name; a full name counts before a short one. One query for forty names."""
    wanted = sorted(names)
    found: dict[str, list[Area]] = {name: [] for name in wanted}
    for at in range(0, len(wanted), NAMES_AT_ONCE):
        part = wanted[at : at + NAMES_AT_ONCE]
        asked = reduce(or_, (name_search(name) & _named(name) for name in part))
        for area in _open(scope, levels).filter(asked).order_by("path"):
            for name in {area.name, area.short_name} & set(part):
                found[name].append(area)
    return {name: [area for area in rows if area.name == name] or rows for name, rows in found.items()}


def _one(
    scope: "Scope", name: str, code: str, coded: dict[str, Area], named: dict[str, list[Area]],
    levels: Collection[int], field: str,
) -> Area:  # fmt: skip
    rows = [coded[code]] if code in coded else [] if code else named[name]
    if not rows:
        raise Refusal("area_unknown", _unknown(scope, name, code, levels), field=field)
    if len(rows) > 1:
        raise Refusal(
            "area_ambiguous", f"叫“{name}”的有 {len(rows)} 个：{_listed(rows)}，请写代码", field=field
        )
    area = rows[0]
    if code and name and name not in (area.name, area.short_name):
        raise Refusal("area_name_differs", f"代码 {code} 是{area.name}，不是{name}，请核对", field=field)
    if levels and area.level not in levels:
        words = "、".join(Level(level).label for level in sorted(levels))
        raise Refusal("area_level", f"{area.name}是{Level(area.level).label}，这里要{words}", field=field)
    return area


def _unknown(scope: "Scope", name: str, code: str, levels: Collection[int]) -> str:
    what = f"代码为 {code[:20]} " if code else f"叫“{name[:20]}”"
    said = f"没有{what}的单位，或不在您的管辖范围内"
    near = [] if code else suggest(scope, name, levels=levels, limit=NAMED)
    return f"{said}；是不是：{_listed(near)}" if near else f"{said}，请到区划页查准"


def _listed(rows: list[Area]) -> str:
    texts = [f"{place_of(area)}{label_of(area)}" for area in rows[:NAMED]]
    return "、".join(texts) + ("等" if len(rows) > NAMED else "")
