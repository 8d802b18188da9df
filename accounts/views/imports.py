"""/imports/<sheet>/: 1 选文件, 2 对列, 3 核对, 4 写入, for every registered sheet; works without scripts."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from urllib.parse import quote

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.doors import allow_all
from accounts.errors import Refusal
from accounts.jobs import start_job
from accounts.models import Job
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets import engine, work
from accounts.spreadsheets.codes import FileRefused, column_letters
from accounts.spreadsheets.exporting import export_template
from accounts.spreadsheets.headings import Heading, cell_value
from accounts.spreadsheets.preview import Preview
from accounts.spreadsheets.reader import read_file
from accounts.spreadsheets.registry import Registered, registered
from accounts.spreadsheets.resources import SheetResource

STEPS = "选文件 对列 核对 写入"
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _entry(request: HttpRequest, name: str, *, importing: bool = True) -> Registered:
    entry = registered(name)
    if entry is None:
        raise Http404
    if request.scope.role not in (entry.roles if importing else entry.export_roles):
        raise PermissionDenied
    return entry


def _desk(request: HttpRequest, entry: Registered, token: str) -> desks.Desk:
    found = desks.find(token, resource=entry.name, assignment=request.scope.assignment_id)
    if found is None:
        raise Http404
    return found


@allow_all
@require_http_methods(["GET", "POST"])
def import_start(request: HttpRequest, name: str) -> HttpResponse:
    """Step 1: choose a file. A readable one goes on to step 2, or to step 3 when every column is known."""
    entry = _entry(request, name)
    refusal = ""
    if request.method == "POST":
        try:
            return redirect("imports:desk", name, _receive(request, entry).token)
        except FileRefused as refused:
            refusal = str(refused)
    context = {"entry": entry, "steps": STEPS, "current": 1, "refusal": refusal}
    return render(request, "accounts/import_start.html", context, status=400 if refusal else 200)


def _receive(request: HttpRequest, entry: Registered) -> desks.Desk:
    upload = request.FILES.get("file")
    if upload is None:
        raise FileRefused("XL-001")
    desk = desks.receive(upload, resource=entry.name, assignment=request.scope.assignment_id)
    try:
        with desk.original.open("rb") as source:
            book = read_file(source, desk.rows)
        headings = engine.find_headings(entry.resource_class(), book)
    except FileRefused:
        desks.discard(desk)
        raise
    desk.keep_reading(book, headings)
    if all(heading.is_complete for heading in headings.values()):
        _start_check(request, entry, desk)
    return desk


def _start_check(request: HttpRequest, entry: Registered, desk: desks.Desk) -> None:
    job = start_job(
        work.CHECK,
        f"{entry.name}:{desk.token}",
        by=request.scope,
        params={"resource": entry.name, "desk": desk.token},
        detail=f"{entry.label} {desk.filename}",
    )
    # The job may have run already (eager): its own changes of the desk must stay.
    current = desks.find(desk.token, resource=desk.resource, assignment=desk.assignment) or desk
    current.check_job, current.write_job, current.stale = job.pk, None, False
    current.save()


@allow_all
@require_GET
def import_desk(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """The step an upload has reached."""
    entry = _entry(request, name)
    desk = _desk(request, entry, token)
    context = {"entry": entry, "desk": desk, "steps": STEPS}
    if desk.check_job is None:
        return _columns_page(request, context, entry, desk)
    job = Job.objects.filter(pk=desk.write_job or desk.check_job).first()
    preview = desk.preview()
    context |= {"job": job, "preview": preview}
    if job is not None and (job.is_active or job.state != "done"):
        context["current"] = 4 if desk.write_job else 3
        return render(request, "accounts/import_running.html", context)
    if desk.refused or preview is None:
        context |= {"current": 3, "refusal": desk.refused or "没有核对结果，请重新上传。"}
        return render(request, "accounts/import_refused.html", context)
    if desk.write_job and preview.written is not None and not desk.stale:
        inserted, updated = preview.written
        context |= {
            "current": 4,
            "figures": _figures(preview, [("新增", inserted, ""), ("更新", updated, "")]),
        }
        return render(request, "accounts/import_written.html", context)
    context |= {
        "current": 3,
        "figures": _figures(
            preview,
            [
                ("新增", preview.new, "#new"),
                ("有改动", preview.changed, "#changed"),
                ("错误", preview.errors, "#error"),
            ],
        ),
        "write_label": f"写入 {preview.new + preview.changed} 行",
        "sample_tables": [
            (key, f"{word}（列出前 {len(preview.samples[key])} 行）", preview.samples[key])
            for key, word in (("changed", "有改动"), ("new", "新增"))
            if preview.samples.get(key)
        ],
    }
    return render(request, "accounts/import_preview.html", context)


def _figures(preview: Preview, counted: list[tuple[str, int, str]]) -> list[tuple[str, int, str, str]]:
    """(label, value, link, why there is none) of the figures above the page."""
    rows = [
        (label, value, url if value else "", "" if url and value else "没有明细")
        for label, value, url in counted
    ]
    rows.insert(2, ("无变化", preview.same, "", "与库中一样的行不列出"))
    return rows


def _columns_page(
    request: HttpRequest,
    context: dict,
    entry: Registered,
    desk: desks.Desk,
    problems: list[str] | None = None,
) -> HttpResponse:
    reading = desk.reading()
    resource = entry.resource_class()
    context |= {
        "current": 2,
        "problems": problems or [],
        "sheets": [
            {
                "name": reading.name(number) or desk.filename,
                "note": f"表头在第 {heading.last_row} 行",
                "warnings": [
                    *(f"没有找到“{name}”。" for name in heading.missing),
                    *(f"有两列“{name}”，请选一列。" for name in heading.duplicate),
                ],
                "columns": _column_rows(number, heading, reading, resource),
            }
            for number, heading in reading.headings.items()
        ],
    }
    return render(request, "accounts/import_columns.html", context, status=400 if problems else 200)


def _column_rows(number: int, heading: Heading, reading, resource: SheetResource) -> list[dict]:
    sheet = reading.book.sheets[number]
    samples = [cells for row, cells in reading.book.head(sheet) if row >= heading.data_row][:3]
    by_column = {col: key for key, col in heading.matched.items()}
    options = [(w.key, w.heading) for w in resource.wanted()]
    return [
        {
            "field": f"s{number}c{col}",
            "letters": column_letters(col),
            "heading": text,
            "samples": "、".join(
                masked(value)
                for cells in samples
                if len(cells) >= col and (value := cell_value(cells[col - 1]))
            ),
            "options": [(key, label, key == by_column.get(col)) for key, label in options],
            "decided": col in by_column,
        }
        for col, text in sorted(heading.columns.items())
    ]


PERSONAL_NUMBER = re.compile(r"(?<!\d)(?:\d{11,14}(?=\d{3}[\dXx](?!\d))|1[3-9]\d{5}(?=\d{4}(?!\d)))")


def masked(text: str) -> str:
    """A sample with identity and mobile numbers reduced to their last four characters."""
    return PERSONAL_NUMBER.sub(lambda found: "*" * len(found[0]), text)


@allow_all
@require_POST
def import_columns(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """Step 2 answered: which column is what; a column may be left out on purpose."""
    entry = _entry(request, name)
    desk = _desk(request, entry, token)
    if desk.check_job is not None:
        return redirect("imports:desk", name, token)
    reading, resource = desk.reading(), entry.resource_class()
    labels = {w.key: w for w in resource.wanted()}
    problems: list[str] = []
    for number, heading in reading.headings.items():
        chosen: dict[str, int] = {}
        for col in heading.columns:
            key = request.POST.get(f"s{number}c{col}", "")
            if key in chosen:
                problems.append(
                    f"“{labels[key].heading}”选了两列：{column_letters(chosen[key])} 和 {column_letters(col)}。"
                )
            elif key in labels:
                chosen[key] = col
        heading.matched, heading.unknown, heading.duplicate = chosen, {}, []
        heading.missing = [w.heading for w in labels.values() if w.required and w.key not in chosen]
        engine.require_unit(resource, heading)
        problems += [f"还没有选“{missing}”是哪一列。" for missing in heading.missing]
    if problems:
        context = {"entry": entry, "desk": desk, "steps": STEPS}
        return _columns_page(request, context, entry, desk, problems)
    desk.keep_reading(reading.book, reading.headings)
    _start_check(request, entry, desk)
    return redirect("imports:desk", name, token)


@allow_all
@require_POST
def import_write(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """Step 4: write what the preview shows, once the user has confirmed the number of rows read."""
    entry = _entry(request, name)
    desk = _desk(request, entry, token)
    preview = desk.preview()
    try:
        if preview is None or not preview.is_clean:
            raise Refusal("preview_not_clean", "核对还没有通过，不能写入")
        if request.POST.get("rows") != str(preview.rows):
            raise Refusal("rows_not_confirmed", f"请先确认读到的行数：{preview.rows} 行，与原表一致")
        if request.POST.get("digest") != preview.digest:
            raise Refusal("preview_outdated", "核对结果已更新，请按新的结果确认")
    except Refusal as refusal:
        messages.error(request, "；".join(refusal.messages), extra_tags=refusal.code)
        return redirect("imports:desk", name, token)
    desk.confirmed, desk.stale = preview.digest, False
    desk.save()
    job = start_job(
        work.WRITE,
        f"{entry.name}:{desk.token}",
        by=request.scope,
        params={"resource": entry.name, "desk": desk.token},
        detail=f"{entry.label} {desk.filename}",
    )
    current = _desk(request, entry, token)
    current.write_job = job.pk
    current.save()
    return redirect("imports:desk", name, token)


@allow_all
@require_POST
def import_discard(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """Give the upload up and start again."""
    entry = _entry(request, name)
    desks.discard(_desk(request, entry, token))
    return redirect("imports:start", name)


@allow_all
@require_GET
def marked_file(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """The user's own workbook with the bad cells marked."""
    entry = _entry(request, name)
    desk = _desk(request, entry, token)
    if not desk.marked.is_file():
        raise Http404
    return _file(desk.marked, f"标错_{Path(desk.filename).stem}.xlsx")


