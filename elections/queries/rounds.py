"""Which round is in force where."""

from typing import TYPE_CHECKING

from elections.models import Round

if TYPE_CHECKING:
    from accounts.models import Area
    from accounts.scope import Scope


def current_round(area: "Area") -> Round | None:
    """本届 of the managing city of `area`; for an area above the cities, the newest one below it."""
    return Round.objects.covering(area).current().select_related("area").order_by("-starts_on", "-id").first()


def round_in_force(scope: "Scope", wanted: str = "") -> Round | None:
    """The round named in the URL (`wanted`, its id) if the scope may read it, else 本届 (looked up once a request)."""
    if wanted.isdecimal() and len(wanted) < 10:
        return Round.objects.visible_to(scope).select_related("area").filter(pk=int(wanted)).first()
    if "round" not in scope.memo:
        scope.memo["round"] = current_round(scope.unit) if scope.unit else None
    return scope.memo["round"]


def rounds_of(scope: "Scope") -> list[Round]:
    """Every round the scope reads, newest first. One query."""
    return list(Round.objects.visible_to(scope).select_related("area", "province"))
