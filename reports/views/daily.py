"""日报: the sheet of one township and day, to type into or to read."""

import datetime
import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.choices import Level, Role
from accounts.context import unit_suffix
from accounts.doors import allow, comes_first
from accounts.errors import Refusal
from accounts.models import Area
from accounts.moments import asked_moment, moment_query
from accounts.typed_again import say_no
from accounts.views.moments import moment_context
from accounts.whole_numbers import whole_number
from elections.views.units import crumbs
from reports.actions.drafts import confirm_carried, fill_zeros, save_draft
from reports.choices import SheetState
from reports.queries.day import Day, day_of
from reports.queries.day_then import day_then
from reports.queries.offers import offer_of
from reports.queries.receipts import is_intact, receipt_number
from reports.queries.settings import InForce
from reports.rules import days, states
from reports.rules.digest import short
from reports.rules.edits import Edit
from reports.rules.timing import in_words
from reports.rules.words import figure_words
from reports.views.daily_opening import opening_context
from reports.views.daily_table import island, issues_context, seen, table_context
from reports.views.units import READERS, day_url, force_of, is_own, refused, township_of


@allow(*READERS)
@require_safe
def daily_home(request: HttpRequest) -> HttpResponse:
    """Today of the township; a higher unit first chooses one."""
    try:
        force = force_of(request)
    except Refusal as refusal:
        return refused(request, refusal)
    if request.scope.unit.level != Level.TOWNSHIP:
        return _choose_township(request, force)
    today = days.local_day(force.now)
    day = min(max(today, force.round.reporting_from), force.round.reporting_to)
    return redirect(day_url(request, "daily-day", day))


def _choose_township(request: HttpRequest, force: InForce) -> HttpResponse:
    unit = request.scope.unit
    towns = (
        Area.objects.within(unit.path).filter(level=Level.TOWNSHIP, valid_to=None).select_related("parent")
    )
    context = {"unit": unit, "towns": towns.order_by("path"), "today": days.local_day(force.now)}
    return render(request, "reports/daily_choose.html", context)


@allow(*READERS)
@comes_first
@require_http_methods(["GET", "HEAD", "POST"])
def daily_day(request: HttpRequest, date: str) -> HttpResponse:
    """The day: a form while it is open to its township, else what was filed."""
    if request.method == "POST" and not is_own(request):
        raise PermissionDenied
    try:
        force = force_of(request)
        if request.scope.unit.level != Level.TOWNSHIP:
            return _choose_township(request, force)
        day = days.read_day(date)
        days.require_asked(force.round, day)
        if request.method == "POST":
            return _save(request, force, day)
        if is_own(request):
            days.require_open(force.round, day, days.local_day(force.now))
    except Refusal as refusal:
        return refused(request, refusal)
    number, moment = _number(request), asked_moment(request.GET)
    if moment is not None:
        return _past(
            request, day_then(request.scope, force, township_of(request), day, moment, number), moment
        )
    loaded = day_of(force, township_of(request), day, own=is_own(request), number=number)
    if is_own(request) and loaded.is_open and number is None:
        return _grid(request, loaded)
    return _filed(request, loaded)


def _number(request: HttpRequest) -> int | None:
    text = request.GET.get("revision", "")
    number = whole_number(text, most=9_999)
    if text and number is None:
        raise Http404
    return number


def _grid(request: HttpRequest, day: Day) -> HttpResponse:
    url = day_url(request, "daily-day", day.date)
    table = table_context(day, request.GET.get("view", ""))
    urls = {
        "save": reverse("api-daily:draft", args=[day.date.isoformat()]) + unit_suffix(request.scope),
        "check": day_url(request, "daily-check", day.date),
        "login": f"/login/?next={url}",
        "org": reverse("elections:org", args=["000000000000"]),
    }
    context = {
        **common_context(request, day),
        **table,
        **issues_context(day, url, table["view"]),
        "island": island(day, urls, str(request.scope.assignment_id)),
        "seen": json.dumps(seen(day, table["columns"]), ensure_ascii=False, separators=(",", ":")),
        "check_url": urls["check"],
        "offer": offer_of(day),
    }
    return render(request, "reports/daily_grid.html", context)


def common_context(request: HttpRequest, day: Day) -> dict[str, Any]:
    """What every screen of a day shows: unit, day, state, clock, the days around."""
    return {
        "day": day,
        "unit": day.township,
        "url": day_url(request, "daily-day", day.date),
        "own": is_own(request),
        "now": day.force.now,
        "due": day.due,
        "due_label": f"{day.due:%H:%M} 截止",
        "days": _near_days(request, day),
        "steps": crumbs(request.scope, day.township, reverse("reports:daily")),
    }


def _near_days(request: HttpRequest, day: Day) -> list[dict[str, Any]]:
    """The reporting days around this one, newest first, each with how it stands."""
    last = min(day.today, day.force.round.reporting_to)
    end = min(last, day.date + datetime.timedelta(days=5))
    around = days.reporting_days(day.force.round, day.date - datetime.timedelta(days=9), end)
    return [
        {
            "date": one,
            "url": day_url(request, "daily-day", one),
            "state": _chip(day, one),
            "current": one == day.date,
        }
        for one in reversed(around)
    ]


