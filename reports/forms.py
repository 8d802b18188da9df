"""Forms of a city's settings for the daily report."""

from django import forms

from reports.choices import LocalNature


class CutOffForm(forms.Form):
    """By when townships file and counties forward."""

    township = forms.TimeField(
        label="乡级截止", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    county = forms.TimeField(label="县级截止", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class LocalMetricForm(forms.Form):
    """A city's own item. Its code is made of the initials; a program may give one."""

    name = forms.CharField(label="名称", max_length=20)
    unit = forms.CharField(label="单位", max_length=10, help_text="如 件、人次、份")
    nature = forms.ChoiceField(
        label="性质",
        choices=LocalNature.choices,
        help_text="累计数逐日沿用，减少须说明；当日数每天重新填",
    )
    valid_from = forms.DateField(
        label="自哪天起报", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class EndMetricForm(forms.Form):
    valid_to = forms.DateField(
        label="报到哪天为止", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
