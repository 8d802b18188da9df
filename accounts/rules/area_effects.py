"""What a change does to each unit, in words: the list that two persons read before they sign. Pure functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from accounts.choices import AreaKind, AreaOperationKind
from accounts.rules.area_operations import Asked, Compiled, Place

# Who signs, said before a change is proposed.
SIGNERS: Final = "由市换届办或系统管理员中的另一个人审批，提出人自己不能审批。"


@dataclass(frozen=True)
class Effect:
    """One unit: its code, its name now, and what happens to it."""

    code: str
    name: str
    what: str


def effects(asked: Asked, compiled: Compiled) -> list[Effect]:
    """One line for each unit that begins, ends or changes, in the order of the steps."""
    known = {place.id: place for place in (*asked.units, *asked.below, *asked.children)}
    names = {place.code: place.name for place in known.values()}
    if asked.parent is not None:
        names[asked.parent.code] = asked.parent.name
    names |= {step["code"]: step["name"] for step in compiled.steps if step["do"] == "open"}
    said = [_effect(step, asked, known, names) for step in compiled.steps]
    if asked.kind == AreaOperationKind.MERGE and (kept := _kept(asked)) is not None:
        said.insert(0, Effect(kept.code, kept.name, "保留，接收其余单位"))
    return said


def _kept(asked: Asked) -> Place | None:
    return next((unit for unit in asked.units if unit.code == asked.code), None)


def _effect(step: dict[str, Any], asked: Asked, known: dict[int, Place], names: dict[str, str]) -> Effect:
    if step["do"] == "open":
        return Effect(step["code"], step["name"], f"新设，{AreaKind(step['kind']).label}")
    unit = known[step["area"]]
    if step["do"] == "close":
        return Effect(unit.code, unit.name, f"撤销，并入{names[asked.code]}")
    return Effect(unit.code, unit.name, "，".join(_alterations(step, unit, asked, names)))


def _alterations(step: dict[str, Any], unit: Place, asked: Asked, names: dict[str, str]) -> Iterator[str]:
    if "parent_code" in step:
        yield f"划归{names[step['parent_code']]}"
    elif "parent" in step and asked.parent is not None:
        yield f"划归{asked.parent.name}"
    if step.get("kind", unit.kind) != unit.kind:
        yield f"{AreaKind(unit.kind).label}改为{AreaKind(step['kind']).label}"
    if step.get("name", unit.name) != unit.name:
        yield f"更名为{step['name']}"
