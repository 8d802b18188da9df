"""Personal values that nobody sees by looking: sealed at rest, masked on every screen, list, file and log.

A row holds a `Masked`: what may be shown, and the sealed rest. Text of it is the mask, so that a template, a
serializer, an export or a log line that prints the field prints the mask; only `accounts.actions.reveals` unseals.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from accounts.errors import Refusal
from accounts.sealed import seal_text, unseal_text

HIDDEN = "*"


@dataclass(frozen=True)
class Shape:
    """A kind of value: its form after blanks and hyphens are taken out, how it is masked, what to say when wrong."""

    form: re.Pattern[str]
    mask: Callable[[str], str]
    wrong: str


def mask_phone(number: str) -> str:
    """138****1234; of a shorter number only the last four digits."""
    shown = number[:3] if len(number) == 11 else ""
    return f"{shown}{HIDDEN * (len(number) - len(shown) - 4)}{number[-4:]}"


def mask_identity(number: str) -> str:
    """The last four of an identity-card number."""
    return f"{HIDDEN * (len(number) - 4)}{number[-4:]}"


SHAPES = {
    "phone": Shape(
        re.compile(r"1[3-9][0-9]{9}|0?[0-9]{7,11}"), mask_phone, "电话须为 7 至 12 位数字，如 13812345678"
    ),
    "identity": Shape(re.compile(r"[0-9]{17}[0-9X]"), mask_identity, "身份证号须为 18 位"),
}


@dataclass(frozen=True)
class Masked:
    """`shown` is the mask, '' for no value; `sealed` can be opened under the name of its own row alone."""

    shown: str = ""
    sealed: str = field(default="", repr=False)

    def __str__(self) -> str:
        return self.shown

    def __bool__(self) -> bool:
        return bool(self.shown)

    @property
    def stored(self) -> str:
        return f"{self.shown}|{self.sealed}" if self else ""


class MaskedField(models.TextField):
    """A sealed column. `shape` is one of SHAPES. Plain text is refused: `seal` makes the value of a saved row.

    It cannot be searched, compared or sorted by: a filter would tell the value digit by digit.
    """

    def __init__(self, *args: Any, shape: str = "phone", **kwargs: Any) -> None:
        self.shape = shape
        super().__init__(*args, **{"blank": True, "default": Masked, **kwargs})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "shape": self.shape}

    def seal(self, row: models.Model, text: str) -> Masked:
        """The value of `text` for this row, which must be saved already: it opens under its key alone. Refusal."""
        if row.pk is None:
            raise ValueError("A value is sealed for a row that has a key")
        plain = re.sub(r"[\s-]", "", text).upper()
        if not plain:
            return Masked()
        shape = SHAPES[self.shape]
        if not plain.isascii() or not shape.form.fullmatch(plain):
            raise Refusal(f"{self.shape}_malformed", shape.wrong, field=self.name)
        shown = shape.mask(plain)
        return Masked(shown, seal_text(plain, self._seal_name(row, shown)))

    def unseal(self, row: models.Model) -> str:
        """The value in clear. Raises SealBroken for one that was written for another row, column or mask."""
        value: Masked = getattr(row, self.attname)
        return unseal_text(value.sealed, self._seal_name(row, value.shown)) if value else ""

    def _seal_name(self, row: models.Model, shown: str) -> str:
        return f"{row._meta.db_table}.{self.column} {row.pk} {shown}"

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Masked:
        shown, _, sealed = (value or "").partition("|")
        return Masked(shown, sealed)

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, Masked) else Masked()

    def get_prep_value(self, value: Any) -> str:
        if isinstance(value, Masked):
            return value.stored
        if value in ("", None):
            return ""
        raise TypeError("Plain text is not stored in a masked column")

    def value_to_string(self, obj: models.Model) -> str:
        return str(getattr(obj, self.attname))

    def get_lookup(self, lookup_name: str) -> Any:
        return super().get_lookup(lookup_name) if lookup_name in ("exact", "regex") else None

    def get_transform(self, lookup_name: str) -> None:
        return None


def sealed_only(name: str, *, table: str) -> models.CheckConstraint:
    """The constraint `<table>_<name>_sealed`: nothing in clear can rest in the column."""
    return models.CheckConstraint(
        condition=models.Q(**{f"{name}__regex": r"^([0-9X]{0,3}[*]+[0-9X]{4}[|]sm4-gcm-1:[0-9a-f]+)?$"}),
        name=f"{table}_{name}_sealed",
        violation_error_code="not_sealed",
        violation_error_message="这一项只能加密保存",
    )
