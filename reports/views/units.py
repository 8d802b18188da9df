"""Which township and day a request is about, and the messages when it is about none."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.choices import Level, Role
from accounts.context import unit_suffix
from accounts.errors import Refusal
from accounts.models import Area
from reports.queries.settings import InForce, in_force_of

READERS = (Role.TOWNSHIP, Role.COUNTY_OFFICE, Role.CITY_OFFICE)


def force_of(request: HttpRequest) -> InForce:
    """The round in force for the unit of the request; refuses while there is none."""
    force = in_force_of(request.scope)
    if force is None:
        raise Refusal("no_round", "本市还没有设本届换届", field="round", source="届次设置", status=404)
    return force


def township_of(request: HttpRequest) -> Area:
    """The township the request is about; 404 for anything else."""
    unit = request.scope.unit
    if unit is None or unit.level != Level.TOWNSHIP:
        raise Http404
    return unit


def is_own(request: HttpRequest) -> bool:
    """Whether the township itself is at the screen."""
    return request.scope.has(Role.TOWNSHIP)


def day_url(request: HttpRequest, name: str, date: Any) -> str:
    """URL of a daily screen of this unit."""
    return reverse(f"reports:{name}", args=[str(date)]) + unit_suffix(request.scope)


def refused(request: HttpRequest, refusal: Refusal, *, title: str = "日报") -> HttpResponse:
    """A page that says why there is nothing to show, with a way on."""
    context = {
        "title": title,
        "refusal": refusal,
        "home": reverse("reports:daily") + unit_suffix(request.scope),
    }
    return render(request, "reports/daily_refused.html", context, status=refusal.status)
