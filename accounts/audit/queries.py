"""What the audit screens and the API read. The row policies let an auditor see the acts of his area alone."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Area, AuditAct, AuditChain, AuditEvent

PAGE_SIZE = 50


@dataclass(frozen=True)
class ActPage:
    """Acts, newest first; `older_than` is the id the next page starts below (None: this is the last)."""

    acts: list[AuditAct]
    older_than: int | None


@dataclass(frozen=True)
class State:
    """The chain now, its last entry that was archived and cut off, the last verification (None: never)."""

    seq: int
    head: str
    moved_at: dt.datetime
    cut: int | None
    verified: AuditAct | None


def find_acts(
    *,
    area: Area | None = None,
    person: str = "",
    type: str = "",
    since: dt.date | None = None,
    until: dt.date | None = None,
) -> QuerySet[AuditAct]:
    """Acts on an area and below it, by a name, of a type, between two days (both included)."""
    wanted = Q()
    if area:
        wanted &= Q(unit_path__gte=area.path, unit_path__lt=area.path_end)
    if person:
        wanted &= Q(holder_name=person)
    if type:
        wanted &= Q(type=type)
    if since:
        wanted &= Q(at__gte=_midnight(since))
    if until:
        wanted &= Q(at__lt=_midnight(until + dt.timedelta(days=1)))
    return AuditAct.objects.filter(wanted)


def act_page(acts: QuerySet[AuditAct], *, before: int | None = None, size: int = PAGE_SIZE) -> ActPage:
    """One page, in two queries whatever its size: acts, and the names of their areas (`act.area_name`)."""
    if before is not None:
        acts = acts.filter(pk__lt=before)
    rows = list(acts.order_by("-pk")[: size + 1])
    page, more = rows[:size], len(rows) > size
    name_areas(page)
    return ActPage(page, page[-1].pk if more else None)


def name_areas(acts: list[AuditAct]) -> None:
    """Give every act `area_name`, the name of its unit ('' for the whole system)."""
    paths = {act.unit_path for act in acts} - {""}
    names = dict(Area.objects.filter(path__in=paths).values_list("path", "name"))
    for act in acts:
        act.area_name = names.get(act.unit_path, "")


def events_of(act: AuditAct) -> list[AuditEvent]:
    """Events of an act in order, each with `seq`, its number in the chain. Sets `act.seq` too; two queries."""
    events = list(AuditEvent.objects.filter(act=act).order_by("pk"))
    sealed = AuditChain.objects.filter(
        Q(kind="act", ref=act.pk) | Q(kind="event", ref__in=[event.pk for event in events])
    )
    numbers = {(entry.kind, entry.ref): entry.seq for entry in sealed}
    act.seq = numbers.get(("act", act.pk))
    for event in events:
        event.seq = numbers.get(("event", event.pk))
    return events


def changes_of(act: AuditAct) -> list[tuple[str, Any, Any]]:
    """(field, before, after) of a single-row act, fields that changed first."""
    before, after = act.before or {}, act.after or {}
    names = list(dict.fromkeys([*before, *after]))
    rows = [(name, before.get(name), after.get(name)) for name in names]
    return sorted(rows, key=lambda row: row[1] == row[2])


def chain_state() -> State:
    """Head of the chain and the last verification (two queries)."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT seq, hash, moved_at, (SELECT max(seq) FROM accounts_auditcut) FROM audit_head()"
        )
        seq, digest, moved_at, cut = cursor.fetchone()
    verified = AuditAct.objects.filter(type="audit.verify").order_by("-pk").first()
    return State(seq, digest[:12], moved_at, cut, verified)


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))
