"""What drafting and comparing need: `UnitDay`s of all units below their senders, in a constant number of queries."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connections
from django.db.models import Count

from accounts.choices import Level
from accounts.models import Area
from reports.models import Comment, RollupRow
from reports.rules.comment_measures import COUNTS, STEPS, WINDOW, UnitDay
from reports.rules.comments import WAITING

if TYPE_CHECKING:
    from elections.models import Round

Counts = dict[str, int]


@dataclass
class History:
    """Totals by area and day, and ranks by area and day, as read from the roll-up; `more`: further metrics."""

    more: tuple[str, ...] = ()
    counts: dict[int, dict[datetime.date, Counts]] = field(default_factory=lambda: defaultdict(dict))
    ranks: dict[tuple[int, datetime.date], dict[str, int]] = field(default_factory=dict)

    def take(self, row: Sequence[Any]) -> None:
        area_id, day, ranks, *counts = row
        self.counts[area_id][day] = {
            key: n for key, n in zip((*COUNTS, *self.more), counts, strict=True) if n is not None
        }
        self.ranks[area_id, day] = ranks


@dataclass(frozen=True)
class Extras:
    """By area: explained contradictions of the day, and comments whose answer is overdue."""

    warnings: Mapping[int, int] = field(default_factory=dict)
    overdue: Mapping[int, int] = field(default_factory=dict)


def history_of(
    round: "Round",
    areas: Iterable[int],
    first: datetime.date,
    last: datetime.date,
    using: str = "default",
    more: Iterable[str] = (),
) -> History:
    """Totals of these units from `first` to `last`. One query."""
    columns = {column.name for column in RollupRow._meta.local_concrete_fields}
    history = History(more=tuple(sorted(set(more) & columns - set(COUNTS))))
    rows = (
        RollupRow.objects.using(using)
        .filter(round=round, date__gte=first, date__lte=last, area_id__in=list(areas))
        .order_by()
        .values_list("area_id", "date", "ranks", *COUNTS, *history.more)
    )
    for row in rows.iterator(chunk_size=5000):
        history.take(row)
    return history


def units_below(senders: Iterable[Area], using: str = "default") -> dict[Area, list[Area]]:
    """The units directly below each sender that have villages in the electorate, in the order of the tree. One query."""
    by_id = {sender.pk: sender for sender in senders}
    found: dict[Area, list[Area]] = {sender: [] for sender in by_id.values()}
    rows = (
        Area.objects.using(using)
        .filter(parent_id__in=list(by_id), valid_to=None)
        .order_by("parent_id", "sort_order", "path")
    )
    for area in rows:
        if area.level < Level.VILLAGE or area.in_electorate:
            found[by_id[area.parent_id or 0]].append(area)
    return found


def unit_days(
    below: Mapping[Area, Sequence[Area]],
    day: datetime.date,
    history: History,
    plan: Mapping[str, float],
    extras: Extras,
) -> dict[Area, list[UnitDay]]:
    """Each sender's units on a day. Pure; a unit without a total that day is left out."""
    before = day - datetime.timedelta(days=1)
    first = day - datetime.timedelta(days=WINDOW)
    return {
        sender: [
            UnitDay(
                area_id=area.pk,
                code=area.code,
                name=area.name,
                level=area.level,
                day=day,
                days={at: counts for at, counts in history.counts[area.pk].items() if first <= at <= day},
                ranks=history.ranks.get((area.pk, day), {}),
                ranks_before=history.ranks.get((area.pk, before), {}),
                peers=history.counts.get(sender.pk, {}).get(day, {}),
                sender=sender.name,
                sender_code=sender.code,
                plan=dict(plan),
                warnings=extras.warnings.get(area.pk, 0),
                overdue=extras.overdue.get(area.pk, 0),
            )
            for area in areas
            if day in history.counts.get(area.pk, {})
        ]
        for sender, areas in below.items()
    }


def load_unit_days(
    round: "Round",
    below: Mapping[Area, Sequence[Area]],
    day: datetime.date,
    plan: Mapping[str, float],
    now: datetime.datetime,
    using: str = "default",
    more: Iterable[str] = (),
) -> dict[Area, list[UnitDay]]:
    """Each sender's units on a day (with the metrics `more`), as the totals are now.

    Three queries, one more where villages are among them.
    """
    areas = [area for units in below.values() for area in units]
    first = day - datetime.timedelta(days=WINDOW)
    wanted = {area.pk for area in areas} | {sender.pk for sender in below}
    history = history_of(round, wanted, first, day, using, more)
    townships = [sender for sender in below if sender.level == Level.TOWNSHIP]
    if townships:
        take_villages(history, round, townships, day, using)
    extras = Extras(warnings_of(round, day, using), overdue_of(round, now, using))
    return unit_days(below, day, history, plan, extras)


def take_villages(
    history: History, round: "Round", townships: Sequence[Area], day: datetime.date, using: str = "default"
) -> None:
    """Add the villages of these townships as units of one village each, from the reports the totals name. One query."""
    steps = ", ".join(f'(f."{key}" IS NOT NULL)::int' for key in STEPS)
    with connections[using].cursor() as cursor:
        cursor.execute(
            f"SELECT f.area_id, f.due, {steps} FROM reports_rolluprow r CROSS JOIN LATERAL ("  # noqa: S608
            "SELECT * FROM reports_dailyfigure f WHERE f.date = r.source_date AND f.revision_id = r.source_revision_id "
            "OFFSET 0) f WHERE r.round_id = %s AND r.date = %s AND r.area_id = ANY(%s)",
            [round.pk, day, [township.pk for township in townships]],
        )
        for area_id, due, *done in cursor.fetchall():
            counts = dict(zip(STEPS, done, strict=True))
            history.counts[area_id][day] = counts | ({"due": due} if due is not None else {})


def warnings_of(round: "Round", day: datetime.date, using: str = "default") -> dict[int, int]:
    """Explained contradictions in the newest reports of a day, by township and by county. One query."""
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT n.area_id, a.parent_id, n.found FROM ("
            "SELECT DISTINCT ON (area_id) area_id, jsonb_array_length(warnings) AS found FROM reports_dailyrevision "
            "WHERE round_id = %s AND date = %s ORDER BY area_id, number DESC) n "
            "JOIN accounts_area a ON a.id = n.area_id WHERE n.found > 0",
            [round.pk, day],
        )
        found: dict[int, int] = defaultdict(int)
        for township, county, number in cursor.fetchall():
            found[township] += number
            found[county] += number
        return found


def overdue_of(round: "Round", now: datetime.datetime, using: str = "default") -> dict[int, int]:
    """Comments whose answer is overdue, by recipient. One query."""
    rows = (
        Comment.objects.using(using)
        .filter(round=round, state__in=WAITING, due_at__lt=now)
        .order_by()
        .values_list("recipient_id")
        .annotate(number=Count("pk"))
    )
    return dict(rows)
