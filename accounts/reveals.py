"""What can be revealed: apps register each masked field once, in `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Model, QuerySet

from accounts.masked import MaskedField

if TYPE_CHECKING:
    from accounts.models import Area
    from accounts.scope import Scope


@dataclass(frozen=True)
class Revealable:
    """One masked field. `rows`: rows a reader may see; `unit`: the unit a row belongs to; `page`: where it stands."""

    code: str
    label: str
    field: MaskedField
    roles: tuple[str, ...]
    rows: Callable[[Scope], QuerySet[Any]]
    unit: Callable[[Scope, Any], Area | None]
    page: Callable[[Any], str]


_registered: dict[str, Revealable] = {}


def register(
    code: str,
    field: Any,
    *,
    roles: tuple[str, ...],
    page: Callable[[Any], str],
    rows: Callable[[Scope], QuerySet[Any]] | None = None,
    unit: Callable[[Scope, Any], Area | None] | None = None,
) -> None:
    """Let `roles` reveal a field: `register("candidate.phone", Candidate._meta.get_field("phone"), …)`.

    Left out, `rows` are those `visible_to` the reader and `unit` is the row's `area`. `code` stands in addresses and
    in the register of reveals and never changes.
    """
    if not isinstance(field, MaskedField):
        raise TypeError(f"{code}: only a MaskedField is revealed")
    model: type[Model] = field.model
    _registered[code] = Revealable(
        code=code,
        label=str(field.verbose_name),
        field=field,
        roles=tuple(map(str, roles)),
        rows=rows or (lambda scope: model.objects.visible_to(scope)),  # type: ignore[attr-defined]
        unit=unit or (lambda scope, row: row.area),
        page=page,
    )


def revealable(code: str) -> Revealable | None:
    return _registered.get(code)


def lookable(role: str) -> list[str]:
    """Codes of the fields that this role may reveal."""
    return [code for code, one in _registered.items() if str(role) in one.roles]


def label_of(code: str) -> str:
    """What a field is called; a code that is no longer registered stands for itself."""
    return _registered[code].label if code in _registered else code
