"""Create and change a round (届). Only the office of the managing city does this."""

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction

from accounts import audit
from accounts.models import Area
from elections import audit_types, rules
from elections.models import Round

if TYPE_CHECKING:
    from accounts.scope import Scope

FIELDS: Final = (
    "name",
    "year",
    "starts_on",
    "ends_on",
    "reporting_from",
    "reporting_to",
    "excluded_dates",
    "law_profile",
    "is_current",
    "practice",
)


@transaction.atomic
def create_round(area: Area, values: Mapping[str, Any], *, by: "Scope") -> Round:
    """Create a round for the managing city `area`; its province is the root of the city's path."""
    rules.require_city(area.level)
    province = Area.objects.get(code=area.path.split("/", 1)[0])
    new = Round(area=area, province=province, **{name: values[name] for name in FIELDS if name in values})
    rules.check_excluded_dates(new.excluded_dates, new.reporting_from, new.reporting_to)
    new.full_clean(exclude=["unit_path"])
    audit.act(by, audit_types.ROUND_CREATED, None, after=_shown(new))
    new.save()
    return new


@transaction.atomic
def change_round(
    round: Round, values: Mapping[str, Any], *, version: int, by: "Scope", reason: str = ""
) -> Round:
    """Change dates and names of a round; refused when `version` is not the stored one."""
    round = Round.objects.select_for_update(of=("self",)).get(pk=round.pk)
    rules.require_same_version(version, round.version)
    before = _shown(round)
    for name in FIELDS:
        if name in values:
            setattr(round, name, values[name])
    rules.check_excluded_dates(round.excluded_dates, round.reporting_from, round.reporting_to)
    round.full_clean(exclude=["unit_path"])
    audit.act(by, audit_types.ROUND_CHANGED, round, reason=reason, before=before, after=_shown(round))
    round.version += 1
    round.save(update_fields=[*FIELDS, "version", "updated_at"])
    return round


def _shown(round: Round) -> dict[str, Any]:
    """Values for the audit trail: dates as ISO text."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        return value.isoformat() if isinstance(value, dt.date) else value

    return {name: plain(getattr(round, name)) for name in FIELDS}
