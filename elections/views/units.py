"""The round and the way down to a unit. The unit in force is `request.scope.unit`, from `?unit=<code>`."""

from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest

from accounts.models import Area
from accounts.queries.areas import near
from accounts.querysets import ancestors
from elections.models import Round
from elections.queries.rounds import round_in_force

if TYPE_CHECKING:
    from accounts.scope import Scope


def round_of(request: HttpRequest) -> Round | None:
    """The round named in the URL, else 本届; None when there is none yet."""
    wanted = request.GET.get("round", "")
    found = round_in_force(request.scope, wanted)
    if wanted and found is None:
        raise Http404
    return found


def crumbs(scope: "Scope", area: Area, url: str) -> list[tuple[str, str]]:
    """(name, URL) from the scope's own area down to `area`; each opens `url` at that unit. One query at most."""
    if area == scope.unit:
        return [
            (unit.name, f"{url}?unit={unit.code}") for unit in near(scope) if area.path.startswith(unit.path)
        ]
    units = Area.objects.visible_to(scope).filter(path__in=ancestors(area.path)).order_by("path")
    return [(unit.name, f"{url}?unit={unit.code}") for unit in units]


def with_unit(request: HttpRequest) -> str:
    """`?unit=<code>` while a unit below the own area is in force, else nothing."""
    scope = request.scope
    return f"?unit={scope.unit.code}" if scope.unit != scope.area else ""
