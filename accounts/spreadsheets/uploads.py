"""What one does with an upload, whoever asks (screen or API): take it, have it checked, confirm it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.errors import Refusal
from accounts.jobs import start_job
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets import engine, work
from accounts.spreadsheets.codes import FileRefused, column_letters

SOURCE = "导入规则"

if TYPE_CHECKING:
    from accounts.models import Job
    from accounts.scope import Scope
    from accounts.spreadsheets.registry import Registered


def take(upload: Any, entry: Registered, *, by: Scope) -> desks.Desk:
    """Receive, store and read a file (None: refused). Call it while no transaction is open: it takes seconds.

    Raises FileRefused; of a refused file only its digest is kept.
    """
    if upload is None:
        raise FileRefused("XL-001")
    desk = desks.receive(upload, resource=entry.name, assignment=by.assignment_id or 0)
    try:
        book = desk.read()
        headings = engine.find_headings(entry.resource_class(), book)
    except FileRefused:
        desks.discard(desk)
        raise
    desk.keep_reading(book, headings)
    return desk


def check_if_complete(entry: Registered, desk: desks.Desk, *, by: Scope) -> None:
    """Start the check at once when every column is known."""
    if all(desks.heading_from(data).is_complete for data in desk.headings.values()):
        start_check(entry, desk, by=by)


def start_check(entry: Registered, desk: desks.Desk, *, by: Scope) -> Job:
    """Have every row checked, as a job."""
    job = _start(work.CHECK, entry, desk, by)
    # The job may have run already (eager): its own changes of the desk must stay.
    current = desks.find(desk.token, resource=desk.resource, assignment=desk.assignment) or desk
    current.check_job, current.write_job, current.stale = job.pk, None, False
    current.save()
    return job


def choose_columns(entry: Registered, desk: desks.Desk, answers: Mapping[str, str], *, by: Scope) -> Job:
    """Step 2 answered: `s<sheet>c<column>` is which column of ours ('' or unknown: left out); then the check begins.

    Raises ValidationError with every column that was chosen twice or not at all.
    """
    reading, resource = desk.reading(), entry.resource_class()
    labels = {w.key: w for w in resource.wanted()}
    problems: list[Refusal] = []
    for number, heading in reading.headings.items():
        chosen: dict[str, int] = {}
        for col in heading.columns:
            field = f"s{number}c{col}"
            key = answers.get(field, "")
            if key in chosen:
                first, second = column_letters(chosen[key]), column_letters(col)
                said = f"“{labels[key].heading}”选了两列：{first} 和 {second}。"
                problems.append(Refusal("column_chosen_twice", said, field=field, source=SOURCE))
            elif key in labels:
                chosen[key] = col
        heading.matched, heading.unknown, heading.duplicate = chosen, {}, []
        heading.missing = [w.heading for w in labels.values() if w.required and w.key not in chosen]
        engine.require_unit(resource, heading)
        problems += [
            Refusal("column_not_chosen", f"还没有选“{missing}”是哪一列。", field="columns", source=SOURCE)
            for missing in heading.missing
        ]
    if problems:
        raise ValidationError(problems)
    desk.keep_reading(reading.book, reading.headings)
    return start_check(entry, desk, by=by)


def confirm(entry: Registered, desk: desks.Desk, *, rows: str, digest: str, by: Scope) -> Job:
    """Write what the preview showed, as a job, once the number of rows read and the preview are confirmed."""
    preview = desk.preview()
    if preview is None or not preview.is_clean:
        raise Refusal("preview_not_clean", "核对还没有通过，不能写入")
    if rows != str(preview.rows):
        raise Refusal("rows_not_confirmed", f"请先确认读到的行数：{preview.rows} 行，与原表一致")
    if digest != preview.digest:
        raise Refusal("preview_outdated", "核对结果已更新，请按新的结果确认")
    desk.confirmed, desk.stale = preview.digest, False
    desk.save()
    job = _start(work.WRITE, entry, desk, by)
    current = desks.find(desk.token, resource=desk.resource, assignment=desk.assignment) or desk
    current.write_job = job.pk
    current.save()
    return job


def start_export(entry: Registered, query: Mapping[str, str], *, form: str, by: Scope) -> Job:
    """Export the sheet of the unit in force as a job, as the list shows it under `query` (what is no filter of the
    list is left out). `form` is xlsx or csv. The same order twice finds the first.
    """
    shown = {name: query[name] for name in entry.resource_class.list_filters if query.get(name)}
    code, name = (by.unit.code, by.unit.name) if by.unit else ("", "")
    order = hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:16] if shown else ""
    return start_job(
        work.EXPORT,
        f"{entry.name}:{code}:{form}:{order}",
        by=by,
        params={"resource": entry.name, "format": form, "unit": code, "query": shown},
        detail=f"{name}{entry.label}{'（筛选）' if shown else ''} {timezone.localdate():%m-%d}",
    )


def _start(kind: str, entry: Registered, desk: desks.Desk, by: Scope) -> Job:
    return start_job(
        kind,
        f"{entry.name}:{desk.token}",
        by=by,
        params={"resource": entry.name, "desk": desk.token},
        detail=f"{entry.label} {desk.filename}",
    )
