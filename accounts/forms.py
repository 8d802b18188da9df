"""Shapes of the ground floor's forms."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.auth.passwords import LengthAndClasses, check_rules
from accounts.choices import AreaOperationKind, Role
from accounts.models import User
from accounts.rules.area_operations import KINDS


class SignInForm(forms.Form):
    username = forms.CharField(
        label="用户名", max_length=40, widget=forms.TextInput({"autocomplete": "username", "autofocus": True})
    )
    password = forms.CharField(
        label="密码",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class PasswordForm(forms.Form):
    """Change of one's own password."""

    old = forms.CharField(
        label="现用密码",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password", "autofocus": True}),
    )
    new = forms.CharField(
        label="新密码",
        max_length=128,
        strip=False,
        help_text=LengthAndClasses().get_help_text(),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一次新密码",
        max_length=128,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new(self) -> str:
        check_rules(self.cleaned_data["new"], self.user)
        return self.cleaned_data["new"]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("new") and given.get("again") and given["new"] != given["again"]:
            self.add_error("again", ValidationError("两次输入的新密码不一致", code="password_mismatch"))
        return given


class UserForm(forms.Form):
    """A new account."""

    username = forms.CharField(
        label="用户名", max_length=40, help_text="3 至 40 位小写字母、数字、点、横线或下划线，字母开头。"
    )
    display_name = forms.CharField(label="姓名", max_length=40)

    def clean_username(self) -> str:
        return self.cleaned_data["username"].strip().lower()


class GrantForm(forms.Form):
    """A role in an area, from a day to a day."""

    role = forms.ChoiceField(label="角色", choices=Role.choices)
    area = forms.CharField(
        label="管辖区域代码", max_length=12, required=False, help_text="区划代码，如 330702001；三员可不填。"
    )
    office_name = forms.CharField(label="单位", max_length=60)
    department = forms.CharField(label="部门", max_length=40, required=False, help_text="联审部门须填。")
    units = forms.CharField(
        label="指定村(社区)",
        required=False,
        help_text="包联领导、督导、评估：只看这些村的代码，用空格隔开；不填为整个区域。",
    )
    valid_from = forms.DateField(label="自", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    valid_to = forms.DateField(
        label="至", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, roles: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in Role if role in roles]


def _codes(text: str) -> list[str]:
    """Codes of a field, separated by blanks, commas or lines."""
    return text.replace(",", " ").replace("，", " ").replace("、", " ").split()


class AreaOperationForm(forms.Form):
    """A dated change of the tree; which fields count depends on the kind."""

    kind = forms.ChoiceField(label="变更", choices=AreaOperationKind.choices)
    effective_on = forms.DateField(
        label="生效日",
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text="今天或以前的，审批后即执行。",
    )
    units = forms.CharField(label="单位代码", max_length=2000, help_text="划转、合并可写几个，用空格隔开。")
    parent = forms.CharField(label="划入的上级代码", max_length=12, required=False, help_text="划转填写。")
    name = forms.CharField(
        label="新名称", max_length=60, required=False, help_text="更名、合并为新单位、析置填写。"
    )
    unit_kind = forms.ChoiceField(
        label="类型",
        required=False,
        choices=[("", "—"), *((kind.value, kind.label) for kinds in KINDS.values() for kind in kinds)],
        help_text="改类型、合并为新单位、析置填写。",
    )
    code = forms.CharField(
        label="合并后（析出）单位的代码",
        max_length=12,
        required=False,
        help_text="合并到其中一个单位的，写它的代码。",
    )
    children = forms.CharField(
        label="随同划出的下级代码", max_length=8000, required=False, help_text="析置乡镇填写，用空格隔开。"
    )
    reason = forms.CharField(label="依据", max_length=200, help_text="批文号或会议纪要。")

    def plan(self) -> dict[str, Any]:
        """The plan as `AreaOperation.plan` keeps it."""
        given = self.cleaned_data
        plan: dict[str, Any] = {"units": _codes(given["units"]), "children": _codes(given["children"])}
        plan |= {key: given[key].strip() for key in ("parent", "name", "unit_kind", "code")}
        return {key: value for key, value in plan.items() if value}
