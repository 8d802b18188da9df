"""/system/audit/: who did what, one act with its events, and whether the chain is whole."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.actions.audit import start_verification
from accounts.audit import queries, words
from accounts.audit.forms import ActFilter
from accounts.audit.registry import label_of
from accounts.auth.step_up import steps_up
from accounts.choices import Role
from accounts.doors import allow
from accounts.models import AuditAct
from accounts.whole_numbers import whole_number


@allow(Role.AUDITOR)
@require_GET
def act_list(request: HttpRequest) -> HttpResponse:
    """Acts of the auditor's area, newest first, with filters that live in the address."""
    form = ActFilter(request.GET, scope=request.scope)
    before = whole_number(request.GET.get("before", ""))
    if before is None and request.GET.get("before"):
        raise Http404
    page, chips = None, []
    if form.is_valid():
        wanted = form.cleaned_data
        acts = queries.find_acts(
            area=wanted["where"],
            person=wanted["person"],
            type=wanted["type"],
            since=wanted["since"],
            until=wanted["until"],
        )
        page = queries.act_page(acts, before=before)
        chips = [{**chip, "remove_url": f"?{urlencode(chip['rest'])}"} for chip in form.chips()]
        words.name_doers(page.acts)
        for act in page.acts:
            act.label = label_of(act.type)
    kept = {key: value for key, value in request.GET.items() if key in form.fields and value}
    return render(
        request,
        "accounts/audit_list.html",
        {
            "steps": [("审计", "")],
            "form": form,
            "page": page,
            "chips": chips,
            "next_url": _next(page, kept),
            "state": queries.chain_state(),
            "whole": request.scope.path == "",
        },
    )


@allow(Role.AUDITOR)
@require_GET
def act_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One act: who, on what, why, before and after, and the events it left in the tables."""
    act = get_object_or_404(AuditAct, pk=pk)
    queries.name_areas([act])
    words.name_doers([act])
    act.label = label_of(act.type)
    events = queries.events_of(act)
    for event in events:
        event.word = words.relation_word(event.relation)
    facts = {
        "steps": [("审计", reverse("audit:list")), (f"{act.label} {act.pk}", "")],
        "act": act,
        "subject": words.subject_word(act.subject_kind),
        "events": events,
        "changes": [
            (words.field_word(act.subject_kind, name), before, after)
            for name, before, after in queries.changes_of(act)
        ],
    }
    return render(request, "accounts/audit_detail.html", facts)


@allow(Role.AUDITOR)
@require_POST
@steps_up
def verify_now(request: HttpRequest) -> HttpResponse:
    """Start the verification as a job, or find the one that runs; asks for step-up."""
    job = start_verification(by=request.scope)
    return redirect("jobs:detail", pk=job.pk)


def _next(page: queries.ActPage | None, kept: dict[str, str]) -> str:
    if page is None or page.older_than is None:
        return ""
    return f"?{urlencode({**kept, 'before': page.older_than})}"
