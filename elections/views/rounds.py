"""届次: the rounds of the city, with their dates, and the opening of the records."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.both_texts import differing, with_version
from accounts.choices import BUSINESS_READERS, SYSTEM_ROLE, Role
from accounts.doors import allow
from elections import actions
from elections.actions.rounds import FIELDS
from elections.forms import RoundForm
from elections.models import Round
from elections.queries.rounds import rounds_of
from elections.rules import StaleRecord

READERS = tuple(role for role in BUSINESS_READERS if role != SYSTEM_ROLE)


@allow(*READERS)
@require_safe
def round_index(request: HttpRequest) -> HttpResponse:
    """Every round this user reads, newest first."""
    context = {"rounds": rounds_of(request.scope), "may_edit": request.scope.has(Role.CITY_OFFICE)}
    return render(request, "elections/round_list.html", context)


@allow(Role.CITY_OFFICE)
@require_http_methods(["GET", "POST"])
def round_new(request: HttpRequest) -> HttpResponse:
    """Create a round for the city of the office."""
    form = RoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            new = actions.create_round(request.scope.area, _values(form), by=request.scope)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"已建立届次：{new.name}")
            return redirect("elections:rounds")
    return render(request, "elections/round_form.html", {"form": form, "steps": _steps("建立届次")})


@allow(Role.CITY_OFFICE)
@require_http_methods(["GET", "POST"])
def round_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a round; a save on an older state is refused."""
    round = get_object_or_404(Round.objects.visible_to(request.scope), pk=pk)
    form = RoundForm(request.POST or None, instance=round, initial={"version": round.version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_round(round, _values(form), version=form.cleaned_data["version"], by=request.scope)
        except StaleRecord as stale:
            return _both_texts(request, form, stale)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, "已保存")
            return redirect("elections:rounds")
    return render(
        request, "elections/round_form.html", {"form": form, "round": round, "steps": _steps(round.name)}
    )


def _both_texts(request: HttpRequest, form: RoundForm, stale: StaleRecord) -> HttpResponse:
    """What I typed and what stands now; the form keeps mine, so that saving again is a decision."""
    now = Round.objects.get(pk=form.instance.pk)
    mine = RoundForm(with_version(form.data, now.version), instance=Round.objects.get(pk=now.pk))
    mine.is_valid()
    mine.add_error(None, stale)
    facts = {
        "form": mine,
        "round": now,
        "steps": _steps(now.name),
        "both": differing(form, {name: getattr(now, name) for name in FIELDS}),
    }
    return render(request, "elections/round_form.html", {**facts, "stale": True}, status=409)


@allow(Role.CITY_OFFICE)
@require_POST
def round_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Start the job that opens one record per village of the area tree."""
    round = get_object_or_404(Round.objects.visible_to(request.scope), pk=pk)
    job = actions.start_opening(round, by=request.scope)
    return redirect("jobs:detail", job.pk)


def _values(form: RoundForm) -> dict:
    return {name: form.cleaned_data[name] for name in FIELDS}


def _steps(last: str) -> list[tuple[str, str]]:
    return [("届次", reverse("elections:rounds")), (last, "")]
