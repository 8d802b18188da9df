"""The rows of a township's sheet: records, draft or filed figures, and what they are compared with."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import connections
from django.db.models import Max, Sum

from accounts.metrics import Metric, MetricKind, MetricNature
from reports import metrics
from reports.models import DailyDraft, DailyFigure, DailyRevision
from reports.rules.checks import Row
from reports.rules.words import Value

if TYPE_CHECKING:
    from accounts.models import Area
    from elections.models import Round

WINDOW: Final = 7


@dataclass(frozen=True)
class Past:
    """What was filed before a day: the last figures of each village and its flows of the last seven days."""

    values: dict[int, dict[str, Value]]
    marks: dict[int, dict[str, str]]
    highest: dict[int, dict[str, int]]
    sums: dict[int, dict[str, int]]
    day: datetime.date | None


def villages_with_base(
    round: "Round", township: "Area", day: datetime.date
) -> list[tuple[int, str, str, dict[str, int | None]]]:
    """(area id, code, name, derived figures) of every village with a record that is open on `day`, by code. One query."""
    derived = metrics.derived()
    columns = ", ".join(f"({metric.sql})::int" for metric in derived)
    sql = (
        f"SELECT area.id, area.code, area.name, {columns} FROM elections_org org "  # noqa: S608
        "JOIN accounts_area area ON area.id = org.area_id "
        "WHERE org.round_id = %s AND org.unit_path >= %s AND org.unit_path < %s "
        "AND (area.valid_from IS NULL OR area.valid_from <= %s) AND (area.valid_to IS NULL OR area.valid_to > %s) "
        "ORDER BY area.code"
    )
    with connections["default"].cursor() as cursor:
        cursor.execute(sql, [round.pk, township.path, township.path_end, day, day])
        keys = [metric.key for metric in derived]
        return [(row[0], row[1], row[2], dict(zip(keys, row[3:], strict=True))) for row in cursor.fetchall()]


def newest_revisions(
    round: "Round", township: "Area", first: datetime.date, last: datetime.date
) -> list[DailyRevision]:
    """The newest revision of each day from `first` to `last`, latest day first. One query."""
    return list(
        DailyRevision.objects.filter(round=round, area=township, date__gte=first, date__lte=last)
        .order_by("-date", "-number")
        .distinct("date")
        .only("id", "date", "number")
    )


def past_of(round: "Round", township: "Area", day: datetime.date, items: Sequence[Metric]) -> Past:
    """What the township filed before `day`. Three queries, one more when the last seven days are empty."""
    before = day - datetime.timedelta(days=1)
    recent = newest_revisions(round, township, day - datetime.timedelta(days=WINDOW), before)
    last = recent[0] if recent else _last_before(round, township, day)
    if last is None:
        return Past({}, {}, {}, {}, None)
    filed = list(DailyFigure.objects.filter(date=last.date, revision=last))
    highest, sums = _flows(recent)
    return Past(
        values={figure.area_id: values_of(figure, items) for figure in filed},
        marks={figure.area_id: figure.marks for figure in filed},
        highest=highest,
        sums=sums,
        day=last.date,
    )


def _last_before(round: "Round", township: "Area", day: datetime.date) -> DailyRevision | None:
    return (
        DailyRevision.objects.filter(round=round, area=township, date__lt=day)
        .order_by("-date", "-number")
        .first()
    )


def _flows(revisions: list[DailyRevision]) -> tuple[dict[int, dict[str, int]], dict[int, dict[str, int]]]:
    """Largest and sum of each flow per village over these revisions; nothing where nothing was filed."""
    if not revisions:
        return {}, {}
    keys = [metric.key for metric in metrics.flows()]
    wanted = {f"max_{key}": Max(key) for key in keys} | {f"sum_{key}": Sum(key) for key in keys}
    days = [revision.date for revision in revisions]
    rows = list(
        DailyFigure.objects.filter(
            date__gte=min(days), date__lte=max(days), revision_id__in=[revision.pk for revision in revisions]
        )
        .order_by()
        .values("area_id")
        .annotate(**wanted)
    )
    return tuple(  # type: ignore[return-value]
        {
            row["area_id"]: {
                key: value for key in keys if (value := dict(row)[f"{prefix}_{key}"]) is not None
            }
            for row in rows
        }
        for prefix in ("max", "sum")
    )


def values_of(figure: DailyFigure, items: Iterable[Metric]) -> dict[str, Value]:
    """Figures of one filed row by key, days as ISO text, without the empty ones."""
    found: dict[str, Value] = {}
    for metric in items:
        value: Any = (
            getattr(figure, metric.key, None)
            if hasattr(figure, metric.key)
            else figure.extras.get(metric.key)
        )
        if value is not None:
            found[metric.key] = value.isoformat() if isinstance(value, datetime.date) else value
    return found


def carried_forward(
    past: Past, area_id: int, items: Iterable[Metric]
) -> tuple[dict[str, Value], dict[str, str]]:
    """Stocks and dates of the last filed day (flows start as 未报), with their marks."""
    kept = {
        metric.key
        for metric in items
        if metric.kind is MetricKind.TYPED and metric.nature is not MetricNature.FLOW
    }
    values = {key: value for key, value in past.values.get(area_id, {}).items() if key in kept}
    marks = {key: mark for key, mark in past.marks.get(area_id, {}).items() if key in kept}
    return values, marks


def draft_rows(
    round: "Round",
    township: "Area",
    day: datetime.date,
    items: Sequence[Metric],
    filed: DailyRevision | None = None,
) -> list[Row]:
    """Rows of a day that is being typed: the drafts, or what would be carried forward. Five queries.

    Of a filed day that is open again `filed` is the revision: without drafts its figures are the start. One more then.
    """
    past = past_of(round, township, day, items)
    drafts = {
        draft.area_id: draft for draft in DailyDraft.objects.filter(round=round, township=township, date=day)
    }
    start = {row.village: row for row in filed_rows(filed, items)} if filed and not drafts else {}
    rows = []
    for area_id, code, name, base in villages_with_base(round, township, day):
        row = Row(village=area_id, code=code, name=name)
        row.previous = past.values.get(area_id, {})
        row.highest = past.highest.get(area_id, {})
        row.week = past.sums.get(area_id, {})
        if draft := drafts.get(area_id):
            row.values, row.marks = {**base, **draft.values}, dict(draft.marks)
            row.carried, row.reasons, row.note = list(draft.carried), dict(draft.reasons), draft.note
            row.stamps = {key: stamp for key, (stamp, _) in draft.stamps.items()}
        elif before := start.get(area_id):
            row.values, row.marks, row.note = {**base, **before.values}, dict(before.marks), before.note
        else:
            values, row.marks = carried_forward(past, area_id, items)
            row.values, row.carried = {**base, **values}, [*values, *row.marks]
        rows.append(row)
    return rows


def filed_rows(revision: DailyRevision, items: Sequence[Metric]) -> list[Row]:
    """Rows of a filed revision, by code. One query."""
    figures = DailyFigure.objects.filter(date=revision.date, revision=revision).select_related("area")
    return [
        Row(
            village=figure.area_id,
            code=figure.area.code,
            name=figure.area.name,
            values=values_of(figure, items),
            marks=dict(figure.marks),
            note=figure.note,
        )
        for figure in sorted(figures, key=lambda figure: figure.area.code)
    ]
