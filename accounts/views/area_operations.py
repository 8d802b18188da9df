"""/system/areas/changes/: dated changes of the tree, from the proposal to the day they are carried out."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.actions.area_operations import (
    cancel,
    decide,
    decide_many,
    look_ahead,
    may_cancel,
    may_decide,
    propose,
    withdraw,
)
from accounts.area_forms import AreaOperationForm, carried, kinds
from accounts.auth.step_up import steps_up
from accounts.choices import AreaOperationKind, AreaOperationState
from accounts.doors import allow
from accounts.errors import Refusal
from accounts.models import Area, AreaOperation
from accounts.queries import area_operations as queries
from accounts.queries.area_operations import MOST_SHOWN
from accounts.rules.area_effects import SIGNERS
from accounts.rules.area_operations import CHANGE_READERS, DATA_RULES, DECIDERS, PROPOSERS
from accounts.typed_again import say_no
from accounts.whole_numbers import whole_number

STEPS = [("区划", "/system/areas/"), ("变更", "")]
STEPS_NEW = [("区划", "/system/areas/"), ("变更", "/system/areas/changes/"), ("提出", "")]


@allow(*CHANGE_READERS)
@require_GET
def change_list(request: HttpRequest) -> HttpResponse:
    """The newest changes of the reader's area; those of another account may be ticked and approved. One query."""
    scope = request.scope
    state, batch = request.GET.get("state", ""), request.GET.get("batch", "")[:40]
    rows = queries.operations(
        scope, state=state if state in AreaOperationState.values else "", batch=batch.replace("\0", "")
    )
    lines = [(row, may_decide(row, scope)) for row in rows]
    return render(
        request,
        "accounts/area_change_list.html",
        {
            "lines": lines,
            "signable": sum(may for _, may in lines),
            "asked": {"state": state, "batch": batch},
            "states": AreaOperationState.choices,
            "may_propose": scope.role in PROPOSERS and scope.units is None,
            "steps": STEPS,
        },
    )


@allow(*PROPOSERS)
@never_cache
@require_http_methods(["GET", "POST"])
def change_new(request: HttpRequest) -> HttpResponse:
    """Propose a change: its kind, its form, what it would do, then the proposal.

    `step` is preview, back or propose; `to` is another kind, with what was typed kept. What is not allowed is said
    beside its field and nothing is kept.
    """
    given = request.POST if request.method == "POST" else request.GET
    chosen = given.get("to") or given.get("kind", "")
    if chosen not in AreaOperationKind.values:
        return _show_form(request, None, "")
    typing = request.method == "GET" or "to" in given
    form = AreaOperationForm(
        None if typing else given, initial=_start(request, given), chosen=chosen, scope=request.scope
    )
    if form.is_valid() and given.get("step") != "back":
        return _next_step(request, form, given.get("step", "preview"))
    return _show_form(request, form, chosen)


def _next_step(request: HttpRequest, form: AreaOperationForm, step: str) -> HttpResponse:
    asked = (form.chosen, form.cleaned_data["effective_on"], form.plan())
    try:
        if step == "propose":
            operation = propose(*asked, reason=form.cleaned_data["reason"], by=request.scope)
            messages.success(request, "已提出，等待另一人审批")
            return redirect("areas:change", pk=operation.pk)
        return _show_preview(request, form, look_ahead(*asked, by=request.scope))
    except ValidationError as refusal:
        field = getattr(refusal, "field", "")
        form.add_error(field if field in form.fields else None, refusal)
        return _show_form(request, form, form.chosen)


def _start(request: HttpRequest, given: QueryDict) -> dict[str, Any]:
    """What a fresh form shows: the unit it is opened for, or what was typed for another kind."""
    start: dict[str, Any] = {"effective_on": timezone.localdate(), **given.dict()}
    if "units" not in start:
        code = request.GET.get("unit", "")
        start["units"] = Area.objects.visible_to(request.scope).filter(code=code).first() if code else None
    return start


