"""Filters of the list of records, as the URL spells them, and the chips that show them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import django_filters
from django import forms
from django.http import QueryDict

from elections.choices import OrgKind, PartyOrgType
from elections.models import Org
from elections.querysets import FIGURES, OrgQuerySet

if TYPE_CHECKING:
    from accounts.models import Area

YES_NO = (("yes", "是"), ("no", "否"))
PARTY = (*PartyOrgType.choices, ("unknown", "未报"))
DUE = (("yes", "应换届"), ("no", "不换届"))
MISSING = (
    ("yes", "有未报数字"),
    *((name, f"{Org._meta.get_field(name).verbose_name}未报") for name in FIGURES),
)


class OrgFilter(django_filters.FilterSet):
    """Declarative filters; an unknown value is refused by the form and shows no rows."""

    q = django_filters.CharFilter(label="找村", method="search", max_length=50)
    kind = django_filters.ChoiceFilter(label="类型", choices=OrgKind.choices, empty_label="全部")
    party = django_filters.ChoiceFilter(label="党组织", choices=PARTY, method="by_party", empty_label="全部")
    due = django_filters.ChoiceFilter(label="换届", choices=DUE, method="by_flag", empty_label="全部")
    pilot = django_filters.ChoiceFilter(label="试点", choices=YES_NO, method="by_flag", empty_label="全部")
    large = django_filters.ChoiceFilter(label="大村", choices=YES_NO, method="by_flag", empty_label="全部")
    missing = django_filters.ChoiceFilter(
        label="缺数", choices=MISSING, method="by_missing", empty_label="全部"
    )

    class Meta:  # no model: it filters records and records as of a moment
        form = forms.Form

    def search(self, rows: OrgQuerySet, name: str, value: str) -> OrgQuerySet:
        """By part of the Chinese name, or by pinyin initials, among the names of the unit in force."""
        return rows.named_like(value, within=self.request.scope.unit.path if self.request else "")

    def by_party(self, rows: OrgQuerySet, name: str, value: str) -> OrgQuerySet:
        """By type of the party organisation; 未报 is one of the answers."""
        return rows.filter(party_org_type="" if value == "unknown" else value)

    def by_flag(self, rows: OrgQuerySet, name: str, value: str) -> OrgQuerySet:
        """By one of the yes/no columns."""
        return rows.filter(**{f"is_{name}": value == "yes"})

    def by_missing(self, rows: OrgQuerySet, name: str, value: str) -> OrgQuerySet:
        """Records with any figure 未报, or with one named figure 未报."""
        return rows.lacking_figures() if value == "yes" else rows.filter(**{f"{value}__isnull": True})


@dataclass(frozen=True)
class Chip:
    """One filter in force: what it says and the URL that lifts it."""

    label: str
    value: str
    remove_url: str


def chips(filter_set: OrgFilter, params: QueryDict, *, unit: "Area | None") -> list[Chip]:
    """The filters in force in the order of the form, each with the URL that lifts it."""
    shown = [Chip("单位", unit.name, _without(params, "unit"))] if unit else []
    if not filter_set.form.is_valid():
        return shown
    for name, field in filter_set.form.fields.items():
        value = filter_set.form.cleaned_data.get(name)
        if value:
            shown.append(Chip(str(field.label), _wording(field, value), _without(params, name)))
    return shown


def _wording(field: forms.Field, value: Any) -> str:
    choices = dict(getattr(field, "choices", ()))
    return str(choices.get(value, value))


def _without(params: QueryDict, name: str) -> str:
    """The list without one filter, from its first page."""
    left = params.copy()
    for key in (name, "after", "before"):
        left.pop(key, None)
    return f"?{left.urlencode()}"
