"""Composable filters over rounds and records. Ranges of paths only, never a wildcard over a path."""

from typing import Final, Self

from django.db.models import Q

from accounts.choices import Level
from accounts.models import Area
from accounts.querysets import InheritedQuerySet, ScopedQuerySet, ancestors, path_range

MANY: Final = 2_000
FIGURES: Final = (
    "population",
    "households",
    "registered_voters",
    "party_members",
    "representatives",
    "seats_party",
    "seats_committee",
    "current_total",
    "previous_total",
)


class RoundQuerySet(InheritedQuerySet):
    """Rounds: read by the whole subtree of their city."""

    def covering(self, area: Area) -> Self:
        """Rounds whose unit is an ancestor of `area`, `area` itself, or below it."""
        return self.filter(path_range(area.path) | Q(unit_path__in=ancestors(area.path)))

    def current(self) -> Self:
        """The rounds marked 本届."""
        return self.filter(is_current=True)


class OrgQuerySet(ScopedQuerySet):
    """Records: read by every unit above the village."""

    def with_names(self) -> Self:
        """Village, township and county names in the same query."""
        return self.select_related("area__parent__parent", "round")

    def lacking_figures(self) -> Self:
        """Records with at least one figure 未报."""
        lacking = Q(party_org_type="")
        for field in FIGURES:
            lacking |= Q(**{f"{field}__isnull": True})
        return self.filter(lacking)

    def named_like(self, term: str, *, within: str = "") -> Self:
        """By part of the village's name, its pinyin or initials, or the beginning of its code. One query more.

        `within` is the path of the unit whose records these are: its names alone are looked up.

        The names are looked up first and handed over as paths: under row-level security the planner takes
        every range of paths for one row, and would otherwise walk all records to test each one's name.
        """
        villages = Area.objects.within(within).search(term).filter(level=Level.VILLAGE)
        paths = list(villages.values_list("path", flat=True)[: MANY + 1])
        if len(paths) > MANY:  # so many that a walk in the order of the list meets them soon
            return self.filter(area__in=villages)
        return self.filter(unit_path__in=paths)
