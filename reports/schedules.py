"""Tables of the reports as exports at a time of day: each time of the newest day."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from accounts import scheduling
from accounts.choices import Level
from accounts.errors import Refusal
from accounts.models import Area
from reports.actions.exports import Place
from reports.queries.comments import BOXES, STATES
from reports.queries.rollup import MODES
from reports.queries.season import Season
from reports.queries.settings import InForce, in_force_for
from reports.queries.statistical import MANAGING, TREES
from reports.rules.days import local_day
from reports.rules.rollup_layouts import layouts, own_items
from reports.views.completeness import SPANS
from reports.views.rollup_choice import last_cut_off_day

if TYPE_CHECKING:
    from accounts.scope import Scope


def totals(scope: "Scope", query: dict[str, str], now: dt.datetime) -> dict[str, Any]:
    """The table of totals of the last day whose cut-off has passed, as a workbook."""
    unit, force = _unit_and_force(scope, query)
    day = last_cut_off_day(Season((force.round,)), force.cut_offs[Level.TOWNSHIP], now)
    table, mode = query.get("table", "progress"), query.get("mode", "day")
    tree = query.get("tree", MANAGING)
    if table not in layouts(own_items(force.items(day))) or mode not in MODES or tree not in TREES:
        raise _unreadable()
    place = Place(force.round, unit, day, tree)
    return {**place.params(), "table": table, "mode": mode, "format": "xlsx"}


def grid(scope: "Scope", query: dict[str, str], now: dt.datetime) -> dict[str, Any]:
    """The grid of unit and day up to today, or to the last reporting day."""
    unit, force = _unit_and_force(scope, query)
    code, round = query.get("span", "14"), force.round
    if code not in SPANS:
        raise _unreadable()
    last = max(round.reporting_from, min(local_day(now), round.reporting_to))
    first = round.reporting_from
    if code != "all":
        first = max(first, last - dt.timedelta(days=int(code) - 1))
    days = {"first": first.isoformat(), "last": last.isoformat(), "as_of": ""}
    return {"round": round.pk, "unit": unit.code, **days}


def comment_list(scope: "Scope", query: dict[str, str], now: dt.datetime) -> dict[str, Any]:
    """The list of comments as the filter shows it, of all days up to now unless the filter names a period."""
    unit = scheduling.unit_of(scope, query)
    default = "in" if unit.level == Level.TOWNSHIP else "out"
    box, state = query.get("box", default), query.get("state", "")
    if box not in BOXES or state not in STATES:
        raise _unreadable()
    kept = {name: query.get(name, "") for name in ("of", "channel", "step", "from", "to")}
    return {"unit": unit.code, "box": box, "state": state, "date": "", **kept}


def _unit_and_force(scope: "Scope", query: dict[str, str]) -> tuple[Area, InForce]:
    unit = scheduling.unit_of(scope, query)
    force = in_force_for(unit)
    if force is None:
        raise Refusal("no_round", "本市还没有设本届换届", source="届次设置")
    return unit, force


def _unreadable() -> Refusal:
    return Refusal("filter_unreadable", "筛选里的条件现在没有了，请删去后重新设定", field="query")


def declare() -> None:
    scheduling.register("rollup:table", "rollup.export", totals)
    scheduling.register("completeness:grid", "completeness.export", grid)
    scheduling.register("comments:list", "comments.export", comment_list)
