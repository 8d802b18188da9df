"""Long work on records, started from screens and API alike."""

from typing import TYPE_CHECKING

from accounts.jobs import start_job
from accounts.models import Area, Job
from elections.models import Round

if TYPE_CHECKING:
    from accounts.scope import Scope


def start_opening(round: Round, *, by: "Scope") -> Job:
    """Open one record for each village of the area tree."""
    return start_job("orgs.open", str(round.pk), by=by, params={"round": round.pk}, detail=round.name)


def start_counts_export(round: Round, unit: Area, *, by: "Scope") -> Job:
    """Write the table of kinds and party organisations of a unit."""
    params = {"round": round.pk, "unit": unit.code}
    return start_job("orgs.counts", f"{round.pk}:{unit.code}", by=by, params=params, detail=unit.name)
