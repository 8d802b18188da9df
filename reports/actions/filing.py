"""File a township's day: one transaction, one revision, once per version of the sheet."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connections, transaction

from accounts import audit
from accounts.choices import Level
from accounts.errors import Refusal
from accounts.metrics import Metric, MetricKind, MetricNature
from accounts.models import Area
from reports import audit_types, metrics
from reports.actions.drafts import open_sheet
from reports.actions.marks import mark_dirty
from reports.choices import Move, SheetState
from reports.models import CorrectionRequest, DailyRevision, DailySheet, SheetOpening
from reports.queries.clock import database_now
from reports.queries.receipts import mac_of
from reports.queries.rows import draft_rows, filed_rows
from reports.queries.settings import cut_offs, table_on
from reports.rules import days, states
from reports.rules.checks import Issue, Row, Sheet, check
from reports.rules.digest import CanonicalRow, digest
from reports.rules.timing import SHANGHAI, due_at

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round


class IssuesRefusal(Refusal):
    """The report has errors, or warnings nobody explained; `issues` lists all of them at once."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = list(issues)
        errors = sum(issue.is_error for issue in issues)
        waiting = len(issues) - errors
        parts = [f"错误 {errors} 处，须改正"] * bool(errors) + [f"提醒 {waiting} 处，须说明"] * bool(waiting)
        super().__init__("report_has_issues", "；".join(parts), field="rows", source="日报核对", status=400)

    def to_payload(self) -> dict[str, Any]:
        return {
            **super().to_payload(),
            "issues": [
                {
                    "code": issue.code,
                    "level": issue.level,
                    "village": issue.village_code,
                    "key": issue.key,
                    "message": issue.message,
                    "remedy": issue.remedy,
                    "source": issue.source,
                }
                for issue in self.issues
            ],
        }


@transaction.atomic
def file_day(
    round: "Round", township: Area, day: datetime.date, *, version: int, by: "Scope", reason: str = ""
) -> DailyRevision:
    """上报: freeze the draft as the next revision. The same version filed twice gives the same receipt.

    Refused while any error or unexplained warning stands, when the sheet has moved on since `version`, when
    the day has not come, and after the round has closed. On time or late is the database's judgement.
    """
    sheet = open_sheet(round, township, day, by=by)
    if sheet.ended_at is not None:
        raise Refusal(
            "reopening_ended",
            f"重开更正已于 {sheet.ended_at.astimezone(SHANGHAI):%m-%d %H:%M} 到期，第 {sheet.revisions} 稿有效；"
            "还要改请申请更正",
            field="state",
            source="日报状态",
            status=409,
        )
    if sheet.version != version:
        return _already_filed(sheet, version)
    move = Move.FILE if sheet.state == SheetState.DRAFT else Move.FILE_CORRECTION
    next_state = states.next_state(sheet.state, move)
    days.require_open(round, day, days.local_day(database_now()))
    items = table_on(round, day)
    rows = draft_rows(round, township, day, items)
    if not rows:
        raise Refusal(
            "no_villages", "本乡镇在本届没有村(社区)档案，先开立档案", field="rows", source="村情档案"
        )
    issues = check(rows, Sheet(day, round.starts_on, items))
    if blocking := [issue for issue in issues if issue.blocks]:
        raise IssuesRefusal(blocking)
    return _freeze(round, sheet, rows, items, issues, next_state, by=by, reason=reason)


def _already_filed(sheet: DailySheet, version: int) -> DailyRevision:
    revision = DailyRevision.objects.filter(
        round_id=sheet.round_id, area_id=sheet.area_id, date=sheet.date, sheet_version=version
    ).first()
    if revision is None:
        raise Refusal(
            "sheet_moved_on",
            "这一天的日报刚被别人动过，请刷新后核对再上报",
            field="version",
            source="日报状态",
            status=409,
        )
    return revision


def _freeze(
    round: "Round",
    sheet: DailySheet,
    rows: list[Row],
    items: list[Metric],
    issues: list[Issue],
    next_state: SheetState,
    *,
    by: "Scope",
    reason: str,
) -> DailyRevision:
    number = sheet.revisions + 1
    grant = _grant_of(sheet) if number > 1 else Grant()
    act = audit_types.CORRECTION_FILED if number > 1 else audit_types.DAY_FILED
    audit.act(by, act, sheet, reason=reason or grant.reason, after={"number": number})
    revision = _revision_of(round, sheet, rows, items, issues, grant, by=by)
    revision.save()
    revision.refresh_from_db(fields=["filed_at", "late"])
    _insert_figures(revision, items)
    sheet.state, sheet.version, sheet.revisions = next_state, sheet.version + 1, number
    sheet.first_filed_at = sheet.first_filed_at or revision.filed_at
    sheet.opening, sheet.open_until = None, None
    sheet.save()
    mark_dirty(revision)
    return revision


