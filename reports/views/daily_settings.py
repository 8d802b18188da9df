"""日报设置: a city's cut-offs and its own items."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import Level, Role
from accounts.doors import allow
from accounts.errors import Refusal
from accounts.typed_again import say_no
from reports.actions.settings import add_local_metric, end_local_metric, set_cut_off
from reports.forms import CutOffForm, EndMetricForm, LocalMetricForm
from reports.models import LocalMetric
from reports.queries.settings import InForce
from reports.rules.days import local_day
from reports.views.units import force_of, refused

HOME = "reports:daily-settings"


@allow(Role.CITY_OFFICE)
@require_safe
def daily_settings(request: HttpRequest) -> HttpResponse:
    """Cut-offs, own items, and the forms to change them."""
    try:
        force = force_of(request)
    except Refusal as refusal:
        return refused(request, refusal, title="日报设置")
    return _page(request, force)


def _page(request: HttpRequest, force: InForce, **forms: object) -> HttpResponse:
    today = local_day(force.now)
    context = {
        "round": force.round,
        "items": sorted(force.local, key=lambda item: (item.position, item.pk)),
        "today": today,
        "cut_form": CutOffForm(
            initial={
                "township": force.cut_offs[Level.TOWNSHIP],
                "county": force.cut_offs[Level.COUNTY],
            }
        ),
        "item_form": LocalMetricForm(initial={"valid_from": today}),
        **forms,
    }
    return render(request, "reports/daily_settings.html", context, status=400 if forms else 200)


def _done(request: HttpRequest, act: Callable[[], object], said: str) -> HttpResponse:
    try:
        with transaction.atomic():
            act()
    except ValidationError as error:
        say_no(request, error)
    else:
        messages.success(request, said)
    return redirect(HOME)


@allow(Role.CITY_OFFICE)
@require_POST
def daily_cut_offs(request: HttpRequest) -> HttpResponse:
    """Set both cut-offs."""
    force, form = force_of(request), CutOffForm(request.POST)
    if not form.is_valid():
        return _page(request, force, cut_form=form)

    def act() -> None:
        for level, name in ((Level.TOWNSHIP, "township"), (Level.COUNTY, "county")):
            if form.cleaned_data[name] != force.cut_offs[level]:
                set_cut_off(force.round, level, form.cleaned_data[name], by=request.scope)

    return _done(request, act, "截止时间已设，从下一次上报起按新时间判")


@allow(Role.CITY_OFFICE)
@require_POST
def daily_item_add(request: HttpRequest) -> HttpResponse:
    """Add an item."""
    force, form = force_of(request), LocalMetricForm(request.POST)
    if not form.is_valid():
        return _page(request, force, item_form=form)
    return _done(
        request,
        lambda: add_local_metric(force.round, by=request.scope, **form.cleaned_data),
        f"已增加“{form.cleaned_data['name']}”",
    )


@allow(Role.CITY_OFFICE)
@require_POST
def daily_item_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for an item no longer."""
    item = get_object_or_404(LocalMetric.objects.visible_to(request.scope), pk=pk)
    form = EndMetricForm(request.POST)
    if not form.is_valid():
        say_no(request, Refusal("end_required", "请写报到哪天为止", field="valid_to"))
        return redirect(HOME)
    return _done(
        request,
        lambda: end_local_metric(item, form.cleaned_data["valid_to"], by=request.scope),
        f"“{item.name}”报到 {form.cleaned_data['valid_to']} 为止，已报的数保留",
    )
