"""Carrying the rules out: each one by itself, so that one that fails does not keep the others from their due date."""

import datetime as dt
import logging
from collections.abc import Iterator
from typing import NamedTuple

from django.db import connections, transaction

from accounts.retention.registry import Rule, rules

logger = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What became of one rule: how much went, or the class of the error that stopped it."""

    rule: Rule
    removed: int
    error: str


def run(now: dt.datetime) -> Iterator[Outcome]:
    """Carry out every rule as of `now`, inside the caller's transaction on `default`; yields each outcome.

    What a rule does on `default` is undone when it fails. The note of the run is written through `ledger`.
    """
    for rule in rules():
        removed, error = 0, ""
        try:
            with transaction.atomic(using="default"):
                removed = rule.apply(now)
        except Exception as failure:  # recorded with the rule, shown on the page, sounded by the probe
            error = type(failure).__name__
            logger.exception("retention rule %s failed", rule.code)
        note(rule, removed, error)
        yield Outcome(rule, removed, error)


def due(now: dt.datetime) -> list[tuple[Rule, int]]:
    """How much is due under each rule; changes nothing."""
    return [(rule, rule.due(now)) for rule in rules()]


def note(rule: Rule, removed: int, error: str) -> None:
    """Keep what the last run of a rule did."""
    with connections["ledger"].cursor() as cursor:
        cursor.execute("SELECT retention_note(%s, %s, %s)", [rule.code, removed, error])
