"""What the screens, the API and the job of area operations read."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.db import connections
from django.db.models import DateField, F, Max
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts import area_moves
from accounts.choices import AreaOperationKind, AreaOperationState
from accounts.errors import Refusal
from accounts.models import Area, AreaOperation, AreaVersion
from accounts.querysets import path_range
from accounts.rules import area_operations as rules
from accounts.rules.area_effects import Effect, effects
from accounts.rules.area_operations import Asked, Place
from accounts.scope import Scope
from accounts.today import Card

MOST_SHOWN = 200


@dataclass(frozen=True)
class Consequence:
    """What the change means for the rows of one app, in sentences."""

    label: str
    sentences: list[str]


@dataclass(frozen=True)
class Preview:
    """What both persons see before they sign: the units, the rule for the data, rows by table, what each app says."""

    summary: str
    area: str
    effects: list[Effect]
    rules: tuple[str, ...]
    counts: list[tuple[str, int]]
    consequences: list[Consequence]


def asked_of(kind: AreaOperationKind, day: datetime.date, plan: dict[str, Any]) -> Asked:
    """The plan with its units looked up. A code that is no unit is refused. Two queries a unit, and four."""
    wanted = [*plan["units"], *plan.get("children", []), *([plan["parent"]] if plan.get("parent") else [])]
    rows = {area.code: area for area in Area.objects.filter(code__in=wanted)}
    for code in wanted:
        if code not in rows:
            raise Refusal(
                "area_unknown",
                f"没有代码为 {code[:20]} 的单位，请到区划页查准代码",
                field="units",
                source=rules.SOURCE,
            )
    units = _places([rows[code] for code in plan["units"]])
    return Asked(
        kind=kind,
        day=day,
        units=units,
        parent=_places([rows[plan["parent"]]])[0] if plan.get("parent") else None,
        children=_places([rows[code] for code in plan.get("children", [])]),
        below=_places(Area.objects.filter(parent__in=[u.id for u in units], valid_to=None).order_by("path")),
        code=plan.get("code", ""),
        name=plan.get("name", ""),
        unit_kind=plan.get("unit_kind", ""),
        code_taken=Area.objects.filter(code=plan.get("code", "")).exists(),
    )


def _places(areas: Iterable[Area]) -> tuple[Place, ...]:
    return tuple(
        Place(
            id=area.pk,
            code=area.code,
            name=area.name,
            level=area.level,
            kind=area.kind,
            parent_id=area.parent_id,
            path=area.path,
            valid_to=area.valid_to,
            subtree_since=_latest_change(area),
            in_electorate=area.in_electorate,
        )
        for area in areas
    )


def _latest_change(area: Area) -> datetime.date | None:
    """First day of the newest state at or below the unit; a unit that has left it since counts by that day."""
    rows = Area.objects.filter(path_range(area.path, "path"))
    since = Coalesce(F("version_from"), F("valid_from"))
    latest = rows.aggregate(latest=Max(Cast(since, DateField())))["latest"]
    left = AreaVersion.objects.filter(path_range(area.path, "path")).aggregate(last=Max("valid_to"))["last"]
    return max((day for day in (latest, left) if day is not None), default=None)


def scope_unit(path: str) -> Area:
    """The unit of a path."""
    return Area.objects.get(path=path)


def preview(asked: Asked, compiled: rules.Compiled) -> Preview:
    """What the change does, in numbers and sentences. Counts are numbers of rows; nobody needs to read the rows."""
    change = compiled.change
    units = sorted({*change.roots, *change.closed})
    return Preview(
        summary=compiled.summary,
        area=scope_unit(compiled.superior).name,
        effects=effects(asked, compiled),
        rules=rules.DATA_RULES[change.kind],
        counts=counts_of(units) if units else [],
        consequences=[
            Consequence(share.label, sentences)
            for share in area_moves.shares()
            if (sentences := share.tell(change))
        ],
    )


def counts_of(units: Sequence[int]) -> list[tuple[str, int]]:
    """(table's name in words, rows at or below the units), the largest first. One query."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT relation, rows FROM area_move_counts(%s)", [list(units)])
        found = dict(cursor.fetchall())
    return sorted(((word_of(table), rows) for table, rows in found.items()), key=lambda pair: -pair[1])


def word_of(table: str) -> str:
    """What users call the rows of a table."""
    names = {model._meta.db_table: str(model._meta.verbose_name) for model in apps.get_models()}
    return names.get(table, table)


def operations(scope: Scope, *, state: str = "", batch: str = "") -> list[AreaOperation]:
    """The newest 200 operations of the reader's area, of a state or a workbook where asked. One query."""
    rows = AreaOperation.objects.visible_to(scope).select_related("area")
    if state:
        rows = rows.filter(state=state)
    if batch:
        rows = rows.filter(batch=batch)
    return list(rows[:MOST_SHOWN])


def waiting_cards(scope: Scope, now: datetime.datetime) -> Iterable[Card]:
    """今日 of those who approve: changes proposed by others, those of one workbook on one card. One query."""
    if scope.role not in rules.DECIDERS or scope.units is not None:
        return
    holder = scope.assignment.user_id if scope.assignment else 0
    rows = AreaOperation.objects.visible_to(scope).filter(state=AreaOperationState.PROPOSED)
    found: dict[str, list[AreaOperation]] = defaultdict(list)
    for row in rows.exclude(proposed_by_account=holder).select_related("area").order_by("pk"):
        found[row.batch or str(row.pk)].append(row)
    for members in found.values():
        first = members[0]
        url = reverse("areas:change", args=[first.pk])
        title = f"审批区划变更：{first.summary[:40]}"
        if first.batch:
            url = f"{reverse('areas:changes')}?{urlencode({'batch': first.batch})}"
            title = f"审批区划变更 {len(members)} 项"
        detail = f"{first.proposed_by_name}提出，{first.effective_on} 生效，依据：{first.reason}"
        yield Card(None, title, detail, first.area.name, url, "审批", "区划")


def preview_of(operation: AreaOperation) -> Preview:
    """The preview of a proposed or approved change, from the tree as it is now; refused where it is no longer allowed."""
    asked = asked_of(AreaOperationKind(operation.kind), operation.effective_on, operation.plan)
    return preview(asked, rules.compile_steps(asked, timezone.localdate()))


def outcome_of(operation: AreaOperation) -> list[str]:
    """What was done, in sentences; of a failed change why not."""
    found = operation.outcome
    if "message" in found:
        return [found["message"]]
    if not found:
        return []
    rows = [f"{word_of(table)} {count:,} 行随单位划转" for table, count in found.get("rows", {}).items()]
    ended = [f"收回 {found['ended']} 个账号授权"] if found.get("ended") else []
    return [*rows, *ended, *found.get("told", [])]
