"""Records for the search of the top bar."""

from typing import TYPE_CHECKING

from django.urls import reverse

from accounts import finding
from accounts.finding import Hit
from elections.queries.orgs import orgs_of
from elections.queries.rounds import round_in_force
from elections.views.lists import READERS

if TYPE_CHECKING:
    from accounts.scope import Scope


def records(scope: "Scope", term: str, limit: int) -> list[Hit]:
    """Villages and communities of 本届 that the reader may open, in the order of the list. Two queries after the round."""
    round = round_in_force(scope)
    rows = orgs_of(scope, round).named_like(term, within=scope.path).order_by("unit_path")
    found = rows.values_list("area__code", "area__name", "area__parent__name", "area__parent__parent__name")
    return [
        Hit(name, f"{county} {town}", reverse("elections:org", args=[code]))
        for code, name, town, county in found[:limit]
    ]


def declare() -> None:
    finding.register("orgs", "村情档案", READERS, 30, records)
    finding.register_door("村情", "elections:orgs", READERS, 40)