def _chip(day: Day, one: datetime.date) -> str:
    """State chip of a day (see the kit): draft, filed, late, missing, wait, reopened."""
    sheet = day.near.get(one)
    state = states.state_at(sheet.state, sheet.open_until, day.force.now) if sheet else ""
    if state == SheetState.RETURNED:
        return "returned"
    if state in (SheetState.CORRECTION_REQUESTED, *states.OPENED):
        return "reopened"
    standing = day.timeliness_of(one, sheet).value
    if standing == "not_due":
        return "draft" if sheet else "waiting"
    return {"on_time": "filed", "late": "late", "missing": "missing", "not_asked": "waiting"}[standing]


def _past(request: HttpRequest, day: Day, moment: datetime.datetime) -> HttpResponse:
    """What had been filed by a moment; nothing can be done there."""
    context = _read(request, day) | moment_context(request, moment)
    context["url"] = _with_moment(context["url"], moment)
    context["days"] = [one | {"url": _with_moment(one["url"], moment)} for one in context["days"]]
    return render(request, "reports/daily_filed.html", context)


def _with_moment(url: str, moment: datetime.datetime) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(moment_query(moment))}"


def _filed(request: HttpRequest, day: Day) -> HttpResponse:
    context = {
        **_read(request, day),
        "may_ask": is_own(request) and day.state == "filed",
        "may_answer": request.scope.has(Role.COUNTY_OFFICE) and day.request is not None,
        **opening_context(request, day),
        **moment_context(request, None),
    }
    return render(request, "reports/daily_filed.html", context)


def _read(request: HttpRequest, day: Day) -> dict[str, Any]:
    """A filed day as it is read: its revision with the table, its versions, what was explained."""
    revision = day.shown
    context = {
        **common_context(request, day),
        **(table_context(day, request.GET.get("view", "")) if revision else {}),
        "revision": revision,
        "chip": _chip(day, day.date),
        "chip_text": {"correction_requested": "申请更正", "correcting": "更正中"}.get(day.state, ""),
    }
    if revision:
        first = day.revisions[-1]
        late = (first.filed_at - first.due_at).total_seconds()
        context |= {
            "receipt": receipt_number(revision),
            "check_code": short(revision.digest),
            "intact": is_intact(revision),
            "late_words": in_words(late) if first.late else "",
            "versions": [(one, receipt_number(one), short(one.digest)) for one in day.revisions],
            "changes": _changes_in_words(day),
            "explained": _explained(day),
        }
    return context


def _changes_in_words(day: Day) -> list[str]:
    names = {row.code: row.name for row in day.rows}
    titles = {metric.key: metric.name for metric in day.items}
    return [
        f"{names.get(change['village'], change['village'])} {titles.get(change['key'], change['key'])} "
        f"{figure_words(change['from'])} → {figure_words(change['to'])}"
        for change in (day.shown.changes if day.shown else [])
    ]


def _explained(day: Day) -> list[dict[str, str]]:
    """The warnings that were filed with a reason, by name of village and item."""
    names = {row.code: row.name for row in day.rows}
    titles = {metric.key: metric.name for metric in day.items}
    return [
        {**one, "village": names.get(one["village"], one["village"]), "item": titles.get(one["key"], "备注")}
        for one in (day.shown.warnings if day.shown else [])
    ]


def _save(request: HttpRequest, force: InForce, date: datetime.date) -> HttpResponse:
    """The plain form: keep what differs from what it started from, then do what the button says."""
    township = township_of(request)
    where = (force.round, township, date)
    act = request.POST.get("act", "save")
    view = request.POST.get("view", "")
    try:
        outcome = save_draft(*where, edits_of(request), by=request.scope)
        if act == "confirm":
            messages.success(request, f"沿用昨日的 {confirm_carried(*where, by=request.scope)} 格已确认")
        elif act == "zero":
            messages.success(request, f"未报的 {fill_zeros(*where, by=request.scope)} 格已填 0")
    except ValidationError as error:
        say_no(request, error)
        return redirect(day_url(request, "daily-day", date))
    for refusal in outcome.refused:
        say_no(request, Refusal(str(refusal["code"]), f"{refusal['message']}，没有保存"))
    for conflict in outcome.conflicts:
        theirs, yours = conflict["theirs"] or "空白", conflict["yours"] or "空白"
        said = f"冲突：{conflict['by']}已填 {theirs}，您填的 {yours} 没有保存"
        say_no(request, Refusal("cell_changed", said))
    clean = not outcome.refused and not outcome.conflicts
    if act == "check" and clean:
        return redirect(day_url(request, "daily-check", date))
    if clean and act == "save":
        messages.success(request, f"已保存 {len(outcome.saved)} 格")
    url = day_url(request, "daily-day", date)
    sign = "&" if "?" in url else "?"
    return redirect(f"{url}{sign}view={view}" if view.isalpha() else url)


def edits_of(request: HttpRequest) -> list[Edit]:
    """Cells of a plain form that differ from what the form showed when it was made."""
    started = _seen(request.POST.get("seen", "{}"))
    edits = []
    for name, text in request.POST.items():
        if not name.startswith("c.") or name.count(".") != 2:
            continue
        _, village, key = name.split(".")
        before, stamp = started.get((village, key), ("", 0))
        if text.strip() != before:
            edits.append(Edit(village, key, text, stamp))
    return edits


def _seen(text: str) -> dict[tuple[str, str], tuple[str, int]]:
    """(text, number of the last change) of each cell as the form showed it; refuses what `seen()` did not write."""
    try:
        return {
            (village, key): (str(before), int(stamp))
            for village, cells in json.loads(text).items()
            for key, (before, stamp) in cells.items()
        }
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise Refusal("form_damaged", "表单不完整，请刷新后重填", field="seen", status=400) from None
