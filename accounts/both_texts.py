"""Two people, one form: whoever saves second sees what both wrote and decides (security T29)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict


@dataclass(frozen=True)
class Differing:
    """One field of a form that holds something else than what is stored now, both in words."""

    label: str
    mine: str
    stored: str


def differing(form: forms.Form | forms.ModelForm, stored: Mapping[str, Any]) -> list[Differing]:
    """Fields of a valid form that differ from `stored`, in the order of the form."""
    return [
        Differing(
            str(bound.label), worded(bound, form.cleaned_data[bound.name]), worded(bound, stored[bound.name])
        )
        for bound in form.visible_fields()
        if bound.name in stored and form.cleaned_data.get(bound.name) != stored[bound.name]
    ]


def worded(bound: forms.BoundField, value: Any) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if value in (None, "", []):
        return "空"
    if isinstance(value, list | tuple):
        return "、".join(str(part) for part in value)
    choices = dict(getattr(bound.field, "choices", ()) or ())
    return str(choices.get(value, value))


def with_version(data: QueryDict, version: int) -> QueryDict:
    """What was typed, on top of what stands now: sending it again is a decision."""
    typed = data.copy()
    typed["version"] = str(version)
    typed.pop("idempotency_key", None)
    return typed
