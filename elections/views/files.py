"""村情档案: one village on one page, its edit form and its print sheet."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.choices import Role
from accounts.doors import allow
from accounts.errors import Refusal
from accounts.formats import moment_full
from elections import actions, rules
from elections.actions.orgs import field_values
from elections.choices import Term
from elections.file_panels import panels_for
from elections.forms import OrgForm
from elections.models import Org
from elections.queries.history import history_of
from elections.queries.orgs import neighbours, org_by_code
from elections.views.lists import READERS
from elections.views.units import crumbs, round_of


def _org(request: HttpRequest, code: str) -> Org:
    return get_object_or_404(org_by_code(request.scope, round_of(request), code))


@allow(*READERS)
@require_safe
def org_file(request: HttpRequest, code: str) -> HttpResponse:
    """Record, figures, team now and last term, panels of other apps, history."""
    org = _org(request, code)
    before, after = neighbours(request.scope, org)
    context = {
        **_facts(org),
        "steps": _steps(request, org, "村情档案"),
        "previous": _neighbour(request, before),
        "next": _neighbour(request, after),
        "panels": panels_for(request.scope, org),
        "may_edit": request.scope.has(Role.TOWNSHIP),
        "history": history_of(request.scope, org),
    }
    return render(request, "elections/org_file.html", context)


@allow(*READERS)
@require_safe
def org_print(request: HttpRequest, code: str) -> HttpResponse:
    """一村一策 on A4."""
    org = _org(request, code)
    context = {
        **_facts(org),
        "steps": _steps(request, org, "一村一策"),
        "panels": panels_for(request.scope, org),
        "printed_at": timezone.now(),
        "printed_by": request.scope,
        "as_of": moment_full(timezone.now()),
        "check_code": check_code(org),
    }
    return render(request, "elections/org_print.html", context)


@allow(Role.TOWNSHIP)
@require_http_methods(["GET", "POST"])
def org_edit(request: HttpRequest, code: str) -> HttpResponse:
    """The record as a form; a save on an older state shows both texts instead of overwriting."""
    org = _org(request, code)
    stored = field_values(org)
    form = OrgForm(request.POST or None, instance=org, initial={"version": org.version})
    context: dict[str, Any] = {"org": org, "steps": _steps(request, org, "修改档案")}
    if request.method == "POST" and form.is_valid():
        try:
            _save(form, org, request)
        except Refusal as refusal:
            if refusal.code == "stale_record":
                form = _carried(form, org)
                context["conflicts"] = _conflicts(form, stored)
            context["oddities"] = rules.oddities(form.values())
            form.add_error("reason" if refusal.field == "reason" else None, refusal)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "已保存")
            return redirect(org_url(request, org))
    context["form"] = form
    context["reason_word"] = "有提醒时必填" if context.get("oddities") else "可不填"
    return render(
        request, "elections/org_edit.html", context, status=409 if context.get("conflicts") else 200
    )


def _save(form: OrgForm, org: Org, request: HttpRequest) -> None:
    data = form.cleaned_data
    actions.change_org(org, form.values(), version=data["version"], by=request.scope, reason=data["reason"])


def _carried(form: OrgForm, org: Org) -> OrgForm:
    """What was typed, on top of the state now stored: sending it again is a decision, not an accident."""
    data = form.data.copy()
    data["version"] = str(org.version)
    carried = OrgForm(data, instance=org)
    carried.is_valid()
    return carried


@dataclass(frozen=True)
class Conflict:
    """One field in which the typed value and the stored one differ, as the form words them."""

    label: str
    mine: str
    stored: str


def _conflicts(form: OrgForm, stored: dict[str, Any]) -> list[Conflict]:
    typed = form.values()
    return [
        Conflict(
            str(form.fields[name].label), wording(form, name, typed[name]), wording(form, name, stored[name])
        )
        for name in rules.changed_fields(stored, typed)
    ]


def wording(form: OrgForm, name: str, value: Any) -> str:
    """A value as the screen words it: choices by label, 未报 for what is missing."""
    if value in (None, ""):
        return "未报"
    if isinstance(value, bool):
        return "是" if value else "否"
    choices = dict(getattr(form.fields[name], "choices", ()))
    return str(choices.get(value, form.fields[name].prepare_value(value)))


def check_code(org: Org) -> str:
    """Eight hexadecimal digits over the printed record, to tell two sheets of the same village apart."""
    text = json.dumps([org.pk, org.version, field_values(org)], sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8].upper()
    return f"{digest[:4]} {digest[4:]}"


def _facts(org: Org) -> dict[str, Any]:
    """The record as the page and the print sheet show it."""
    filled, required = rules.completeness(field_values(org))
    return {
        "org": org,
        "round": org.round,
        "teams": [_team(org, term) for term in Term],
        "household_note": "" if org.households is None else f"{org.households:,} 户",
        "filled": filled,
        "required": required,
        "oddities": rules.oddities(field_values(org)),
    }


def _team(org: Org, term: Term) -> dict[str, Any]:
    figures = {part: getattr(org, f"{term.value}_{part}") for part in rules.TEAM_FIGURES}
    tenths = figures["age_tenths"]
    average = None if tenths is None else f"{tenths // 10}.{tenths % 10}"
    return {"label": term.label, "average_age": average, **figures}


def _steps(request: HttpRequest, org: Org, last: str) -> list[tuple[str, str]]:
    """The way down: units open the list, the village opens its file."""
    above = crumbs(request.scope, org.area, reverse("elections:orgs"))[:-1]
    return [*above, (org.area.name, org_url(request, org)), (last, "")]


def _neighbour(request: HttpRequest, org: Org | None) -> tuple[str, str] | None:
    return (org.area.name, org_url(request, org)) if org else None


def org_url(request: HttpRequest, org: Org) -> str:
    """The village's file, keeping the round named in the URL."""
    wanted = request.GET.get("round", "")
    return reverse("elections:org", args=[org.area.code]) + (f"?round={wanted}" if wanted else "")
