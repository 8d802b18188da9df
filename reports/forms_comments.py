"""Forms of the comments."""

from collections.abc import Iterable
from typing import Any

from django import forms

from reports.rules.comment_sentences import LIMIT, RuleInForce
from reports.rules.comment_wording import read, shown


class NoteForm(forms.Form):
    """What else happened in a unit that day."""

    date = forms.DateField(label="日期", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    about = forms.CharField(label="涉及单位", max_length=12, widget=forms.Select)
    text = forms.CharField(label="动态", max_length=200)
    figure = forms.IntegerField(label="数", min_value=0, max_value=2_000_000_000)
    measure = forms.CharField(label="计量单位", max_length=10, help_text="如 件、人次、个村")

    def __init__(self, *args: Any, units: Iterable[tuple[str, str]] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["about"].widget.choices = [("", "选下级单位"), *units]


class SettingForm(forms.Form):
    """Which levels write, how long an answer takes, the usual words."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    by_city = forms.BooleanField(label="市对县(市、区)起草", required=False)
    by_county = forms.BooleanField(label="县对乡镇(街道)起草", required=False)
    by_township = forms.BooleanField(label="乡镇对村(社区)起草", required=False)
    reply_hours = forms.IntegerField(label="回复时限（小时）", min_value=1, max_value=720)
    escalate_hours = forms.IntegerField(label="超时多久上提（小时）", min_value=1, max_value=720)
    demand = forms.CharField(label="要求", max_length=300, widget=forms.Textarea({"rows": 2}))
    praise = forms.CharField(label="进度好时的话", max_length=300, widget=forms.Textarea({"rows": 2}))


class RuleForm(forms.Form):
    """One rule: whether it is in use, its limits, its wording."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    enabled = forms.BooleanField(label="启用", required=False)
    wording = forms.CharField(label="措辞", max_length=300, widget=forms.Textarea({"rows": 2}))

    def __init__(self, rule: RuleInForce, *args: object, **kwargs: object) -> None:
        facts = {"version": rule.version, "enabled": rule.enabled, "wording": shown(rule.wording)}
        super().__init__(
            *args, **{"initial": {**facts, **rule.params}, "auto_id": f"{rule.code}_%s", **kwargs}
        )
        for name, label in rule.spec.labels.items():
            self.fields[name] = forms.IntegerField(label=label, min_value=0, max_value=LIMIT)

    def clean_wording(self) -> str:
        return shown(read(self.cleaned_data["wording"]))
