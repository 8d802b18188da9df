"""Shapes of the ground floor's forms."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.area_fields import HOW, AreaField, AreaForm
from accounts.auth.passwords import LengthAndClasses, check_rules
from accounts.choices import Level, Role
from accounts.models import User


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


class GrantForm(AreaForm):
    """A role in an area, from a day to a day."""

    role = forms.ChoiceField(label="角色", choices=Role.choices)
    area = AreaField(label="管辖区域", required=False, help_text=f"{HOW}三员可不填。")
    office_name = forms.CharField(label="单位", max_length=60)
    department = forms.CharField(label="部门", max_length=40, required=False, help_text="联审部门须填。")
    units = AreaField(
        label="指定村(社区)",
        required=False,
        many=True,
        levels=(Level.VILLAGE,),
        under="area",
        help_text="包联领导、督导、评估：只看这些村，一行一个，可整列粘贴代码；不填为整个区域。",
    )
    valid_from = forms.DateField(label="自", widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    valid_to = forms.DateField(
        label="至", required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, roles: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role.value, role.label) for role in Role if role in roles]
