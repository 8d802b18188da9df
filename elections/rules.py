"""What a record may hold. Errors are constraints of the tables; the oddities here ask for a reason."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from accounts.choices import Level
from accounts.errors import Refusal
from elections.choices import OrgKind, PartyOrgType

FIGURES: Final = ("population", "households", "registered_voters", "party_members", "representatives")
SEATS: Final = ("seats_party", "seats_committee")
TEAM_FIGURES: Final = ("total", "women", "under_35", "college", "one_shoulder", "age_tenths")
TEAM: Final = tuple(f"{term}_{part}" for term in ("current", "previous") for part in TEAM_FIGURES)
EDITABLE: Final = (
    "kind",
    "party_org_type",
    *FIGURES,
    *SEATS,
    "is_pilot",
    "is_large",
    "is_due",
    "not_due_reason",
    "note",
    *TEAM,
)
REQUIRED_FIGURES: Final = ("party_org_type", *FIGURES, *SEATS, "current_total", "previous_total")

COMMITTEE_SEATS: Final[dict[str, tuple[int, int, str, str]]] = {
    OrgKind.VILLAGE: (3, 7, "R-VC-01", "村民委员会组织法第八条"),
    OrgKind.COMMUNITY: (5, 9, "R-RC-01", "城市居民委员会组织法第八条"),
    OrgKind.CONVERTED: (3, 9, "R-VC-01、R-RC-01", "村民委员会组织法第八条、城市居民委员会组织法第八条"),
}
PARTY_SEATS: Final[dict[str, tuple[int, int, str, str]]] = {
    PartyOrgType.BRANCH: (3, 7, "R-PO-04", "党支部工作条例"),
    PartyOrgType.GENERAL_BRANCH: (5, 7, "R-PO-04", "农村基层组织工作条例"),
    PartyOrgType.COMMITTEE: (5, 7, "R-PO-04", "农村基层组织工作条例"),
}
PARTY_MEMBERS_AT_LEAST: Final[dict[str, int]] = {PartyOrgType.BRANCH: 3, PartyOrgType.COMMITTEE: 100}


@dataclass(frozen=True)
class Oddity:
    """A warning: the act goes on when a reason is given, and the reason is kept."""

    code: str
    field: str
    message: str
    source: str


def oddities(values: Mapping[str, Any]) -> list[Oddity]:
    """Everything in one record that is allowed but asks for a reason, in the order of the form."""
    return [*_above_population(values), *_seats(values), *_party_members(values)]


def _above_population(values: Mapping[str, Any]) -> list[Oddity]:
    people = values.get("population")
    found = []
    for field, code, label in (
        ("households", "R-ORG-01", "户数"),
        ("registered_voters", "R-ORG-02", "登记选民"),
        ("party_members", "R-ORG-03", "党员"),
    ):
        count = values.get(field)
        if people is not None and count is not None and count > people:
            text = f"{label} {count:,} 多于户籍人口 {people:,}"
            found.append(Oddity(code, field, text, "数据核对"))
    return found


def _seats(values: Mapping[str, Any]) -> list[Oddity]:
    found = []
    for field, key, limits, label in (
        ("seats_committee", "kind", COMMITTEE_SEATS, "村(居)委会职数"),
        ("seats_party", "party_org_type", PARTY_SEATS, "党组织职数"),
    ):
        seats, limit = values.get(field), limits.get(values.get(key) or "")
        if seats is not None and limit and not limit[0] <= seats <= limit[1]:
            text = f"{label} {seats} 不在 {limit[0]} 至 {limit[1]} 之间"
            found.append(Oddity(limit[2], field, text, limit[3]))
    return found


def _party_members(values: Mapping[str, Any]) -> list[Oddity]:
    kind, members = values.get("party_org_type") or "", values.get("party_members")
    least = PARTY_MEMBERS_AT_LEAST.get(kind)
    if members is None or least is None or members >= least:
        return []
    text = f"{PartyOrgType(kind).label}的党员 {members} 名，少于 {least} 名"
    return [Oddity("R-PO-01", "party_members", text, "农村基层组织工作条例")]


def require_reason(found: list[Oddity], reason: str) -> None:
    """Refuse while there are oddities and no reason."""
    if found and not reason.strip():
        first = found[0]
        raise Refusal(
            "oddity_needs_reason", f"{first.message}，请写明情况", source=first.source, field="reason"
        )


class StaleRecord(Refusal):
    """Somebody changed the record meanwhile; screen and API set both texts beside each other."""

    def __init__(self) -> None:
        super().__init__("stale_record", "这份记录刚被别人改过，请对照后再保存", field="version", status=409)


def require_same_version(held: int, now: int) -> None:
    """Refuse a save that was prepared on an older state of the record."""
    if held != now:
        raise StaleRecord


def require_city(level: int) -> None:
    """A round belongs to a managing city."""
    if level != Level.CITY:
        raise Refusal("round_needs_city", "届次只能建在市一级", field="area")


def check_excluded_dates(dates: list[dt.date], start: dt.date, end: dt.date) -> None:
    """Days without a report lie inside the reporting period, each once."""
    if len(set(dates)) != len(dates):
        raise Refusal("excluded_date_twice", "不报日有重复", field="excluded_dates")
    outside = [day for day in dates if not start <= day <= end]
    if outside:
        text = f"不报日 {outside[0]:%Y-%m-%d} 不在日报期间内"
        raise Refusal("excluded_date_outside", text, field="excluded_dates")


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the editable fields whose value differs, in the order of the form."""
    return tuple(name for name in EDITABLE if name in after and before.get(name) != after[name])


def merged(base: Mapping[str, Any], mine: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """My changes on top of `stored`: a field I left as it was when I opened the form keeps what is stored."""
    return {
        name: stored[name] if name in base and mine[name] == base[name] else mine[name] for name in EDITABLE
    }


def completeness(values: Mapping[str, Any]) -> tuple[int, int]:
    """(filled, required) figures of one record; null or empty is 未报, zero is a figure."""
    filled = sum(values.get(name) not in (None, "") for name in REQUIRED_FIGURES)
    return filled, len(REQUIRED_FIGURES)
