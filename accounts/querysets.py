"""Composable filters. `visible_to` is the only door to rows in screen code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db.models import Q, QuerySet

from accounts.search import name_search

if TYPE_CHECKING:
    import datetime

    from accounts.models import Area
    from accounts.scope import Scope


def path_range(path: str, field: str = "unit_path") -> Q:
    """Rows at or below `path`; a range of the path column, so that its index serves."""
    if not path:
        # Not an empty Q: joined by `|` with something else that would vanish and hide every row.
        return Q(**{f"{field}__gte": ""})
    return Q(**{f"{field}__gte": path, f"{field}__lt": path_end(path)})


def path_end(path: str) -> str:
    """Exclusive upper bound of the paths at or below `path` ('0' follows '/' in code-point order)."""
    return path[:-1] + "0" if path else "~"


class AreaQuerySet(QuerySet):
    def visible_to(self, scope: Scope) -> Self:
        """Areas of the scope. Areas are reference data: this narrows screens, it protects nothing."""
        return self.within(scope.path)

    def within(self, path: str) -> Self:
        return self.filter(path_range(path, "path"))

    def open_on(self, day: datetime.date) -> Self:
        return self.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=day)).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=day)
        )

    def search(self, term: str) -> Self:
        """Areas by part of the name (from one character on), pinyin, initials or beginning of the code."""
        return self.filter(name_search(term))

    def electorate(self) -> Self:
        """Villages and communities that elect; pseudo units only where switched on."""
        return self.filter(in_electorate=True)


class ScopedQuerySet(QuerySet):
    """Rows that carry `unit_path`. The database repeats this filter as row-level security."""

    def visible_to(self, scope: Scope) -> Self:
        rows = self.filter(path_range(scope.path))
        return rows.filter(area__in=scope.units) if scope.units is not None else rows

    def within(self, area: Area) -> Self:
        """Rows at or below a unit."""
        return self.filter(path_range(area.path))


class InheritedQuerySet(QuerySet):
    """Rows of a unit that hold for all units below it: rounds, cut-offs, bulletins."""

    def visible_to(self, scope: Scope) -> Self:
        return self.filter(path_range(scope.path) | Q(unit_path__in=ancestors(scope.path)))


class AddressedQuerySet(QuerySet):
    """Rows from one unit to another below it (`TableAccess` kind addressed)."""

    def visible_to(self, scope: Scope) -> Self:
        """Drafts of the own unit, and what was sent by or to a unit at or below the own one."""
        if scope.units is not None:
            return self.none()
        sent = path_range(scope.path) | path_range(scope.path, "recipient_path")
        return self.filter(Q(unit_path=scope.path) | (sent & Q(sent_at__isnull=False)))


def ancestors(path: str) -> list[str]:
    """Paths from the top down to and including `path`: '33/3307/' gives ['33/', '33/3307/']."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[: n + 1]) + "/" for n in range(len(parts))]


class AssignmentQuerySet(QuerySet):
    def in_force(self, day: datetime.date) -> Self:
        return self.filter(revoked_at__isnull=True, valid_from__lte=day).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )

    def not_over(self, day: datetime.date) -> Self:
        """In force on the day or beginning later."""
        return self.filter(revoked_at__isnull=True).filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day))

    def visible_to(self, scope: Scope) -> Self:
        return self.filter(path_range(scope.path) | Q(pk=scope.assignment_id))
