"""Handing out a file: entered in the register first, marked on every sheet, gone after a day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from django.db.models import F
from django.utils import timezone

from accounts import audit, audit_types
from accounts.jobs import JobContext
from accounts.models import Area, ExportRecord, Job
from accounts.spreadsheets.layout import Sheet
from accounts.spreadsheets.writers import write_workbook


def save_export(
    ctx: JobContext,
    sheets: Iterable[Sheet],
    filename: str,
    *,
    unit: Area | None,
    holds: str = "",
    personal: bool = False,
) -> ExportRecord:
    """Write `sheets` as the job's result under `filename` (.xlsx, or .csv for one sheet); returns the entry.

    The entry is made before the file; every sheet names its number, who took it and when (security 3.4).
    """
    scope = ctx.scope
    audit.act(scope, audit_types.EXPORT_MADE, unit, after={"file": filename, "personal": personal})
    record = ExportRecord.objects.create(
        job_id=ctx.job_id,
        area=unit,
        made_by_id=scope.assignment_id,
        holder_name=scope.name,
        office_name=scope.office,
        filename=filename[:160],
        holds=holds[:200],
        personal=personal,
    )
    stamp = f"{scope.office} {scope.name} {timezone.localtime():%Y-%m-%d %H:%M}"
    path = ctx.work_file(Path(filename).suffix)
    with ctx.reading():  # the rows are read as the file is written
        written = write_workbook(path, _stamped(sheets, record.number, stamp))
    record.sha256, record.size = _digest(path), path.stat().st_size
    record.rows = written.total_rows
    ctx.save_result(path, filename)
    record.expires_at = ctx.result.expires_at if ctx.result else None
    record.save(update_fields=["sha256", "size", "rows", "expires_at"])
    return record


def is_personal(job: Job) -> bool:
    """Whether the job's file is an export that names people. One query."""
    return ExportRecord.objects.filter(job_id=job.pk, personal=True).exists()


def note_download(job: Job) -> None:
    """Count one more download of a job's file; files that are no exports have no entry. One query."""
    ExportRecord.objects.filter(job_id=job.pk).update(downloads=F("downloads") + 1)


def _stamped(sheets: Iterable[Sheet], number: str, stamp: str) -> Iterable[Sheet]:
    for sheet in sheets:
        sheet.export_number, sheet.stamp = number, stamp
        yield sheet


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
