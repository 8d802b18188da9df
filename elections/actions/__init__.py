"""Business acts on records: one function each, one transaction, one act in the audit trail."""

from elections.actions.orgs import change_org, open_orgs
from elections.actions.rounds import change_round, create_round

__all__ = ["change_org", "change_round", "create_round", "open_orgs"]
