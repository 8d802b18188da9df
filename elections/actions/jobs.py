"""Long work on records, started from screens and API alike."""

import datetime
from typing import TYPE_CHECKING

from accounts.jobs import start_job
from accounts.models import Area, Job
from elections.models import Round

if TYPE_CHECKING:
    from accounts.scope import Scope


def start_opening(round: Round, *, by: "Scope") -> Job:
    """Open one record for each village of the area tree."""
    return start_job("orgs.open", str(round.pk), by=by, params={"round": round.pk}, detail=round.name)


def start_counts_export(
    round: Round, unit: Area, *, as_of: datetime.datetime | None = None, by: "Scope"
) -> Job:
    """Write the table of kinds and party organisations of a unit; `as_of`: as it stood at that moment."""
    params = {"round": round.pk, "unit": unit.code} | ({"as_of": as_of.isoformat()} if as_of else {})
    subject = ":".join(str(value) for value in params.values())
    return start_job("orgs.counts", subject, by=by, params=params, detail=unit.name)
