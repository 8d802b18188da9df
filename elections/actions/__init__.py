"""Business acts on records: one function each, one transaction, one act in the audit trail."""

from elections.actions.jobs import start_counts_export, start_opening
from elections.actions.orgs import change_org, open_orgs
from elections.actions.rounds import change_round, create_round

__all__ = [
    "change_org",
    "change_round",
    "create_round",
    "open_orgs",
    "start_counts_export",
    "start_opening",
]
