"""What happened to one record: read from the audit trail through a function that checks the scope."""

import datetime as dt
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import connections
from django.db.models import Field

from accounts.audit import label_of
from accounts.choices import OFFICE_ROLES
from elections.models import Org

if TYPE_CHECKING:
    from accounts.scope import Scope

LIMIT: Final = 50


@dataclass(frozen=True)
class Change:
    """One field before and after, as the screen words it."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class PastAct:
    """One act on the record."""

    at: dt.datetime
    label: str
    who: str
    office: str
    reason: str
    changes: list[Change]


def history_of(scope: "Scope", org: Org, moment: dt.datetime | None = None) -> list[PastAct] | None:
    """The newest 50 acts on a record, of them those up to `moment`; None for roles that do not see who did what.

    One query.
    """
    if not scope.has(*OFFICE_ROLES):
        return None
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT at, type, holder_name, office_name, reason, before, after"
            " FROM subject_history(%s, %s, %s)",
            [Org._meta.label_lower, str(org.pk), LIMIT],
        )
        rows = cursor.fetchall()
    return [
        PastAct(at, label_of(type_), who, office, reason, _changes(_loaded(before), _loaded(after)))
        for at, type_, who, office, reason, before, after in rows
        if moment is None or at <= moment
    ]


def _loaded(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    return json.loads(value) if isinstance(value, str) else value


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    return [
        Change(_label(name), worded(name, before.get(name)), worded(name, value))
        for name, value in after.items()
    ]


def _field(name: str) -> Field:
    found = Org._meta.get_field(name)
    assert isinstance(found, Field)
    return found


def _label(name: str) -> str:
    return str(_field(name).verbose_name)


def worded(name: str, value: Any) -> str:
    """A stored value of `name` as people read it: 未报 for null, 是/否, tenths as years, choices by label."""
    if value in (None, ""):
        return "未报" if name not in ("note", "not_due_reason") else "（空）"
    if isinstance(value, bool):
        return "是" if value else "否"
    if name.endswith("_age_tenths"):
        return f"{value // 10}.{value % 10}"
    choices = dict(_field(name).flatchoices)
    return choices.get(value, f"{value:,}" if isinstance(value, int) else str(value))
