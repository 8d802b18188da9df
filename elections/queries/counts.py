"""Counts of kinds and party-organisation types by child unit: one scan, one look-up of names."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from django.db.models import Count, F, Func, IntegerField, Q, Sum, Value
from django.db.models.fields import CharField

from accounts.models import Area
from elections.choices import OrgKind, PartyOrgType
from elections.models import Org, Round

if TYPE_CHECKING:
    from accounts.scope import Scope


@dataclass(frozen=True)
class Column:
    """One figure of the table: heading, group and the list filter that opens the rows behind it."""

    key: str
    heading: str
    group: str
    condition: Q | None = None
    total_of: str = ""
    query: str = ""


COLUMNS: Final = (
    Column("orgs", "合计", "村(社区)"),
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
        )
        for kind in PartyOrgType
    ),
    Column("party_unknown", "未报", "党组织", Q(party_org_type=""), query="party=unknown"),
    Column("due", "应换届", "换届", Q(is_due=True), query="due=yes"),
    Column("not_due", "不换届", "换届", Q(is_due=False), query="due=no"),
    Column("pilot", "试点", "换届", Q(is_pilot=True), query="pilot=yes"),
    Column("party_members", "党员", "人数", total_of="party_members"),
    Column("registered_voters", "选民", "人数", total_of="registered_voters"),
)


@dataclass
class CountRow:
    """One child unit with its figures, keyed as in COLUMNS."""

    code: str
    name: str
    level: int
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def cells(self) -> list[tuple[Column, int]]:
        return [(column, self.figures[column.key]) for column in COLUMNS]


@dataclass(frozen=True)
class CountTable:
    """Rows in the order of the codes, and totals that are the sums of the rows."""

    unit: Area
    rows: list[CountRow]
    total: CountRow


def count_table(scope: "Scope", round: Round, unit: Area) -> CountTable:
    """Figures of `unit` by its children. Two queries whatever the number of villages."""
    depth = unit.path.count("/") + 1
    child = Func(
        F("unit_path"), Value("/"), Value(depth), function="split_part", output_field=CharField(max_length=12)
    )
    grouped = (
        Org.objects.visible_to(scope)
        .filter(round=round)
        .within(unit)
        .annotate(child=child)
        .values("child")
        .annotate(**{column.key: _figure(column) for column in COLUMNS})
        .order_by("child")
    )
    found = {row.pop("child"): {key: value or 0 for key, value in row.items()} for row in grouped}
    rows = [
        CountRow(area.code, area.name, area.level, found[area.code])
        for area in Area.objects.filter(code__in=found).order_by("path")
    ]
    total = {c.key: sum(row.figures[c.key] for row in rows) for c in COLUMNS}
    return CountTable(unit, rows, CountRow(unit.code, "合计", unit.level, total))


def _figure(column: Column) -> Count | Sum:
    if column.total_of:
        return Sum(column.total_of, output_field=IntegerField(), default=0)
    return Count("pk", filter=column.condition)
