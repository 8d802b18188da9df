"""/system/users/: accounts and the roles they hold."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.abilities import powers_of
from accounts.actions import people
from accounts.area_fields import LENGTH, picker
from accounts.auth.step_up import steps_up
from accounts.choices import Role
from accounts.doors import allow
from accounts.errors import Refusal
from accounts.forms import GrantForm, UserForm
from accounts.idempotency import shown_once
from accounts.models import Area, Assignment, GrantRequest, User
from accounts.queries.people import lines_of, user_page, visible_users
from accounts.queries.picking import label_of, picked
from accounts.rules.people import MANAGERS, VIEWERS, grantable_roles
from accounts.typed_again import say_no

FILTERS = ("q", "role", "state", "area")


@allow(*VIEWERS)
@require_GET
def user_list(request: HttpRequest) -> HttpResponse:
    """Accounts of the reader's area, by user name; the filters are in the address."""
    asked = {name: request.GET.get(name, "").strip() for name in FILTERS}
    area, problem = None, ""
    try:
        area = next(iter(picked(request.scope, asked["area"], field="area")), None)
    except Refusal as refusal:
        problem, asked["area"] = refusal.messages[0], ""
    asked["area"] = area.code if area else ""
    page = user_page(
        request.scope,
        q=asked["q"],
        role=asked["role"],
        state=asked["state"],
        area=area,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    kept = {name: value for name, value in asked.items() if value}
    return render(
        request,
        "accounts/user_list.html",
        {
            "page": page,
            "today": timezone.localdate(),
            "asked": asked,
            "area": picker("area", label_of(area) if area else request.GET.get("area", "")[:LENGTH]),
            "problem": problem,
            "chips": _chips(asked, area),
            "roles": Role.choices,
            "next_url": f"?{urlencode({**kept, 'after': page.next})}" if page.next else "",
            "previous_url": f"?{urlencode({**kept, 'before': page.previous})}" if page.previous else "",
            "may_manage": request.scope.role in MANAGERS,
        },
    )


@allow(*MANAGERS)
@never_cache
@require_http_methods(["GET", "POST"])
def user_create(request: HttpRequest) -> HttpResponse:
    """A new account; its one-time password is on the answer and nowhere else."""
    form = UserForm(request.POST or None)
    if form.is_valid():
        try:
            user, password = people.create_user(by=request.scope, **form.cleaned_data)
        except ValidationError as refusal:
            _add_errors(form, refusal)
        else:
            return _password_once(request, user, password, created=True)
    return render(request, "accounts/user_create.html", {"form": form}, status=400 if form.errors else 200)


@allow(*VIEWERS)
@never_cache
@require_GET
def user_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _detail(request, _user(request, pk))


@allow(*MANAGERS)
@require_POST
@steps_up
def role_grant(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    form = GrantForm(request.POST, roles=grantable_roles(request.scope.role), scope=request.scope)
    if form.is_valid():
        given = form.cleaned_data
        try:
            given_to = people.grant_role(
                user,
                role=given["role"],
                area=given["area"],
                office_name=given["office_name"],
                department=given["department"],
                units=given["units"],
                valid_from=given["valid_from"],
                valid_to=given["valid_to"],
                by=request.scope,
            )
        except ValidationError as refusal:
            _add_errors(form, refusal)
        else:
            label = Role(given["role"]).label
            asked = isinstance(given_to, GrantRequest)
            done = f"{label}须两人办理：申请已提交，等另一名管理员审批" if asked else f"已授予{label}"
            messages.success(request, done)
            return redirect("users:detail", pk=user.pk)
    return _detail(request, user, form=form, status=400)


@allow(*MANAGERS)
@require_POST
@steps_up
def role_end(request: HttpRequest, pk: int) -> HttpResponse:
    """`pk` is the assignment."""
    assignment = get_object_or_404(Assignment.objects.visible_to(request.scope), pk=pk)
    _attempt(
        request,
        "已收回",
        lambda: people.end_role(assignment, by=request.scope, reason=request.POST.get("reason", "")),
    )
    return redirect("users:detail", pk=assignment.user_id)


@allow(*MANAGERS)
@require_POST
@steps_up
def user_active(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    active = request.POST.get("active") == "1"
    _attempt(
        request,
        "已恢复" if active else "已停用，登录中的会话已结束",
        lambda: people.set_active(
            user, active=active, by=request.scope, reason=request.POST.get("reason", "")
        ),
    )
    return redirect("users:detail", pk=pk)


@allow(*MANAGERS)
@never_cache
@require_POST
@steps_up
def password_reset(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request, pk)
    try:
        password = people.reset_password(user, by=request.scope, reason=request.POST.get("reason", ""))
    except ValidationError as refusal:
        say_no(request, refusal)
        return redirect("users:detail", pk=pk)
    return _password_once(request, user, password, created=False)


def _detail(
    request: HttpRequest, user: User, *, form: GrantForm | None = None, status: int = 200
) -> HttpResponse:
    may_manage = request.scope.role in MANAGERS
    if form is None and may_manage:
        start = {"valid_from": timezone.localdate()}
        form = GrantForm(initial=start, roles=grantable_roles(request.scope.role), scope=request.scope)
    line, today = lines_of(request.scope, [user])[0], timezone.localdate()
    return render(
        request,
        "accounts/user_detail.html",
        {
            "account": user,
            "line": line,
            "powers": powers_of(line.in_force(today)) if user.is_active else [],
            "today": today,
            "form": form,
            "may_manage": may_manage,
            "steps": [("账号", reverse("users:list")), (user.display_name, "")],
        },
        status=status,
    )


def _password_once(request: HttpRequest, user: User, password: str, *, created: bool) -> HttpResponse:
    facts = {"account": user, "password": password, "created": created}
    return shown_once(render(request, "accounts/user_password.html", facts, status=201 if created else 200))


def _user(request: HttpRequest, pk: int) -> User:
    return get_object_or_404(visible_users(request.scope), pk=pk)


def _attempt(request: HttpRequest, done: str, act: Any) -> None:
    try:
        act()
    except ValidationError as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, done)


def _add_errors(form: Any, error: ValidationError) -> None:
    """A refusal beside the field it is about; what the form does not show goes to its head."""
    if hasattr(error, "error_dict"):
        for name, parts in error.error_dict.items():
            form.add_error(name if name in form.fields else None, parts)
        return
    field = getattr(error, "field", "")
    form.add_error(field if field in form.fields else None, error)


def _chips(asked: dict[str, str], area: Area | None) -> list[dict[str, str]]:
    words = {
        "q": ("查找", asked["q"]),
        "role": ("角色", dict(Role.choices).get(asked["role"], asked["role"])),
        "state": ("状态", {"on": "启用", "off": "停用"}.get(asked["state"], asked["state"])),
        "area": ("区域", area.name if area else ""),
    }
    chips = []
    for name, (label, value) in words.items():
        if asked[name]:
            rest = {other: text for other, text in asked.items() if text and other != name}
            chips.append({"label": label, "value": value, "remove_url": f"?{urlencode(rest)}"})
    return chips
