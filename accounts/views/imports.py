"""/imports/<sheet>/: 1 选文件, 2 对列, 3 核对, 4 写入, for every registered sheet; works without scripts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.auth.step_up import steps_up
from accounts.doors import allow_all, takes_upload
from accounts.errors import Refusal
from accounts.models import Job
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets import uploads
from accounts.spreadsheets.codes import FileRefused
from accounts.spreadsheets.preview import Preview
from accounts.spreadsheets.registry import Registered
from accounts.typed_again import say_no
from accounts.views.import_columns import columns_page
from accounts.views.import_doors import STEPS, desk_of, entry_of


@allow_all
@takes_upload
@require_http_methods(["GET", "POST"])
def import_start(request: HttpRequest, name: str) -> HttpResponse:
    """Step 1: choose a file. A readable one goes on to step 2, or to step 3 when every column is known.

    The file is received, stored and read while no transaction is open.
    """
    entry = entry_of(request, name)
    refusal = ""
    if request.method == "POST":
        try:
            desk = uploads.take(request.FILES.get("file"), entry, by=request.scope)
        except FileRefused as refused:
            refusal = str(refused)
        else:
            with request.in_scope():
                uploads.check_if_complete(entry, desk, by=request.scope)
                return redirect("imports:desk", name, desk.token)
    context = {"entry": entry, "steps": STEPS, "current": 1, "refusal": refusal}
    with request.in_scope():
        return render(request, "accounts/import_start.html", context, status=400 if refusal else 200)


@allow_all
@require_GET
def import_desk(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """The step an upload has reached."""
    entry = entry_of(request, name)
    desk = desk_of(request, entry, token)
    context = {"entry": entry, "desk": desk, "steps": STEPS}
    if desk.check_job is None:
        return columns_page(request, context, entry, desk)
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


@allow_all
@require_POST
def import_write(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """Step 4: write what the preview shows, once the user has confirmed the number of rows read.

    A sheet of accounts asks for step-up, as granting a single role does.
    """
    entry = entry_of(request, name)
    write = steps_up(_write) if entry.resource_class.personal else _write
    return write(request, entry=entry, desk=desk_of(request, entry, token))


def _write(request: HttpRequest, *, entry: Registered, desk: desks.Desk) -> HttpResponse:
    rows, digest = request.POST.get("rows", ""), request.POST.get("digest", "")
    try:
        uploads.confirm(entry, desk, rows=rows, digest=digest, by=request.scope)
    except Refusal as refusal:
        say_no(request, refusal)
    return redirect("imports:desk", entry.name, desk.token)


@allow_all
@require_POST
def import_discard(request: HttpRequest, name: str, token: str) -> HttpResponse:
    """Give the upload up and start again."""
    entry = entry_of(request, name)
    desks.discard(desk_of(request, entry, token))
    return redirect("imports:start", name)
