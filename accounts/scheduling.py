"""Exports that can be had by themselves at a time of day: apps register them in `AppConfig.ready()`.

    scheduling.register("rollup:table", "rollup.export", params)    # params(scope, query, now) -> parameters of the job

A list of `accounts.saved` is exported as its saved filter shows it. `params` is asked when the export runs, in the scope
that the owner has then; it chooses the newest day, and refuses what the owner may no longer see.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from accounts import saved
from accounts.errors import Refusal
from accounts.models.area import Area
from accounts.saved import FilterScreen

Params = Callable[[Any, dict[str, str], dt.datetime], dict[str, Any]]


@dataclass(frozen=True)
class Exporter:
    """How a list is exported: the kind of job that writes it, and its parameters at a moment."""

    screen: FilterScreen
    job_kind: str
    params: Params

    def at(self, scope: Any, query: str, now: dt.datetime) -> dict[str, Any]:
        """Parameters of the job now. Refusal unit_outside and those of `params`."""
        return self.params(scope, dict(QueryDict(query).items()), now)


_exporters: dict[str, tuple[str, Params]] = {}


def register(url_name: str, job_kind: str, params: Params) -> None:
    """Let a list of `accounts.saved` be exported at times; registering it again replaces it."""
    _exporters[url_name] = (job_kind, params)


def exporter_of(url_name: str) -> Exporter | None:
    """How a list is exported; None for one that is not."""
    screen, found = saved.screen_of(url_name), _exporters.get(url_name)
    return Exporter(screen, *found) if screen and found else None


def exporters_for(role: str) -> list[Exporter]:
    """What a role may have exported."""
    found = (exporter_of(name) for name in _exporters)
    return [one for one in found if one and role in one.screen.roles]


def unit_of(scope: Any, query: dict[str, str]) -> Area:
    """The unit a filter names, if the scope still covers it; else one's own. Refusal unit_outside, unit_required."""
    code = query.get("unit", "")
    unit = Area.objects.visible_to(scope).filter(code=code).first() if code else scope.area
    if unit is None or not scope.covers(unit):
        raise Refusal("unit_outside", "筛选里的单位已不在您的管辖范围内，请删去后重新设定", field="unit")
    return unit
