"""Rules of retention, registered by each app in `AppConfig.ready()`."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet

# `now` is the moment the ages are counted back from; the answer is a number of rows or files.
Step = Callable[[dt.datetime], int]


@dataclass(frozen=True)
class Rule:
    """One kind of data with an end.

    code     stable name, `app.what`
    label    what it is, for the page
    kept     how long, in words; `age` the same as a length of time, counted from the moment `label` names
    then     what happens afterwards
    place    tables and folders concerned
    source   the law, standard or decision behind the figure
    due      counts what is due and changes nothing
    apply    removes what is due and returns how much; safe to repeat after a kill at any point
    """

    code: str
    label: str
    age: dt.timedelta
    kept: str
    then: str
    place: str
    source: str
    due: Step
    apply: Step


_rules: dict[str, Rule] = {}


def register(rule: Rule) -> Rule:
    """Declare a rule; a code is declared once."""
    known = _rules.get(rule.code)
    if known is not None and known != rule:
        raise ValueError(f"retention rule {rule.code} is registered twice")
    _rules[rule.code] = rule
    return rule


def register_rows(
    rows: Callable[[dt.datetime], QuerySet],
    *,
    code: str,
    label: str,
    age: dt.timedelta,
    kept: str,
    place: str,
    source: str,
) -> Rule:
    """Declare a rule by which the rows that `rows` gives for a moment are deleted."""
    return register(
        Rule(
            code=code,
            label=label,
            age=age,
            kept=kept,
            then="删除",
            place=place,
            source=source,
            due=lambda now: rows(now).count(),
            apply=lambda now: rows(now).delete()[0],
        )
    )


def rules() -> tuple[Rule, ...]:
    """Every rule, in the order of registration."""
    return tuple(_rules.values())
