"""The filter above the list of acts."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.area_fields import AreaField, AreaForm
from accounts.audit.registry import registered


class ActFilter(AreaForm):
    """Unit, person by name, type, first and last day; all optional."""

    where = AreaField(label="单位", required=False, help_text="名称、拼音或代码")
    person = forms.CharField(label="姓名", required=False, max_length=40)
    type = forms.ChoiceField(label="操作", required=False)
    since = forms.DateField(label="自", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    until = forms.DateField(label="至", required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = [("", "全部"), *sorted(registered().items(), key=lambda item: item[1])]

    def clean(self) -> dict[str, Any]:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", ValidationError("截止日期早于起始日期", code="dates_not_in_order"))
        return self.cleaned_data

    def chips(self) -> list[dict[str, str]]:
        """Filters in force, each with the address that drops it."""
        found = []
        for name, bound in self.fields.items():
            value = self.cleaned_data.get(name)
            if value:
                rest = {key: self.data[key] for key in self.fields if key != name and self.data.get(key)}
                shown = registered().get(value, value) if name == "type" else str(value)
                found.append({"label": bound.label, "value": shown, "rest": rest})
        return found
