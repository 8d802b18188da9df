"""/reveals/consents/: one look more than the quota, asked by one person and consented to by a second."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.actions.reveal_consents import answer_consent, ask_consent
from accounts.auth.step_up import steps_up
from accounts.doors import allow
from accounts.models import RevealConsent
from accounts.models.reveals import REVEALERS
from accounts.queries.reveal_consents import consent_lines, consent_row
from accounts.queries.reveals import revealable_row
from accounts.rules.reveals import CONSENT_LASTS
from accounts.typed_again import say_no
from accounts.views.reveals import RevealForm, ask_page, say_on


@allow(*REVEALERS)
@never_cache
@require_GET
def consent_list(request: HttpRequest) -> HttpResponse:
    """Requests of the reader's area: those waiting, oldest first, then the last ones answered. Two queries."""
    waiting, answered = consent_lines(request.scope)
    facts = {
        "waiting": waiting,
        "answered": answered,
        "minutes": int(CONSENT_LASTS.total_seconds() // 60),
        "steps": [("查看登记", reverse("reveals:list")), ("超额查看", "")],
    }
    return render(request, "accounts/reveal_consents.html", facts)


@allow(*REVEALERS)
@never_cache
@require_POST
def consent_ask(request: HttpRequest, owner: str, field: str, pk: int) -> HttpResponse:
    """Ask a second person for this value; the same form as for looking at it."""
    what, row = revealable_row(request.scope, f"{owner}.{field}", pk)
    form, status = RevealForm(request.POST), 400
    if form.is_valid():
        try:
            ask_consent(what, row, by=request.scope, **form.cleaned_data)
        except ValidationError as refusal:
            status = say_on(form, refusal)
        else:
            messages.success(request, f"申请已提交：{what.label}，{row}，等第二人同意")
            return redirect("reveals:consents")
    return ask_page(request, what, row, form, status)


@allow(*REVEALERS)
@require_POST
def consent_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """`approve` is 1 or 0; declining needs `answer`."""
    return steps_up(_decide)(request, asked=consent_row(request.scope, pk))


def _decide(request: HttpRequest, *, asked: RevealConsent) -> Any:
    approve = request.POST.get("approve") == "1"
    try:
        answer_consent(asked, approve=approve, answer=request.POST.get("answer", ""), by=request.scope)
    except ValidationError as refusal:
        say_no(request, refusal)
    else:
        messages.success(
            request, f"已同意{asked.asked_by_name}查看一次：{asked.whose}" if approve else "已答复不同意"
        )
    return redirect("reveals:consents")
