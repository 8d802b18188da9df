"""/account/schedules/: exports that run by themselves at a time of day."""

import datetime as dt
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import scheduling
from accounts.actions import schedules as actions
from accounts.area_fields import LENGTH, picker
from accounts.choices import OFFICE_ROLES, Level
from accounts.context import unit_suffix
from accounts.doors import allow
from accounts.errors import Refusal
from accounts.models import SavedFilter, ScheduledExport
from accounts.queries.picking import picked
from accounts.rules.schedules import WEEKDAYS, bits_of
from accounts.typed_again import say_no
from accounts.whole_numbers import whole_number

SETTERS = OFFICE_ROLES
# Units that have tables of their own.
HIGHER = (Level.CITY, Level.COUNTY, Level.TOWNSHIP)


@allow(*SETTERS)
@require_GET
def schedule_list(request: HttpRequest) -> HttpResponse:
    """One's own, by time of day, with the newest run of each. One query."""
    rows = ScheduledExport.objects.visible_to(request.scope).select_related("last_job")
    return render(request, "accounts/schedule_list.html", {"rows": rows})


@allow(*SETTERS)
@require_http_methods(["GET", "POST"])
def schedule_new(request: HttpRequest) -> HttpResponse:
    """Choose a list or a saved filter, a unit, a time and the weekdays."""
    wanted = request.POST if request.method == "POST" else request.GET
    error: ValidationError | None = None
    if request.method == "POST":
        try:
            made = _add(request)
        except ValidationError as refusal:
            error = refusal
        else:
            messages.success(request, f"定时导出“{made.name}”已设定，{made.when}")
            return redirect(_home(request))
    context = {
        "sources": _sources(request, wanted.get("source", "")),
        "name": wanted.get("name", ""),
        "of": picker("of", wanted.get("of", "")[:LENGTH], levels=HIGHER),
        "at": wanted.get("at", "18:30"),
        "days": [
            (number + 1, f"周{word}", str(number + 1) in wanted.getlist("day") or not wanted.getlist("day"))
            for number, word in enumerate(WEEKDAYS)
        ],
        "error": "；".join(error.messages) if error else "",
    }
    return render(request, "accounts/schedule_new.html", context, status=400 if error else 200)


@allow(*SETTERS)
@require_POST
def schedule_pause(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, actions.pause_schedule, "已暂停")


@allow(*SETTERS)
@require_POST
def schedule_resume(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, actions.resume_schedule, "已恢复")


@allow(*SETTERS)
@require_POST
def schedule_delete(request: HttpRequest, pk: int) -> HttpResponse:
    return _acted(request, pk, actions.delete_schedule, "已删去")


def own_schedule(request: HttpRequest, pk: int) -> ScheduledExport:
    """One of one's own; a colleague's, like one that is not there, is 404."""
    return get_object_or_404(ScheduledExport.objects.visible_to(request.scope), pk=pk)


def _acted(request: HttpRequest, pk: int, action: Callable[..., None], word: str) -> HttpResponse:
    found = own_schedule(request, pk)
    try:
        action(found, by=request.scope)
    except Refusal as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, f"定时导出“{found.name}”{word}")
    return redirect(_home(request))


def _home(request: HttpRequest) -> str:
    return f"{reverse('schedules:list')}{unit_suffix(request.scope)}"


def _add(request: HttpRequest) -> ScheduledExport:
    screen, _, query = request.POST.get("source", "").partition("?")
    days = [day for text in request.POST.getlist("day") if (day := whole_number(text, most=7))]
    try:
        at = dt.time.fromisoformat(request.POST.get("at", ""))
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None:  # it is always China's
        raise Refusal("time_unreadable", "时间写成 18:30", field="at")
    name = request.POST.get("name", "")
    for unit in picked(request.scope, request.POST.get("of", ""), levels=HIGHER, field="of"):
        kept = QueryDict(query, mutable=True)
        kept["unit"] = unit.code
        query = kept.urlencode()
    return actions.add_schedule(screen, query, name=name, at=at, weekdays=bits_of(days), by=request.scope)


def _sources(request: HttpRequest, chosen: str) -> list[tuple[str, str, bool]]:
    """What can be exported: each list as it is, each saved filter, and the filter the reader comes from."""
    exporters = {one.screen.url_name: one.screen for one in scheduling.exporters_for(request.scope.role)}
    found = [(f"{name}?", screen.label) for name, screen in exporters.items()]
    for kept in SavedFilter.objects.visible_to(request.scope).filter(screen__in=exporters):
        found.append((f"{kept.screen}?{kept.query}", f"{kept.screen_label}：{kept.name}"))
    screen, _, query = chosen.partition("?")
    if screen in exporters:
        chosen = f"{screen}?{exporters[screen].canonical(query)}"
        if chosen not in [value for value, _ in found]:
            found.append((chosen, f"{exporters[screen].label}：刚才的筛选"))
    return [(value, label, value == chosen) for value, label in found]
