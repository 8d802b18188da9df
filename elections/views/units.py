"""The round and the way down to a unit. The unit in force is `request.scope.unit`, from `?unit=<code>`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.http import Http404, HttpRequest

from accounts.models import Area
from accounts.queries.areas import Near, near
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
    way: Iterable[Near | Area]
    if area == scope.unit:
        way = [unit for unit in near(scope) if area.path.startswith(unit.path)]
    else:
        way = Area.objects.visible_to(scope).filter(path__in=ancestors(area.path)).order_by("path")
    return [(unit.name, _door(scope, unit, url)) for unit in way]


def _door(scope: "Scope", unit: Near | Area, url: str) -> str:
    """The page at a unit. A reader of named villages has its own list, and nothing between that and a village."""
    if scope.units is None:
        return f"{url}?unit={unit.code}"
    return url if scope.area is not None and unit.code == scope.area.code else ""


def with_unit(request: HttpRequest) -> str:
    """`?unit=<code>` while a unit below the own area is in force, else nothing."""
    scope = request.scope
    return f"?unit={scope.unit.code}" if scope.unit != scope.area else ""
