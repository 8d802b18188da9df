"""核对并上报: the page before filing, the filing, the correction and its answer."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.choices import Role
from accounts.doors import allow, comes_first
from accounts.errors import Refusal
from accounts.metrics import MetricKind
from accounts.typed_again import say_no
from accounts.whole_numbers import whole_number
from reports.actions.corrections import answer_correction, request_correction
from reports.actions.drafts import confirm_carried, fill_zeros, save_draft
from reports.actions.filing import IssuesRefusal, file_day, is_zero_report
from reports.choices import Timeliness
from reports.queries.day import Day, day_of
from reports.queries.receipts import receipt_number
from reports.queries.settings import InForce
from reports.rules import days, states
from reports.rules.checks import Issue
from reports.rules.edits import Edit
from reports.views.daily import common_context
from reports.views.units import READERS, day_url, force_of, refused, township_of


@allow(Role.TOWNSHIP)
@comes_first
@require_http_methods(["GET", "HEAD", "POST"])
def daily_check(request: HttpRequest, date: str) -> HttpResponse:
    """What would be filed, what stands in the way; a POST files it."""
    try:
        force = force_of(request)
        day = days.read_day(date)
        days.require_open(force.round, day, days.local_day(force.now))
    except Refusal as refusal:
        return refused(request, refusal)
    if request.method == "POST":
        return _act(request, force, date)
    loaded = day_of(force, township_of(request), day, own=True)
    if not loaded.is_open:
        return redirect(day_url(request, "daily-day", day))
    return _check_page(request, loaded)


def _act(request: HttpRequest, force: InForce, date: str) -> HttpResponse:
    """Keep the reasons given, then file, or do what the button says and come back."""
    day = days.read_day(date)
    where = (force.round, township_of(request), day)
    act = request.POST.get("act", "file")
    back = redirect(day_url(request, "daily-check", day))
    try:
        refusals = save_draft(*where, _reasons(request), by=request.scope).refused
        for refusal in refusals:
            say_no(request, Refusal(str(refusal["code"]), f"理由没有保存：{refusal['message']}"))
        if act == "confirm":
            confirm_carried(*where, by=request.scope)
        if act == "zero":
            fill_zeros(*where, by=request.scope)
        if refusals or act != "file":
            return back
        version = whole_number(request.POST.get("version", "")) or 0
        revision = file_day(*where, version=version, by=request.scope)
    except IssuesRefusal as refusal:
        say_no(request, refusal, "还不能上报：")
        return back
    except ValidationError as error:
        say_no(request, error)
        return redirect(day_url(request, "daily-day", day))
    messages.success(request, f"已上报 {revision.villages} 个村(社区)，回执 {receipt_number(revision)}")
    return redirect(day_url(request, "daily-day", day))


def _reasons(request: HttpRequest) -> list[Edit]:
    """Reasons of the form, one field for a rule and village: each goes to every cell it stands for."""
    edits = []
    for name, text in request.POST.items():
        if not name.startswith("r.") or name.count(".") != 2:
            continue
        _, code, village = name.split(".")
        for key in request.POST.getlist(f"k.{code}.{village}"):
            edits.append(
                Edit(village, f"reason:{code}:{key}", text, base=_any_stamp(request, village, code, key))
            )
    return edits


def _any_stamp(request: HttpRequest, village: str, code: str, key: str) -> int:
    return whole_number(request.POST.get(f"s.{code}.{village}.{key}", "")) or 0


def _check_page(request: HttpRequest, day: Day) -> HttpResponse:
    errors = [issue for issue in day.issues if issue.is_error and issue.code != "DR-020"]
    warnings = [issue for issue in day.issues if not issue.is_error]
    unconfirmed = sum(issue.code == "DR-020" for issue in day.issues)
    blocking = [issue for issue in day.issues if issue.blocks]
    context = {
        **common_context(request, day),
        "errors": errors,
        "groups": _grouped(day, warnings),
        "unconfirmed": unconfirmed,
        "missing": sum(issue.code == "DR-021" for issue in warnings),
        "unexplained": sum(not issue.reason for issue in warnings),
        "figures": sum(
            metric.kind is MetricKind.TYPED and (metric.key in row.values or metric.key in row.marks)
            for row in day.rows
            for metric in day.items
        ),
        "blocked": bool(errors) or bool(unconfirmed),
        "ready": not blocking,
        "zero": is_zero_report(day.rows, day.items),
        "late": day.timeliness is Timeliness.MISSING,
        "correcting": day.state in states.OPENED,
    }
    return render(request, "reports/daily_check.html", context)


def _grouped(day: Day, warnings: list[Issue]) -> list[dict[str, Any]]:
    """Warnings of one rule in one village together: one reason answers for all of them."""
    order = sorted(warnings, key=lambda issue: (issue.village_code, issue.code))
    stamps = {row.code: row.stamps for row in day.rows}
    groups = []
    for (village, code), members in groupby(order, key=lambda issue: (issue.village_code, issue.code)):
        listed = list(members)
        groups.append(
            {
                "village": listed[0].village_name,
                "village_code": village,
                "code": code,
                "cells": [(i, stamps[village].get(f"reason:{code}:{i.key}", 0)) for i in listed],
                "remedy": listed[0].remedy,
                "source": listed[0].source,
                "reason": listed[0].reason,
            }
        )
    return groups


@allow(Role.TOWNSHIP)
@require_POST
def daily_ask(request: HttpRequest, date: str) -> HttpResponse:
    """申请更正."""
    return _correction(
        request,
        date,
        lambda where: request_correction(*where, reason=request.POST.get("reason", ""), by=request.scope),
        "已申请更正，等县级答复",
    )


@allow(Role.COUNTY_OFFICE)
@require_POST
def daily_answer(request: HttpRequest, date: str) -> HttpResponse:
    """The county's answer to a request."""
    consent = request.POST.get("decision") == "consent"
    return _correction(
        request,
        date,
        lambda where: answer_correction(
            *where, consent=consent, answer=request.POST.get("answer", ""), by=request.scope
        ),
        "已同意更正，乡镇可以改了" if consent else "已答复不同意，原稿不变",
    )


def _correction(request: HttpRequest, date: str, act: Any, done: str) -> HttpResponse:
    try:
        force = force_of(request)
        day = days.read_day(date)
    except Refusal as refusal:
        return refused(request, refusal)
    try:
        act((force.round, township_of(request), day))
    except ValidationError as error:
        say_no(request, error)
    else:
        messages.success(request, done)
    return redirect(day_url(request, "daily-day", day))


__all__ = ["READERS", "daily_answer", "daily_ask", "daily_check"]
