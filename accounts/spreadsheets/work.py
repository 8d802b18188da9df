"""The long parts of the wizard as jobs: check a file, write it, export a sheet."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts import retention
from accounts.choices import ALL_ROLES
from accounts.errors import Refusal
from accounts.exports import save_export
from accounts.jobs import JobContext, register_job
from accounts.scope import Scope
from accounts.sealed import Scratch, chunks_of
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets import engine
from accounts.spreadsheets.codes import FileRefused
from accounts.spreadsheets.exporting import resource_sheet
from accounts.spreadsheets.marking import mark_workbook
from accounts.spreadsheets.registry import Registered, registered

CHECK, WRITE, EXPORT = "sheets.check", "sheets.write", "sheets.export"


def entry_for(name: str, role: str, *, importing: bool = True) -> Registered:
    """The registered sheet if this role may use it; raises PermissionDenied."""
    entry = registered(name)
    if entry is None or role not in (entry.roles if importing else entry.export_roles):
        raise PermissionDenied
    return entry


def _desk(ctx: JobContext, entry: Registered) -> desks.Desk:
    found = desks.find(ctx.params["desk"], resource=entry.name, assignment=ctx.scope.assignment_id)
    if found is None:
        raise Refusal("upload_expired", "上传的文件已到期删除，请重新选文件")
    return found


@register_job(CHECK, label="核对导入文件", roles=ALL_ROLES, shared=False)
def check_upload(ctx: JobContext) -> None:
    """Check every row of an upload and keep the preview; a file with errors is given back marked."""
    entry = entry_for(ctx.params["resource"], ctx.scope.role)
    desk = _desk(ctx, entry)
    resource = entry.resource_class()
    try:
        _target, preview = engine.check(resource, desk.reading(), scope=ctx.scope, report=ctx.progress)
    except FileRefused as refusal:
        desk.refused = str(refusal)
        desk.save()
        ctx.finish(str(refusal))
        return
    keep_outcome(ctx, desk, preview)
    ctx.finish(
        f"新增 {preview.new}，有改动 {preview.changed}，无变化 {preview.same}，错误 {preview.errors}，"
        + ("等待确认写入" if preview.is_clean else "请改正后重新上传")
    )


def keep_outcome(ctx: JobContext, desk: desks.Desk, preview: Any) -> None:
    """Keep the preview on the desk, with the marked workbook when something is wrong."""
    if preview.problems:
        ctx.progress(preview.rows, preview.rows, "标出错误")
        marked = Scratch()
        with desk.part(desks.ORIGINAL).open() as original:
            mark_workbook(original, marked.path, preview)
        desk.keep(desks.MARKED, chunks_of(marked.path))
    desk.keep_preview(preview)


@register_job(WRITE, label="写入导入文件", roles=ALL_ROLES, shared=False)
def write_upload(ctx: JobContext) -> None:
    """Write the rows the user confirmed: all or none, and only what the preview showed."""
    entry = entry_for(ctx.params["resource"], ctx.scope.role)
    desk = _desk(ctx, entry)
    resource = entry.resource_class()
    try:
        preview = engine.write(
            resource,
            desk.reading(),
            scope=ctx.scope,
            digest=desk.confirmed,
            source_sha256=desk.sha256,
            report=ctx.progress,
        )
    except engine.StalePreview as stale:
        keep_outcome(ctx, desk, stale.preview)
        desk.stale, desk.confirmed = True, ""
        desk.save()
        ctx.finish("核对之后库中数据有变化，没有写入。请看新的核对结果再确认。")
        return
    keep_outcome(ctx, desk, preview)
    if handout := list(resource.handout()):
        desk.keep(desks.HANDOUT, handout)
    if preview.written is None:
        ctx.finish(f"有 {preview.errors} 行错误，没有写入。")
        return
    inserted, updated = preview.written
    ctx.finish(f"写入 {inserted + updated} 行：新增 {inserted}，更新 {updated}，无变化 {preview.same}。")


@register_job(EXPORT, label="导出表格", roles=ALL_ROLES, shared=False)
def export_sheet(ctx: JobContext) -> None:
    """Export a registered sheet for the unit that was in force, which the requester must still cover."""
    entry = entry_for(ctx.params["resource"], ctx.scope.role, importing=False)
    suffix = ".csv" if ctx.params.get("format") == "csv" else ".xlsx"
    ctx.progress(0, 0, "写出表格")
    scope = _at_unit(ctx)
    query = ctx.params.get("query", {})
    sheet = resource_sheet(entry.resource_class(), scope=scope, query=query)
    unit, narrowed = scope.unit.name if scope.unit else "", "（筛选）" if query else ""
    filename = f"{unit}{entry.label}{narrowed}{timezone.localdate():%Y%m%d}{suffix}"
    holds = "；".join(sheet.notes[:1]) if query else ""
    save_export(ctx, [sheet], filename, unit=scope.unit, holds=holds, personal=entry.resource_class.personal)
    ctx.finish("已导出")


def _at_unit(ctx: JobContext) -> Scope:
    """The requester's scope with the unit of the parameters in force; it cannot reach further than the scope."""
    from accounts.models import Area  # noqa: PLC0415 - this package is imported before the models

    code = ctx.params.get("unit", "")
    if not code:
        return ctx.scope
    unit = Area.objects.visible_to(ctx.scope).filter(code=code).first()
    if unit is None or not ctx.scope.covers(unit):
        raise Refusal("unit_outside", "单位已不在您的管辖范围内，请重新导出")
    return replace(ctx.scope, unit=unit)


retention.register(
    retention.Rule(
        code="sheets.uploads",
        label="上传的工作簿，自上传起",
        age=dt.timedelta(days=desks.KEEP_DAYS),
        kept=f"加密保存 {desks.KEEP_DAYS} 天，解析结果 {desks.WORK_DAYS} 天",
        then="删除文件，摘要留存",
        place="uploads/、imports-deleted.jsonl",
        source="数据保留表：上传工作簿",
        due=lambda now: sum(desks.sweep(now.timestamp(), pretend=True)),
        apply=lambda now: sum(desks.sweep(now.timestamp())),
    )
)
