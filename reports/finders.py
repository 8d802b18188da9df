"""Comments and publications for the search of the top bar; the tables of a unit beside each unit found."""

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts import finding
from accounts.choices import OFFICE_ROLES
from accounts.divisions.pinyin import pinyin_of
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
# Titles are read and looked through here: row-level security keeps an index of their characters from being used, and
# a walk through all would take longer each day. Older ones are found by their unit or number.
LOOKED_AT = 300


def comments(scope: "Scope", term: str, limit: int) -> list[Hit]:
    """Comments by title, its pinyin, number or the unit they are about, newest first. Three queries, one shared."""
    rows = Comment.objects.visible_to(scope)
    found = _found(scope, term, "recipient", rows).select_related("area", "recipient")
    return [
        Hit(
            row.title,
            f"{row.area.name} → {row.recipient.name}，{day(row.date)}，{row.get_state_display()}",
            reverse("comments:comment", args=[row.pk]),
        )
        for row in found[:limit]
    ]


def publications(scope: "Scope", term: str, limit: int) -> list[Hit]:
    """Publications by title, its pinyin, number or unit, newest first. Three queries, one shared."""
    rows = Publication.objects.visible_to(scope)
    found = _found(scope, term, "area", rows).select_related("area")
    found = found.only("title", "date", "year", "number", "area__code", "area__name")
    return [
        Hit(row.title, f"{row.code}，{day(row.date)}", reverse("publications:detail", args=[row.pk]))
        for row in found[:limit]
    ]


def _found(scope: "Scope", term: str, unit: str, rows: QuerySet) -> QuerySet:
    """Rows about a unit that the term names, of that number, or of the newest those with such a title; newest first."""
    fits = Q(**{f"{unit}_id__in": _units(scope, term)})
    if term.isdigit() and len(term) < 7:
        fits |= Q(number=int(term))
    titles = list(rows.order_by("-pk").values_list("pk", "title")[:LOOKED_AT])
    named = {title for title in {title for _, title in titles} if _titled(term, title)}
    fits |= Q(pk__in=[pk for pk, title in titles if title in named])
    return rows.filter(fits).order_by("-pk")


def _titled(term: str, title: str) -> bool:
    """Whether the title has the term in it; two letters or more may be initials anywhere in it."""
    if term.isascii() and term.isalpha() and len(term) > 1:
        return term in pinyin_of(title)[1] or finding.matches(term, title)
    return finding.matches(term, title)


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