def _revision_of(
    round: "Round",
    sheet: DailySheet,
    rows: list[Row],
    items: list[Metric],
    issues: list[Issue],
    grant: "Grant",
    *,
    by: "Scope",
) -> DailyRevision:
    """The next revision, sealed: who filed it and by whose leave, what it holds, and what differs from the one before."""
    number = sheet.revisions + 1
    revision = DailyRevision(
        round_id=sheet.round_id,
        area_id=sheet.area_id,
        date=sheet.date,
        number=number,
        sheet_version=sheet.version,
        filed_by=by.assignment,
        filed_by_name=by.name,
        filed_by_office=by.office,
        due_at=due_at(sheet.date, cut_offs(round)[Level.TOWNSHIP]),
        reason=grant.reason,
        request=grant.request,
        opening=grant.opening,
        consented_by_id=grant.by_id,
        consented_by_name=grant.by_name,
        villages=len(rows),
        figures=sum(_is_typed_figure(row, metric) for row in rows for metric in items),
        is_zero=is_zero_report(rows, items),
        warnings=[_kept(issue) for issue in issues if not issue.is_error],
        changes=_changes(sheet, rows, items) if number > 1 else [],
        digest=digest(sheet.area.code, sheet.date, number, [canonical(row) for row in rows]),
    )
    revision.mac = mac_of(revision)
    return revision


@dataclass(frozen=True)
class Grant:
    """Who allowed a correction and why: the county's consent to a request, or its return or re-opening."""

    reason: str = ""
    by_id: int | None = None
    by_name: str = ""
    request: CorrectionRequest | None = None
    opening: SheetOpening | None = None


def _grant_of(sheet: DailySheet) -> Grant:
    if opening := sheet.opening:
        return Grant(opening.reason, opening.opened_by_id, opening.opened_by_name, opening=opening)
    request = CorrectionRequest.objects.filter(
        sheet=sheet, revision_number=sheet.revisions, decision="consented"
    ).latest("decided_at")
    return Grant(request.reason, request.decided_by_id, request.decided_by_name, request=request)


def canonical(row: Row) -> CanonicalRow:
    """A row in the form the digest is computed over."""
    return CanonicalRow(code=row.code, values=row.values, marks=row.marks, note=row.note)


def is_zero_report(rows: Sequence[Row], items: Sequence[Metric]) -> bool:
    """零报告: every flow of every village is 0."""
    flows = [metric.key for metric in items if metric.nature is MetricNature.FLOW]
    return all(row.values.get(key) == 0 for row in rows for key in flows)


def _is_typed_figure(row: Row, metric: Metric) -> bool:
    return metric.kind is MetricKind.TYPED and (metric.key in row.values or metric.key in row.marks)


def _kept(issue: Issue) -> dict[str, str]:
    return {
        "code": issue.code,
        "village": issue.village_code,
        "key": issue.key,
        "message": issue.message,
        "reason": issue.reason,
    }


def _changes(sheet: DailySheet, rows: list[Row], items: list[Metric]) -> list[dict[str, Any]]:
    """Cells that differ from the revision before: village, key, both texts."""
    before = DailyRevision.objects.get(
        round_id=sheet.round_id, area_id=sheet.area_id, date=sheet.date, number=sheet.revisions
    )
    filed = {row.code: row for row in filed_rows(before, items)}
    found = []
    for row in rows:
        old = filed.get(row.code)
        for metric in items:
            new_cell = row.marks.get(metric.key) or row.values.get(metric.key)
            old_cell = (old.marks.get(metric.key) or old.values.get(metric.key)) if old else None
            if metric.kind is MetricKind.TYPED and new_cell != old_cell:
                found.append({"village": row.code, "key": metric.key, "from": old_cell, "to": new_cell})
    return found


def _insert_figures(revision: DailyRevision, items: Sequence[Metric]) -> None:
    """Copy the locked drafts and the derived figures into the frozen table: one INSERT … SELECT."""
    columns, values = [], []
    for metric in metrics.table():
        columns.append(f'"{metric.key}"')
        cast = "date" if metric.nature is MetricNature.DATE else "int"
        if metric.kind is MetricKind.DERIVED:
            values.append(f"({metric.sql})::int")
        else:
            values.append(f"(draft.values ->> '{metric.key}')::{cast}")
    known = set(metrics.by_key())
    local = [metric.key for metric in items if metric.key not in known]
    sql = (
        "INSERT INTO reports_dailyfigure (date, revision_id, area_id, township_id, round_id, "  # noqa: S608
        f"extras, marks, note, unit_path, {', '.join(columns)}) "
        "SELECT draft.date, %s, draft.area_id, draft.township_id, draft.round_id, "
        "coalesce((SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(draft.values) e "
        "WHERE e.key = ANY (%s::text[])), '{}'), "
        f"draft.marks, draft.note, '', {', '.join(values)} "
        "FROM reports_dailydraft draft JOIN elections_org org "
        "ON org.area_id = draft.area_id AND org.round_id = draft.round_id "
        "WHERE draft.round_id = %s AND draft.township_id = %s AND draft.date = %s"
    )
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, [revision.pk, local, revision.round_id, revision.area_id, revision.date])
        if cursor.rowcount != revision.villages:
            raise Refusal(
                "villages_changed",
                f"村(社区)档案是 {revision.villages} 个，草稿是 {cursor.rowcount} 个，请刷新后再上报",
                field="rows",
                source="村情档案",
                status=409,
            )
