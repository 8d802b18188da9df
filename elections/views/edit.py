"""修改档案: the record as a form. A save on an older state is merged in sight, never overwritten in silence."""

import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.choices import Role
from accounts.doors import allow
from accounts.errors import Refusal
from elections import actions, rules
from elections.actions.orgs import field_values
from elections.forms import OrgForm
from elections.models import Org
from elections.queries.history import worded
from elections.views.files import file_steps, org_in_scope, org_url


@allow(Role.TOWNSHIP)
@require_http_methods(["GET", "POST"])
def org_edit(request: HttpRequest, code: str) -> HttpResponse:
    """The form; after a stale save it holds the merged record, with what each side has changed above it."""
    org = org_in_scope(request, code)
    stored = field_values(org)
    form = OrgForm(request.POST or None, instance=org, initial=_initial(org, stored))
    context: dict[str, Any] = {"org": org, "steps": file_steps(request, org, "修改档案")}
    if request.method == "POST" and form.is_valid():
        try:
            _save(form, org, request)
        except Refusal as refusal:
            if refusal.code == "stale_record":
                context["conflicts"] = _conflicts(form, stored)
                form = _merged_form(form, org, stored)
            context["oddities"] = rules.oddities(form.values())
            form.add_error("reason" if refusal.field == "reason" else None, refusal)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "已保存")
            return redirect(org_url(request, org))
    context["form"] = form
    context["reason_word"] = "有提醒时必填" if context.get("oddities") else "可不填"
    return render(request, "elections/org_edit.html", context, status=409 if "conflicts" in context else 200)


def _initial(org: Org, stored: dict[str, Any]) -> dict[str, Any]:
    return {"version": org.version, "base": json.dumps(stored, ensure_ascii=False)}


def _save(form: OrgForm, org: Org, request: HttpRequest) -> None:
    data = form.cleaned_data
    actions.change_org(org, form.values(), version=data["version"], by=request.scope, reason=data["reason"])


def _merged_form(form: OrgForm, org: Org, stored: dict[str, Any]) -> OrgForm:
    """My changes on top of what is stored now: sending it again is a decision, not an accident."""
    data: QueryDict = form.data.copy()
    for name, value in rules.merged(form.opened_with(), form.values(), stored).items():
        data[name] = form.posted(name, value)
    for name, value in _initial(org, stored).items():
        data[name] = str(value)
    merged = OrgForm(data, instance=org)
    merged.is_valid()
    return merged


@dataclass(frozen=True)
class Conflict:
    """One field that one side or both have changed since the form was opened."""

    label: str
    before: str
    mine: str
    stored: str
    both: bool


def _conflicts(form: OrgForm, stored: dict[str, Any]) -> list[Conflict]:
    """What I changed and what the others changed, field by field in the order of the form."""
    base, mine = form.opened_with(), form.values()
    return [
        Conflict(
            str(form.fields[name].label),
            worded(name, base.get(name)),
            worded(name, mine[name]),
            worded(name, stored[name]),
            mine[name] != base.get(name) and stored[name] not in (base.get(name), mine[name]),
        )
        for name in rules.EDITABLE
        if mine[name] != stored[name] or stored[name] != base.get(name)
    ]
