"""Shapes of what people type: the round and the record of one village."""

import datetime as dt
import json
import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from elections import rules
from elections.models import Org, Round

TRISTATE = ((None, "未报"), (True, "是"), (False, "否"))


class TenthsField(forms.DecimalField):
    """Years with one decimal on the screen, tenths of a year underneath."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=4, decimal_places=1, min_value=Decimal(0), **options)

    def prepare_value(self, value: Any) -> Any:
        return f"{value // 10}.{value % 10}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        years = super().clean(value)
        return None if years is None else int(years * 10)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class DatesField(forms.CharField):
    """Several days in one box: 2026-12-05、2026-12-06, one per line or separated by any comma."""

    def prepare_value(self, value: Any) -> Any:
        return "、".join(day.isoformat() for day in value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[dt.date]:
        text = super().clean(value)
        days = []
        for part in re.split(r"[\s,，、;；]+", text.strip()):
            if not part:
                continue
            try:
                days.append(dt.date.fromisoformat(part))
            except ValueError:
                raise ValidationError(f"“{part}”不是日期，写成 2026-12-05", code="bad_date") from None
        return days


class OrgForm(forms.ModelForm):
    """One record. `version` is the state the form was filled from; `reason` answers the oddities."""

    current_age_tenths = TenthsField(label="现任平均年龄", required=False)
    previous_age_tenths = TenthsField(label="上届平均年龄", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)
    base = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4000)
    reason = forms.CharField(
        label="情况说明", max_length=200, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    class Meta:
        model = Org
        fields = rules.EDITABLE
        widgets = {
            "not_due_reason": forms.TextInput,
            "current_one_shoulder": forms.Select(choices=TRISTATE),
            "previous_one_shoulder": forms.Select(choices=TRISTATE),
        }

    def values(self) -> dict[str, Any]:
        """The record fields as the action takes them."""
        return {name: self.cleaned_data[name] for name in rules.EDITABLE}

    def opened_with(self) -> dict[str, Any]:
        """The record as it stood when the form was opened; only used to tell who changed what."""
        try:
            found = json.loads(self.cleaned_data.get("base") or "{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    def posted(self, name: str, value: Any) -> Any:
        """A value as the browser would post it."""
        shown = self.fields[name].prepare_value(value)
        return "" if shown is None else shown


class RoundForm(forms.ModelForm):
    """Dates of a round."""

    excluded_dates = DatesField(
        label="不报日", required=False, help_text="这些日子不要求上报，如 2026-12-05、2026-12-06"
    )
    version = forms.IntegerField(widget=forms.HiddenInput, initial=1)

    class Meta:
        model = Round
        fields = (
            "name",
            "year",
            "starts_on",
            "ends_on",
            "reporting_from",
            "reporting_to",
            "excluded_dates",
            "law_profile",
            "is_current",
            "practice",
        )
        widgets = {
            name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
            for name in ("starts_on", "ends_on", "reporting_from", "reporting_to")
        }
