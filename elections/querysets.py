"""Composable filters over rounds and records. Ranges of paths only, never a wildcard over a path."""

from typing import TYPE_CHECKING, Final, Self

from django.db.models import Q

from accounts.querysets import InheritedQuerySet, ScopedQuerySet, ancestors, path_range

if TYPE_CHECKING:
    from accounts.models import Area

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

    def covering(self, area: "Area") -> Self:
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

    def named_like(self, term: str) -> Self:
        """By part of the village's name, or by its pinyin initials (letters only)."""
        term = "".join(term.split())
        if term.isascii():
            return self.filter(area__initials__startswith=term.lower())
        return self.filter(area__search_keys__contains=search_pieces(term), area__name__contains=term)


def search_pieces(term: str) -> list[str]:
    """What a name must hold to be able to contain `term`: its pairs of neighbours, or its one character."""
    return [term[i : i + 2] for i in range(len(term) - 1)] or [term]
