"""/reveals/: looking at one masked value for a minute, and the register of looks."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts.actions.reveals import reveal
from accounts.auth.step_up import steps_up
from accounts.doors import allow
from accounts.idempotency import shown_once
from accounts.models import Reveal
from accounts.models.reveals import READERS, REVEALERS
from accounts.queries import reveals as queries
from accounts.queries.reveal_consents import is_waiting, open_consent
from accounts.reveals import Revealable, label_of, lookable
from accounts.rules import reveals as rules
from accounts.whole_numbers import whole_number


class RevealForm(forms.Form):
    """What for, why, under which case."""

    purpose = forms.ChoiceField(label="用途", choices=[("", "请选择"), *Reveal.Purpose.choices])
    note = forms.CharField(label="说明", max_length=200, help_text="为什么要看，至少 4 个字。")
    case_number = forms.CharField(
        label="事由编号", max_length=60, help_text="文号、信访编号、任务号；催报可写日报日期。"
    )


@allow(*REVEALERS)
@never_cache
@require_http_methods(["GET", "POST"])
def reveal_page(request: HttpRequest, owner: str, field: str, pk: int) -> HttpResponse:
    """Ask for a reason; the answer to a complete one shows the value for a minute, once."""
    what, row = queries.revealable_row(request.scope, f"{owner}.{field}", pk)
    return steps_up(_reveal)(request, what=what, row=row)


def _reveal(request: HttpRequest, *, what: Revealable, row: Any) -> HttpResponse:
    form = RevealForm(request.POST or None)
    status = 400 if request.method == "POST" else 200
    if form.is_valid():
        try:
            shown = reveal(what, row, by=request.scope, **form.cleaned_data)
        except ValidationError as refusal:
            status = say_on(form, refusal)
        else:
            return _shown(request, what, row, shown)
    return ask_page(request, what, row, form, status)


def say_on(form: forms.Form, refusal: ValidationError) -> int:
    """Put a refusal at its field, else above the form; the status of the page."""
    named = getattr(refusal, "field", "")
    form.add_error(named if named in form.fields else None, refusal)
    return getattr(refusal, "status", 400)


def ask_page(request: HttpRequest, what: Revealable, row: Any, form: forms.Form, status: int) -> HttpResponse:
    """The page that asks why; past the quota it asks for a second person, or goes on under the consent that is open."""
    left = max(rules.QUOTA - queries.made_today(), 0)
    asked = {"what": what.code, "subject_id": row.pk}
    facts = {
        **_facts(what, row),
        "form": form,
        "left": left,
        "quota": rules.QUOTA,
        "seconds": int(rules.SHOWN.total_seconds()),
        "minutes": int(rules.CONSENT_LASTS.total_seconds() // 60),
        "consent": None if left else open_consent(request.scope, **asked),
        "waiting": not left and is_waiting(request.scope, **asked),
        "ask_url": reverse("reveals:consent-ask", args=[*what.code.split("."), row.pk]),
    }
    return render(request, "accounts/reveal_ask.html", facts, status=status)


def _shown(request: HttpRequest, what: Revealable, row: Any, shown: Any) -> HttpResponse:
    seconds = int(rules.SHOWN.total_seconds())
    facts = {**_facts(what, row), "shown": shown, "seconds": seconds}
    response = render(request, "accounts/reveal_shown.html", facts, status=201)
    # Without scripts the browser leaves the page by itself.
    response["Refresh"] = f"{seconds}; url={what.page(row)}"
    return shown_once(response)


def _facts(what: Revealable, row: Any) -> dict[str, Any]:
    page = what.page(row)
    return {
        "what": what,
        "row": row,
        "masked": getattr(row, what.field.attname),
        "page": page,
        "steps": [(str(row), page), (f"查看{what.label}", "")],
    }


@allow(*READERS)
@require_GET
def reveal_register(request: HttpRequest) -> HttpResponse:
    """Looks at values of the reader's area, newest first. One query of its own."""
    before = whole_number(request.GET.get("before", ""))
    if before is None and request.GET.get("before"):
        raise Http404
    rows, older = queries.reveal_page(request.scope, before=before)
    facts = {
        "rows": [(row, label_of(row.what)) for row in rows],
        "may_look": bool(lookable(request.scope.role)),
        "next_url": f"?{urlencode({'before': older})}" if older else "",
    }
    return render(request, "accounts/reveal_register.html", facts)
