"""Files of the wizard: the marked workbook, the template; and the export of a sheet."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO
from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts import audit, audit_types
from accounts.auth.step_up import steps_up
from accounts.doors import allow_all, gives_way
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets.exporting import export_template
from accounts.spreadsheets.registry import Registered
from accounts.spreadsheets.uploads import start_export
from accounts.views.import_doors import desk_of, entry_of

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@allow_all
@require_GET
def marked_file(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """The user's own workbook with the bad cells marked."""
    return marked_response(desk_of(request, entry_of(request, name), token))


def marked_response(desk: desks.Desk) -> FileResponse:
    """The marked workbook of an upload; 404 while there is none."""
    if not desk.has(desks.MARKED):
        raise Http404
    return _file(desk.part(desks.MARKED).open(), f"标错_{Path(desk.filename).stem}.xlsx")


@allow_all
@require_POST
@steps_up
def handout_file(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """What the import left for the one who wrote it (first passwords): handed out once, within a day, and audited.

    Asks for step-up, as setting a single password does.
    """
    entry = entry_of(request, name)
    left = desk_of(request, entry, token).take_handout()
    if left is None:
        raise Http404
    audit.act(request.scope, audit_types.HANDOUT_TAKEN, after={"sheet": name})
    response = _file(left.open(), f"{entry.label}首次密码.xlsx")
    response["Cache-Control"] = "no-store"
    return response


@allow_all
@require_GET
def template_file(request: HttpRequest, name: str) -> HttpResponse:
    """An empty sheet with our headings and the units of the scope filled in."""
    return template_response(request, entry_of(request, name, importing=False))


def template_response(request: HttpRequest, entry: Registered) -> FileResponse:
    """The template of a sheet for the caller's scope."""
    with tempfile.TemporaryDirectory() as folder:
        path = export_template(entry.resource_class(), Path(folder) / "template.xlsx", scope=request.scope)
        return _file(path.open("rb"), f"{entry.label}模板.xlsx")


@allow_all
@gives_way
@require_POST
def export_start(request: HttpRequest, name: str) -> HttpResponse:
    """Export the sheet of the unit in force, filtered as the list in the same query string, as a job.

    A sheet that names people asks for step-up first.
    """
    entry = entry_of(request, name, importing=False)
    start = steps_up(_export) if entry.resource_class.personal else _export
    return start(request, entry=entry)


def _export(request: HttpRequest, *, entry: Registered) -> HttpResponse:
    form = "csv" if request.POST.get("format") == "csv" else "xlsx"
    job = start_export(entry, request.GET.dict(), form=form, by=request.scope)
    return redirect(reverse("jobs:detail", args=[job.pk]))


def _file(opened: IO[bytes], filename: str) -> FileResponse:
    response = FileResponse(opened, content_type=SPREADSHEET)
    response["Content-Disposition"] = (
        f"attachment; filename=\"sheet.xlsx\"; filename*=UTF-8''{quote(filename)}"
    )
    return response
