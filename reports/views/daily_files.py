"""The day's sheet as a workbook: download, fill in, upload, look, keep."""

import json
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.choices import Role
from accounts.doors import allow, comes_first, takes_upload
from accounts.errors import Refusal
from accounts.spreadsheets.codes import FileRefused
from accounts.typed_again import say_no
from reports.actions.drafts import save_draft
from reports.daily_exchange import read_day, write_day
from reports.queries.day import Day, day_of
from reports.rules import days, states
from reports.rules.edits import Edit, Outcome
from reports.views.daily import common_context
from reports.views.units import READERS, day_url, force_of, is_own, refused, township_of

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def asked_day(request: HttpRequest, date: str) -> Day:
    """The day of the address; refuses one on which no report is asked for."""
    force = force_of(request)
    day = days.read_day(date)
    days.require_asked(force.round, day)
    return day_of(force, township_of(request), day, own=is_own(request))


@allow(*READERS)
@require_safe
def daily_download(request: HttpRequest, date: str) -> HttpResponse:
    """The sheet as it stands: the township's draft, or what was filed."""
    try:
        day = asked_day(request, date)
    except Refusal as refusal:
        return refused(request, refusal)
    return sheet_response(request, day)


def sheet_response(request: HttpRequest, day: Day) -> FileResponse:
    """The workbook of a day as a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = write_day(day, Path(folder) / "day.xlsx", scope=request.scope)
        opened = path.open("rb")
    response = FileResponse(opened, content_type=SPREADSHEET)
    name = quote(f"{day.township.name}日报{day.date}.xlsx")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return response


@allow(Role.TOWNSHIP)
@comes_first
@takes_upload
@require_http_methods(["GET", "HEAD", "POST"])
def daily_import(request: HttpRequest, date: str) -> HttpResponse:
    """Choose a file, look at what it would change, keep it in the draft. The file is read outside a transaction."""
    with request.in_scope():
        try:
            day = open_day(request, date)
            if request.method == "POST" and "edits" in request.POST:
                return _keep(request, day)
        except Refusal as refusal:
            return refused(request, refusal)
    found: dict[str, Any] = {"current": 1}
    if request.method == "POST":
        try:
            found = _look(request, day)
        except FileRefused as refusal:
            found["refusal"] = str(refusal)
    with request.in_scope():
        context = {**common_context(request, day), **found}
        status = 400 if "refusal" in found else 200
        return render(request, "reports/daily_import.html", context, status=status)


def open_day(request: HttpRequest, date: str) -> Day:
    """The day of the address; refuses one that is closed to its township, or filed."""
    day = asked_day(request, date)
    days.require_open(day.force.round, day.date, day.today)
    states.require_editable(day.state)
    return day


def _look(request: HttpRequest, day: Day) -> dict[str, Any]:
    """What the file says, for the page that shows it."""
    upload = request.FILES.get("file")
    if upload is None:
        raise FileRefused("XL-001")
    preview = read_day(upload, day, by=request.scope)
    edits = json.dumps([edit._asdict() for edit in preview.edits], ensure_ascii=False)
    return {"current": 3, "preview": preview, "edits": edits, "name": upload.name}


def edits_of(request: HttpRequest) -> list[Edit]:
    """The previewed edits as the form brings them back."""
    try:
        return [
            Edit(str(one["village"]), str(one["key"]), str(one["text"]), int(one["base"]))
            for one in json.loads(request.POST["edits"])
        ]
    except (ValueError, KeyError, TypeError, OverflowError):
        raise Refusal("form_damaged", "表单不完整，请重新选文件", field="edits", status=400) from None


def _keep(request: HttpRequest, day: Day) -> HttpResponse:
    """Keep the previewed edits: the same act, checks and conflicts as typing them."""
    edits = edits_of(request)
    back = redirect(day_url(request, "daily-day", day.date))
    try:
        outcome = save_draft(day.force.round, day.township, day.date, edits, by=request.scope)
    except ValidationError as error:
        say_no(request, error)
        return back
    say_outcome(request, outcome)
    return back


def say_outcome(request: HttpRequest, outcome: Outcome) -> None:
    """What became of the cells, as a message."""
    messages.success(request, f"已从表格写入草稿 {len(outcome.saved)} 格")
    if outcome.conflicts or outcome.refused:
        left = len(outcome.conflicts) + len(outcome.refused)
        said = f"{left} 格在核对之后被别人改过或不能保存，没有写入"
        say_no(request, Refusal("cells_not_written", said))