def _show_form(request: HttpRequest, form: AreaOperationForm | None, chosen: str) -> HttpResponse:
    context = {
        "form": form,
        "kinds": kinds(chosen),
        "carried": carried(form, request.POST) if form else [],
        "unit": request.GET.get("unit", ""),
        "steps": STEPS_NEW,
    }
    return render(request, "accounts/area_change_new.html", context)


def _show_preview(request: HttpRequest, form: AreaOperationForm, seen: queries.Preview) -> HttpResponse:
    """What the change would do, with the form's values carried along."""
    facts = {
        "form": form,
        "preview": seen,
        "day": form.cleaned_data["effective_on"],
        "reason": form.cleaned_data["reason"],
        "signers": SIGNERS,
        "steps": STEPS_NEW,
    }
    return render(request, "accounts/area_change_preview.html", facts)


@allow(*CHANGE_READERS)
@require_GET
def change_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What the change does: the rule for the data, the rows it concerns, who proposed and who decided."""
    operation = _operation(request, pk)
    waiting = operation.state in (AreaOperationState.PROPOSED, AreaOperationState.APPROVED)
    preview, problem = None, ""
    if waiting:
        try:
            preview = queries.preview_of(operation)
        except ValidationError as refusal:
            problem = "；".join(refusal.messages)
    return render(
        request,
        "accounts/area_change.html",
        {
            "operation": operation,
            "preview": preview,
            "problem": problem,
            "rules": DATA_RULES[operation.kind],
            "outcome": queries.outcome_of(operation),
            "may_decide": not problem and may_decide(operation, request.scope),
            "may_refuse": may_decide(operation, request.scope),
            "may_cancel": operation.effective_on > timezone.localdate()
            and may_cancel(operation, request.scope),
            "may_withdraw": operation.state == AreaOperationState.PROPOSED
            and operation.proposed_by_id == request.scope.assignment_id,
            "steps": [*STEPS[:1], ("变更", "/system/areas/changes/"), (operation.summary[:20], "")],
        },
    )


@allow(*DECIDERS)
@require_POST
@steps_up
def change_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or refuse."""
    agree = request.POST.get("agree") == "1"
    return _act(
        request,
        pk,
        lambda operation: decide(operation, agree=agree, note=request.POST.get("note", ""), by=request.scope),
        "已同意；生效日到了就执行" if agree else "已退回提出人",
    )


@allow(*DECIDERS)
@require_POST
@steps_up
def change_decide_many(request: HttpRequest) -> HttpResponse:
    """Approve the ticked ones (`pk`); what cannot be approved is named and stays."""
    ticked = map(whole_number, request.POST.getlist("pk")[:MOST_SHOWN])
    wanted = [pk for pk in ticked if pk is not None]
    rows = list(AreaOperation.objects.visible_to(request.scope).filter(pk__in=wanted).order_by("pk"))
    approved, refused = decide_many(rows, by=request.scope)
    if not rows:
        say_no(request, Refusal("nothing_ticked", "请勾选要同意的变更", field="pk"))
    if approved:
        messages.success(request, f"已同意 {len(approved)} 项；生效日到了就执行")
    for operation, refusal in refused:
        say_no(request, refusal, f"{operation.summary}：")
    return redirect("areas:changes")


@allow(*PROPOSERS)
@require_POST
def change_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call off an approved change before its day."""
    reason = request.POST.get("reason", "")
    return _act(request, pk, lambda operation: cancel(operation, reason=reason, by=request.scope), "已取消")


@allow(*PROPOSERS)
@require_POST
def change_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what is not decided."""
    return _act(request, pk, lambda operation: withdraw(operation, by=request.scope), "已撤回")


def _act(request: HttpRequest, pk: int, act, said: str) -> HttpResponse:
    operation = _operation(request, pk)
    try:
        act(operation)
    except ValidationError as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, said)
    return redirect("areas:change", pk=pk)


def _operation(request: HttpRequest, pk: int) -> AreaOperation:
    rows = AreaOperation.objects.visible_to(request.scope).select_related("area")
    return get_object_or_404(rows, pk=pk)
