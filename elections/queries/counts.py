"""Counts of kinds and party-organisation types by child unit: one scan, one look-up of names."""

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.db.models import Count, F, Func, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.fields import CharField

from accounts.models import Area
from elections.choices import OrgKind, PartyOrgType
from elections.models import Round
from elections.queries.orgs import orgs_of

if TYPE_CHECKING:
    from accounts.scope import Scope


@dataclass(frozen=True)
class Column:
    """One figure of the table: heading, group, what is counted or summed, and the filter that opens it."""

    key: str
    heading: str
    group: str
    condition: Q | None = None
    total_of: str = ""
    query: str = ""
    starts: bool = False


COLUMNS: Final = (
    Column("orgs", "合计", "村(社区)", starts=True),
    *(
        Column(kind.value, kind.label, "村(社区)", Q(kind=kind.value), query=f"kind={kind.value}")
        for kind in OrgKind
    ),
    *(
        Column(
            kind.value,
            kind.label,
            "党组织",
            Q(party_org_type=kind.value),
            query=f"party={kind.value}",
            starts=kind is PartyOrgType.COMMITTEE,
        )
        for kind in PartyOrgType
    ),
    Column("party_unknown", "未报", "党组织", Q(party_org_type=""), query="party=unknown"),
    Column("due", "应换届", "换届", Q(is_due=True), query="due=yes", starts=True),
    Column("not_due", "不换届", "换届", Q(is_due=False), query="due=no"),
    Column("pilot", "试点", "换届", Q(is_pilot=True), query="pilot=yes"),
    Column("party_members", "党员", "人数", total_of="party_members", starts=True),
    Column("registered_voters", "选民", "人数", total_of="registered_voters"),
)


@dataclass
class CountRow:
    """One child unit: figures keyed as in COLUMNS; `missing` counts the records that have not given a sum."""

    code: str
    name: str
    level: int
    figures: dict[str, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class CountTable:
    """Rows in the order of the codes, and totals that are the sums of the rows."""

    unit: Area
    rows: list[CountRow]
    total: CountRow


def count_table(
    scope: "Scope", round: Round, unit: Area, moment: datetime.datetime | None = None
) -> CountTable:
    """Figures of `unit` by its children, as they stand or stood at `moment`. Two queries, of a moment three."""
    found = {row["child"]: row for row in _grouped(orgs_of(scope, round, unit, moment), unit)}
    rows = [
        CountRow(area.code, area.name, area.level, *_split(found[area.code]))
        for area in Area.objects.filter(code__in=found).order_by("path")
    ]
    figures = {c.key: sum(row.figures[c.key] for row in rows) for c in COLUMNS}
    missing = {c.key: sum(row.missing[c.key] for row in rows) for c in COLUMNS if c.total_of}
    return CountTable(unit, rows, CountRow(unit.code, "合计", unit.level, figures, missing))


def _grouped(rows: QuerySet, unit: Area) -> QuerySet:
    """One row per child unit; the child is read from the path, so that no join is needed."""
    depth = Value(unit.path.count("/") + 1)
    child = Func(
        F("unit_path"), Value("/"), depth, function="split_part", output_field=CharField(max_length=12)
    )
    sums = [column for column in COLUMNS if column.total_of]
    return (
        rows.annotate(child=child)
        .values("child")
        .annotate(
            **{f"n_{column.key}": _figure(column) for column in COLUMNS},
            **{f"m_{c.key}": Count("pk", filter=Q(**{f"{c.total_of}__isnull": True})) for c in sums},
        )
        .order_by("child")
    )


def _figure(column: Column) -> Count | Sum:
    if column.total_of:
        return Sum(column.total_of, output_field=IntegerField(), default=0)
    return Count("pk", filter=column.condition)


def _split(row: dict) -> tuple[dict[str, int], dict[str, int]]:
    """(figures, missing) of one row of the query."""
    return (
        {column.key: row[f"n_{column.key}"] for column in COLUMNS},
        {column.key: row[f"m_{column.key}"] for column in COLUMNS if column.total_of},
    )
