"""Open a township's day and keep what is typed into it."""

import datetime
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import connections, transaction

from accounts import audit
from accounts.choices import Level, Role
from accounts.metrics import MetricKind, MetricNature
from accounts.models import Area
from reports import audit_types
from reports.actions.sheets import lock_sheet
from reports.models import DailyDraft, DailyRevision, DailySheet
from reports.queries.clock import database_now
from reports.queries.rows import carried_forward, filed_rows, past_of, villages_with_base
from reports.queries.settings import table_on
from reports.rules import days, states
from reports.rules.edits import Edit, Outcome, apply

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round


def require_own_township(by: "Scope", township: Area) -> None:
    """Only the township itself writes its day."""
    if by.role != Role.TOWNSHIP or township.level != Level.TOWNSHIP or not by.covers(township):
        raise PermissionDenied


@transaction.atomic
def open_sheet(round: "Round", township: Area, day: datetime.date, *, by: "Scope") -> DailySheet:
    """The township's sheet of `day`, locked; the first call makes it and carries stocks and dates forward."""
    require_own_township(by, township)
    sheet = lock_sheet(round, township, day)
    if sheet is not None:
        if sheet.state in states.OPENED:
            _restore_drafts(round, sheet)
        return sheet
    days.require_open(round, day, days.local_day(database_now()))
    audit.act(by, audit_types.DAY_OPENED, DailySheet, after={"date": day}, unit_path=township.path)
    made = DailySheet.objects.bulk_create(
        [DailySheet(round_id=round.pk, area_id=township.pk, date=day)], ignore_conflicts=True
    )
    sheet = lock_sheet(round, township, day)
    if sheet is None:
        raise RuntimeError(f"sheet of {township.code} {day} was neither made nor found: {made}")
    if not DailyDraft.objects.filter(round=round, township=township, date=day).exists():
        _carry_forward(round, township, day)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT daily_figure_partition(%s)", [day])
    return sheet


def _restore_drafts(round: "Round", sheet: DailySheet) -> None:
    """A correction begins with what was filed, also where the drafts of that day are no longer kept."""
    if DailyDraft.objects.filter(round=round, township=sheet.area, date=sheet.date).exists():
        return
    revision = DailyRevision.objects.get(
        round=round, area=sheet.area, date=sheet.date, number=sheet.revisions
    )
    items = [metric for metric in table_on(round, sheet.date) if metric.kind == MetricKind.TYPED]
    DailyDraft.objects.bulk_create(
        DailyDraft(
            round_id=round.pk,
            township_id=sheet.area_id,
            area_id=row.village,
            date=sheet.date,
            values=dict(row.values),
            marks=row.marks,
            note=row.note,
        )
        for row in filed_rows(revision, items)
    )


def _carry_forward(round: "Round", township: Area, day: datetime.date) -> None:
    items = table_on(round, day)
    past = past_of(round, township, day, items)
    drafts = []
    for area_id, *_ in villages_with_base(round, township, day):
        values, marks = carried_forward(past, area_id, items)
        drafts.append(
            DailyDraft(
                round_id=round.pk,
                township_id=township.pk,
                area_id=area_id,
                date=day,
                values=values,
                marks=marks,
                carried=[*values, *marks],
            )
        )
    DailyDraft.objects.bulk_create(drafts)


@transaction.atomic
def save_draft(
    round: "Round", township: Area, day: datetime.date, edits: Sequence[Edit], *, by: "Scope"
) -> Outcome:
    """Keep the edits that can be kept; the outcome names those refused and those in conflict.

    Drafts are working paper: no act is opened for a keystroke, only for opening the day.
    """
    sheet = open_sheet(round, township, day, by=by)
    states.require_editable(sheet.state)
    items = {metric.key: metric for metric in table_on(round, day) if metric.kind == "typed"}
    codes = {edit.village for edit in edits}
    drafts = {
        draft.area.code: draft
        for draft in DailyDraft.objects.filter(
            round=round, township=township, date=day, area__code__in=codes
        ).select_related("area")
    }
    outcome, changed = Outcome(), set()
    for edit in edits:
        draft = drafts.get(edit.village)
        if draft is None:
            outcome.refuse(edit, "DR-096")
        elif apply(
            draft, edit, items.get(edit.key), by=by.name, day=day, starts_on=round.starts_on, outcome=outcome
        ):
            changed.add(edit.village)
    _save([drafts[code] for code in sorted(changed)])
    return outcome


def _save(drafts: list[DailyDraft]) -> None:
    if drafts:
        now = database_now()
        for draft in drafts:
            draft.updated_at = now
        DailyDraft.objects.bulk_update(
            drafts, ["values", "marks", "carried", "stamps", "reasons", "note", "updated_at"]
        )


@transaction.atomic
def confirm_carried(
    round: "Round", township: Area, day: datetime.date, *, by: "Scope", villages: Iterable[str] | None = None
) -> int:
    """沿用昨日全部确认: confirm what was carried forward; returns how many cells."""

    def confirm(draft: DailyDraft) -> int:
        count = len(draft.carried)
        draft.carried = []
        return count

    return _for_each_draft(round, township, day, confirm, by=by, villages=villages)


@transaction.atomic
def fill_zeros(
    round: "Round", township: Area, day: datetime.date, *, by: "Scope", villages: Iterable[str] | None = None
) -> int:
    """其余填 0: every flow that is 未报 becomes 0, said by the township itself; returns how many cells."""
    flows = [metric.key for metric in table_on(round, day) if metric.nature is MetricNature.FLOW]

    def fill(draft: DailyDraft) -> int:
        empty = [key for key in flows if key not in draft.values and key not in draft.marks]
        for key in empty:
            draft.values[key] = 0
            draft.stamps[key] = [draft.stamps.get(key, [0, ""])[0] + 1, by.name]
        return len(empty)

    return _for_each_draft(round, township, day, fill, by=by, villages=villages)


def _for_each_draft(
    round: "Round",
    township: Area,
    day: datetime.date,
    change: Callable[[DailyDraft], int],
    *,
    by: "Scope",
    villages: Iterable[str] | None,
) -> int:
    sheet = open_sheet(round, township, day, by=by)
    states.require_editable(sheet.state)
    drafts = DailyDraft.objects.filter(round=round, township=township, date=day)
    if villages is not None:
        drafts = drafts.filter(area__code__in=list(villages))
    counts = {draft: change(draft) for draft in drafts}
    _save([draft for draft, count in counts.items() if count])
    return sum(counts.values())