@allow_all
@require_GET
def template_file(request: HttpRequest, name: str) -> HttpResponse:
    """An empty sheet with our headings and the units of the scope filled in."""
    entry = _entry(request, name, importing=False)
    with tempfile.TemporaryDirectory() as folder:
        path = export_template(entry.resource_class(), Path(folder) / "template.xlsx", scope=request.scope)
        return _file(path, f"{entry.label}模板.xlsx")


@allow_all
@require_POST
def export_start(request: HttpRequest, name: str) -> HttpResponse:
    """Export the sheet of the unit in force as a job; the second click finds the first."""
    entry = _entry(request, name, importing=False)
    form = "csv" if request.POST.get("format") == "csv" else "xlsx"
    unit = request.scope.unit
    job = start_job(
        work.EXPORT,
        f"{entry.name}:{unit.code if unit else ''}:{form}",
        by=request.scope,
        params={"resource": entry.name, "format": form, "unit": unit.code if unit else ""},
        detail=f"{unit.name if unit else ''}{entry.label} {timezone.localdate():%m-%d}",
    )
    return redirect(reverse("jobs:detail", args=[job.pk]))


def _file(path: Path, filename: str) -> FileResponse:
    response = FileResponse(path.open("rb"), content_type=SPREADSHEET)
    response["Content-Disposition"] = (
        f"attachment; filename=\"sheet.xlsx\"; filename*=UTF-8''{quote(filename)}"
    )
    return response
