"""The list of records and the file of one village."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet

from accounts.keyset import KeysetPage, capped_count, path_page
from accounts.models import Area
from accounts.moments import settle
from elections import rules
from elections.models import Org, OrgThen, Round

if TYPE_CHECKING:
    from accounts.scope import Scope


# What a line of the list shows: four tables are joined, so the columns that are not shown stay behind, and no
# object is made of a line.
LINE: Final = (
    "kind",
    "party_org_type",
    *rules.FIGURES,
    *rules.SEATS,
    "is_due",
    "not_due_reason",
    "is_pilot",
    "is_large",
    "unit_path",
    "area__code",
    "area__name",
    "area__parent__name",
    "area__parent__parent__name",
)


def orgs_of(
    scope: "Scope", round: Round | None, unit: Area | None = None, moment: datetime.datetime | None = None
) -> QuerySet[Org]:
    """Records of one round the scope reads, inside `unit` if given; `moment`: as they stood then (one query more)."""
    rows: Any = Org.objects
    if moment is not None:
        settle(("elections_org",), moment)
        rows = OrgThen.objects.filter(known_from__lte=moment, known_until__gt=moment)
    found = rows.all().visible_to(scope).filter(round=round)
    return found.within(unit) if unit is not None else found


@dataclass(frozen=True)
class OrgList:
    """One page of the list with its capped count."""

    page: KeysetPage
    count: int
    exact: bool

    @property
    def shown_total(self) -> int | None:
        """The count where it is exact."""
        return self.count if self.exact else None

    @property
    def count_unit(self) -> str:
        """What is counted; above the cap it says so."""
        return "个" if self.exact else f"个，共 {self.count:,} 个以上"


def org_list(rows: QuerySet[Org], *, after: str = "", before: str = "") -> OrgList:
    """A page of 100 with village, township and county names, and the count up to 10,000.

    Two queries; one where the page is all there is, as for most searches.
    """
    page = path_page(rows.values_list(*LINE, named=True), after=after, before=before)
    whole = not (page.next or page.previous) and bool(page.rows or not (after or before))
    count, exact = (len(page.rows), True) if whole else capped_count(rows)
    return OrgList(page, count, exact)


def org_by_code(
    scope: "Scope", round: Round | None, code: str, moment: datetime.datetime | None = None
) -> QuerySet[Org]:
    """The record of one division code in a round, with names; empty when it is not the scope's, or not there then."""
    return orgs_of(scope, round, moment=moment).filter(area__code=code).with_names()


def neighbours(
    scope: "Scope", org: Org, moment: datetime.datetime | None = None
) -> tuple[Org | None, Org | None]:
    """The records before and after this one in the order of the list (of a moment). Two queries."""
    rows = orgs_of(scope, org.round, moment=moment).select_related("area")
    before = rows.filter(unit_path__lt=org.unit_path).order_by("-unit_path").first()
    after = rows.filter(unit_path__gt=org.unit_path).order_by("unit_path").first()
    return before, after
