"""Opening an act: the first call of every action."""

import json
from collections.abc import Mapping
from typing import Any

import structlog
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, models

from accounts import free_text
from accounts.audit.registry import require
from accounts.errors import Refusal

builtins_type = type  # `type` is the name of an argument below
MASK = "***"
REASON_LENGTH = 500  # of the column


def act(
    by: Any,
    type: str,
    subject: models.Model | builtins_type | None = None,
    *,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    unit_path: str | None = None,
    using: str = "default",
) -> int:
    """Open an act in the current transaction and return its number; every write after it belongs to it.

    `by` is a Scope, an Assignment or None (the owner's loaders and migrations). It only has to agree with
    the scope in force: the database copies name, role, office and area from the scope token itself.
    `subject` is the row concerned, or its model when the row does not exist yet. `before` and `after` are
    small mappings of field to value; fields in the model's `masked_fields` are kept as '***'.
    Raises LookupError for an undeclared type, Refusal for a reason with an ID or mobile number, or too long.
    """
    require(type)
    if free_text.holds_personal_number(reason):
        raise Refusal(free_text.CODE, free_text.MESSAGE, field="reason")
    if len(reason) > REASON_LENGTH:
        raise Refusal("reason_too_long", f"理由最多 {REASON_LENGTH} 字", field="reason")
    model = subject if subject is None or isinstance(subject, builtins_type) else subject.__class__
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT audit_open_act(%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                _assignment_id(by),
                type,
                model._meta.label_lower if model else "",
                str(subject.pk or "") if isinstance(subject, models.Model) else "",
                unit_path if unit_path is not None else _unit_path(subject),
                reason,
                _as_json(masked(model, before)),
                _as_json(masked(model, after)),
                structlog.contextvars.get_contextvars().get("request_id", ""),
            ],
        )
        return cursor.fetchone()[0]


def masked(model: Any, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """`values` with the model's personal fields (`masked_fields`) replaced by '***'."""
    if values is None:
        return None
    personal = getattr(model, "masked_fields", ())
    return {name: MASK if name in personal and value else value for name, value in values.items()}


def _assignment_id(by: Any) -> int | None:
    if by is None or isinstance(by, models.Model):
        return by.pk if by else None
    return by.assignment_id


def _unit_path(subject: Any) -> str | None:
    """Path of the subject's unit without a query; None lets the database take the scope's own."""
    if not isinstance(subject, models.Model):
        return None
    path = getattr(subject, "unit_path", None) or getattr(subject, "path", None)
    if path:
        return path
    area = subject._state.fields_cache.get("area")
    return area.path if area else None


def _as_json(values: Mapping[str, Any] | None) -> str | None:
    return None if values is None else json.dumps(values, cls=DjangoJSONEncoder, ensure_ascii=False)
