"""The list of records as an export at a time of day."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from accounts import scheduling
from elections.imports import OrgResource

if TYPE_CHECKING:
    from accounts.scope import Scope


def records(scope: "Scope", query: dict[str, str], now: dt.datetime) -> dict[str, Any]:
    """What `sheets.export` needs to write the list as the filter shows it."""
    unit = scheduling.unit_of(scope, query)
    shown = {name: query[name] for name in OrgResource.list_filters if query.get(name)}
    return {"resource": "orgs", "format": "xlsx", "unit": unit.code, "query": shown}


def declare() -> None:
    scheduling.register("elections:orgs", "sheets.export", records)
