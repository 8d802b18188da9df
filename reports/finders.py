"""Comments and publications for the search of the top bar; the tables of a unit beside each unit found."""

from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse

from accounts import finding
from accounts.choices import OFFICE_ROLES
from accounts.finding import Hit
from accounts.formats import day
from accounts.models import Area
from accounts.querysets import path_range
from reports.models import Comment, Publication
from reports.views.rollup import READERS as ROLLUP_READERS

if TYPE_CHECKING:
    from accounts.scope import Scope

# So many units may share a character; who wants one of the others types another.
UNITS = 300


def comments(scope: "Scope", term: str, limit: int) -> list[Hit]:
    """Comments by title, number or the unit they are about, newest first. Two queries, one shared."""
    fits = _fits(scope, term, "recipient")
    rows = Comment.objects.visible_to(scope).filter(fits).select_related("area", "recipient").order_by("-pk")
    return [
        Hit(
            row.title,
            f"{row.area.name} → {row.recipient.name}，{day(row.date)}，{row.get_state_display()}",
            reverse("comments:comment", args=[row.pk]),
        )
        for row in rows[:limit]
    ]


def publications(scope: "Scope", term: str, limit: int) -> list[Hit]:
    """Publications by title, number or unit, newest first. Two queries, one shared."""
    rows = Publication.objects.visible_to(scope).filter(_fits(scope, term, "area")).select_related("area")
    rows = rows.only("title", "date", "year", "number", "area__code", "area__name").order_by("-pk")
    return [
        Hit(row.title, f"{row.code}，{day(row.date)}", reverse("publications:detail", args=[row.pk]))
        for row in rows[:limit]
    ]


def _fits(scope: "Scope", term: str, unit: str) -> Q:
    """Rows about a unit that the term names; Chinese and digits are looked for in the title, too."""
    fits = Q(**{f"{unit}_id__in": _units(scope, term)})
    if not term.isascii():
        return fits | Q(title__contains=term)
    return fits | Q(number=int(term)) if term.isdigit() and len(term) < 7 else fits


def _units(scope: "Scope", term: str) -> list[int]:
    """Ids of the units of the own area that the term names, villages included. One query a request."""
    key = f"named {term}"
    if key not in scope.memo:
        rows = Area.objects.search(term).filter(path_range(scope.path, "path"))
        scope.memo[key] = list(rows.values_list("pk", flat=True)[:UNITS])
    return scope.memo[key]


def declare() -> None:
    finding.register("comments", "点评", OFFICE_ROLES, 40, comments)
    finding.register("publications", "公布", OFFICE_ROLES, 50, publications)
    finding.register_door("汇总", "rollup:table", ROLLUP_READERS, 10)
    finding.register_door("完成度", "completeness:grid", OFFICE_ROLES, 20)
    finding.register_door("点评", "comments:list", OFFICE_ROLES, 30)
