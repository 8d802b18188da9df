"""What an account may do and where, in sentences: made from the doors of the routes and the roles held.

Apps register one sentence for each route that does something; who may is read from the route's own door, so that a
sentence never promises what the door refuses. What may be looked at is read from the menu.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from accounts import navigation
from accounts.choices import BUSINESS_READERS, Role
from accounts.models import Assignment
from accounts.queries.people import names_of_units
from accounts.rules.people import TOWNSHIP_ROLES

_sentences: dict[str, tuple[str, frozenset[str] | None]] = {}


@dataclass(frozen=True)
class Power:
    """One role of an account: who as what, where and how long; what it opens, does and never does."""

    title: str
    where: str
    until: str
    sees: str
    does: list[str]
    never: list[str]


def register(sentences: dict[str, str], *, only: Iterable[str] | None = None) -> None:
    """Say what each route does. `only`: roles for which the view itself goes on, where its door opens wider."""
    roles = None if only is None else frozenset(str(role) for role in only)
    for name, sentence in sentences.items():
        _sentences[name] = (sentence, roles)


def registered() -> frozenset[str]:
    """Names of the routes that have a sentence."""
    return frozenset(_sentences)


def acts_of(role: str) -> list[str]:
    """What the doors let this role do, each sentence once, in the order registered."""
    doors = _doors()
    found = [
        sentence
        for name, (sentence, only) in _sentences.items()
        if role in doors.get(name, ()) and (only is None or role in only)
    ]
    return list(dict.fromkeys(found))


def screens_of(role: str) -> list[str]:
    """Labels of the menu lines this role finds."""
    return [entry.label for entry in navigation.entries() if role in entry.roles]


def powers_of(held: list[Assignment]) -> list[Power]:
    """The sentences of the assignments in force. One query, or none."""
    names = names_of_units(held)
    return [power_of(row, names) for row in held]


def power_of(held: Assignment, names: dict[int, str]) -> Power:
    """The sentences of one assignment; `names`: of the villages it is confined to. No query."""
    role = f"{held.get_role_display()}{f'（{held.department}）' if held.department else ''}"
    return Power(
        title=role if held.office_name == held.get_role_display() else f"{held.office_name}，{role}",
        where=_where(held, names),
        until=_until(held.valid_from, held.valid_to),
        sees="、".join(screens_of(held.role)),
        does=acts_of(held.role),
        never=never_of(held.role),
    )


def _where(held: Assignment, names: dict[int, str]) -> str:
    if held.units:
        listed = [names[key] for key in held.units if key in names]
        shown = "、".join(listed[:10])
        return f"只在指定的 {len(held.units)} 个单位：{shown}{'等' if len(held.units) > 10 else ''}"
    if held.area is None:
        return "在全系统"
    return f"在{held.area.name}及其以下的单位，看不到其他地方"


def _until(begin: date, end: date | None) -> str:
    return f"自 {begin:%Y-%m-%d} 起{f'，到 {end:%Y-%m-%d} 为止' if end else '，长期'}"


def never_of(role: str) -> list[str]:
    """What no screen opens for the role: the separate duties (三员分立)."""
    never = []
    if role not in BUSINESS_READERS:
        never.append("看不到村和社区的数据、材料" if role != Role.WALL else "只看合计，打不开村和社区的数据")
    if role == Role.ADMIN:
        own = "、".join(label for value, label in Role.choices if value in TOWNSHIP_ROLES)
        never.append(f"不能单独授予{own}以外的角色")
    if role == Role.SECURITY_ADMIN:
        never.append("不能单独授予乡镇以上的角色，须另一名管理员同意")
    if role == Role.AUDITOR:
        never.append("不能改任何数据、账号和设置")
    if role in (Role.ADMIN, Role.SECURITY_ADMIN):
        never.append("不能处理、审批关于自己的账号和申请")
    return never


@cache
def _doors() -> dict[str, tuple[str, ...]]:
    """Roles that each page's view declares, by route name."""
    return dict(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[Any], namespace: str) -> Iterable[tuple[str, tuple[str, ...]]]:
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else ""
            yield from _walk(entry.url_patterns, namespace + inner)
        elif isinstance(entry, URLPattern) and entry.name:
            roles = getattr(entry.callback, "allowed_roles", ())
            if isinstance(roles, tuple):
                yield namespace + entry.name, roles
