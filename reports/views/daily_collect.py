"""收乡镇表: the county or city uploads the workbooks it collected as one .zip, looks at each, lays them before townships."""

import datetime
import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from accounts.choices import Role
from accounts.context import unit_suffix
from accounts.doors import allow, takes_upload
from accounts.errors import Refusal
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets.bundle import Member, read_bundle
from accounts.spreadsheets.codes import FileRefused
from accounts.typed_again import say_no
from reports.actions.offers import decline_offer, start_offering, take_offer
from reports.collecting import RESOURCE, collect, keep, kept
from reports.daily_exchange import preview_of_cells
from reports.queries.day import day_of
from reports.queries.offers import offer_of
from reports.rules import days
from reports.views.daily import common_context
from reports.views.daily_files import edits_of, open_day, say_outcome
from reports.views.units import day_url, force_of, refused

COLLECTORS = (Role.COUNTY_OFFICE, Role.CITY_OFFICE)


@allow(*COLLECTORS)
@takes_upload
@require_http_methods(["GET", "HEAD", "POST"])
def collect_start(request: HttpRequest) -> HttpResponse:
    """Choose the .zip and the day of files that name none; it is read while no transaction is open."""
    context = {"current": 1, "today": datetime.datetime.now(tz=datetime.UTC).date()}
    if request.method == "POST":
        try:
            desk, members = _receive(request)
            with request.in_scope():
                return _collected(request, desk, members)
        except (FileRefused, Refusal) as refusal:
            context["refusal"] = (
                str(refusal) if isinstance(refusal, FileRefused) else "；".join(refusal.messages)
            )
    with request.in_scope():
        context["today"] = days.local_day(force_of(request).now)
        return render(
            request, "reports/daily_collect.html", context, status=400 if "refusal" in context else 200
        )


def _receive(request: HttpRequest) -> tuple[desks.Desk, list[Member]]:
    upload = request.FILES.get("file")
    if upload is None:
        raise FileRefused("XL-001")
    desk = desks.receive(upload, resource=RESOURCE, assignment=request.scope.assignment_id)
    try:
        with desk.part(desks.ORIGINAL).open() as source:
            return desk, read_bundle(source)
    except FileRefused:
        desks.discard(desk)
        raise


def _collected(request: HttpRequest, desk: desks.Desk, members: list[Member]) -> HttpResponse:
    force = force_of(request)
    default = days.read_day(request.POST.get("date") or days.local_day(force.now).isoformat())
    keep(desk, collect(members, request.scope, force, request.scope.unit, default))
    return redirect(reverse("reports:daily-collected", args=[desk.token]) + unit_suffix(request.scope))


@allow(*COLLECTORS)
@require_http_methods(["GET", "HEAD", "POST"])
def collected(request: HttpRequest, token: str) -> HttpResponse:
    """Each file with its township, day, counts or reason; a POST lays the good ones before their townships."""
    desk = desks.find(token, resource=RESOURCE, assignment=request.scope.assignment_id)
    if desk is None:
        raise Http404
    files = kept(desk)
    if request.method == "POST":
        try:
            job = start_offering(force_of(request).round, token, files, by=request.scope)
        except Refusal as refusal:
            say_no(request, refusal)
            return redirect(request.get_full_path())
        desk.write_job = job.pk
        desk.save()
        return redirect("jobs:detail", job.pk)
    good = [one for one in files if one.is_good]
    context = {
        "current": 4 if desk.write_job else 3,
        "job": desk.write_job,
        "name": desk.filename,
        "files": sorted(files, key=lambda one: not one.problems),
        "good": good,
        "bad": sum(1 for one in files if one.problems),
        "again": reverse("reports:daily-collect") + unit_suffix(request.scope),
    }
    return render(request, "reports/daily_collect.html", context)


@allow(Role.TOWNSHIP)
@require_http_methods(["GET", "HEAD", "POST"])
def offered(request: HttpRequest, date: str) -> HttpResponse:
    """The township sees what its superior collected against its own draft, and takes it; filing stays its own act."""
    try:
        day = open_day(request, date)
        if request.method == "POST":
            if request.POST.get("act") == "decline":
                decline_offer(day.force.round, day.township, day.date, by=request.scope)
                messages.success(request, "已放下送来的表，本乡镇的草稿没有改动")
                return redirect(day_url(request, "daily-day", day.date))
            outcome = take_offer(day.force.round, day.township, day.date, edits_of(request), by=request.scope)
            say_outcome(request, outcome)
            return redirect(day_url(request, "daily-day", day.date))
    except Refusal as refusal:
        return refused(request, refusal)
    offer = offer_of(day)
    if offer is None:
        raise Http404
    own = day_of(day.force, day.township, day.date, own=True)
    preview = preview_of_cells(offer.cells, own)
    edits = json.dumps([edit._asdict() for edit in preview.edits], ensure_ascii=False)
    context = {
        **common_context(request, day),
        "current": 3,
        "preview": preview,
        "edits": edits,
        "offer": offer,
        "name": f"{offer.sent_by_office} {offer.sent_by_name}",
    }
    return render(request, "reports/daily_import.html", context)
