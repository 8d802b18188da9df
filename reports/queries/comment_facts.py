"""Cited figures: with their doors as they were, and as they are now."""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.choices import Level
from accounts.models import Area
from reports import metrics
from reports.models import Comment, CommentNote, CommentSentence
from reports.queries.comment_inputs import load_unit_days
from reports.queries.comment_rules import rules_in_force
from reports.rules.comment_measures import MEASURES, STEPS, Number, UnitDay, measured
from reports.rules.comment_sentences import plan_on
from reports.rules.comment_text import Fact

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round

NOTE = "note"


def fact_of(unit: UnitDay, what: str, key: str, value: Number) -> Fact:
    """One cited figure of a unit as it is stored with a sentence."""
    measure = MEASURES[what]
    return {
        "what": what,
        "key": key,
        "unit": unit.code,
        "unit_name": unit.name,
        "day": unit.day.isoformat(),
        "label": f"{metric_name(key)}{measure.label}"
        if what != "value" or key in STEPS
        else metric_name(key),
        "measure": unit_of(what, key),
        "value": value,
        "shown": measure.shown(value),
        "url": door(unit, what, key),
        "closed_below": measure.place == "sender",
    }


def metric_name(key: str) -> str:
    """Name of a step or metric as comments say it; '' without one."""
    found = metrics.by_key().get(key)
    return STEPS.get(key) or (found.name if found else "")


def unit_of(what: str, key: str) -> str:
    """What a figure counts."""
    found = metrics.by_key().get(key)
    plain = what in ("value", "change", "peers", "left") and key not in STEPS
    return found.unit if plain and found else MEASURES[what].unit


def note_fact(note: CommentNote) -> Fact:
    """The figure of a note of the day."""
    return {
        "what": NOTE,
        "key": str(note.pk),
        "unit": note.about.code,
        "unit_name": note.about.name,
        "day": note.date.isoformat(),
        "label": note.text[:40],
        "measure": note.measure,
        "value": note.figure,
        "shown": f"{note.figure:,}",
        "url": f"{reverse('comments:list')}?{urlencode({'unit': note.area.code, 'date': note.date.isoformat()})}#notes",
        "closed_below": True,
    }


def door(unit: UnitDay, what: str, key: str) -> str:
    """The screen behind a figure, with its unit and day."""
    place, day = MEASURES[what].place, unit.day.isoformat()
    if place == "rules":
        return reverse("comments:rules") + "#below_plan"
    if place == "comments":
        return f"{reverse('comments:list')}?{urlencode({'of': unit.code, 'state': 'overdue'})}"
    if unit.level == Level.VILLAGE and place != "sender":
        return reverse("elections:org", args=[unit.code])
    if place == "completeness":
        return f"{reverse('completeness:grid')}?{urlencode({'unit': unit.code, 'to': day})}"
    query = {"unit": unit.sender_code if place == "sender" else unit.code, "date": day}
    if place == "missing":
        return f"{reverse('rollup:table')}?{urlencode(query | {'open': 'townships', 'of': unit.code})}#drill"
    if key:
        query |= {"open": key, "of": query["unit"]}
    return f"{reverse('rollup:table')}?{urlencode(query)}#drill"


@dataclass(frozen=True)
class Moved:
    """A cited figure that is no longer what it was when the sentence was drafted."""

    comment_id: int
    sentence_id: int
    place: int
    fact: Fact
    now: Number
    shown: str


def plan_of(round: "Round", day: datetime.date) -> dict[str, float]:
    """Share each step should have reached by `day`. One query."""
    rules = {rule.code: rule for rule in rules_in_force(round)}
    return plan_on(rules["below_plan"].params, (day - round.reporting_from).days)


def units_now(
    comments: Iterable[Comment], now: datetime.datetime, more: Iterable[str] = ()
) -> dict[tuple[int, datetime.date], UnitDay]:
    """(recipient, day) → its figures as they are now, with the metrics `more`. A constant number of queries a day."""
    by_day: dict[tuple[Any, datetime.date], dict[Area, dict[int, Area]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    for comment in comments:
        by_day[comment.round, comment.date][comment.area][comment.recipient_id] = comment.recipient
    found: dict[tuple[int, datetime.date], UnitDay] = {}
    for (round, day), below in by_day.items():
        listed = {sender: list(areas.values()) for sender, areas in below.items()}
        for units in load_unit_days(round, listed, day, plan_of(round, day), now, more=more).values():
            found |= {(unit.area_id, day): unit for unit in units}
    return found


def moved_figures(
    comments: Iterable[Comment],
    sentences: Mapping[int, list[CommentSentence]],
    units: Mapping[tuple[int, datetime.date], UnitDay],
) -> list[Moved]:
    """Cited figures of these comments that have moved. Pure: `units` are those of `units_now`."""
    found = []
    for comment in comments:
        unit = units.get((comment.recipient_id, comment.date))
        for sentence in sentences.get(comment.pk, []):
            for place, fact in enumerate(sentence.facts):
                now = value_now(unit, fact)
                if now is not None and now != fact["value"]:
                    shown = MEASURES[fact["what"]].shown(now)
                    found.append(Moved(comment.pk, sentence.pk, place, fact, now, shown))
    return found


def value_now(unit: UnitDay | None, fact: Fact) -> Number | None:
    """What a cited figure is now; None where it does not change or the reader cannot know."""
    if unit is None or fact["what"] not in MEASURES:
        return None
    return measured(unit, fact["what"], fact["key"])


# What the office may tick beside the draft, in the order of the list.
OFFERED = ("value", "share", "left", "change", "rank", "unchanged", "gap", "planned")
KEPT_AT_ZERO = ("value", "share")
OFFERED_PLAIN = ("missing", "missing_week", "late", "late_week", "warnings", "overdue")


def basis_of(unit: UnitDay | None) -> list[Fact]:
    """Every figure known of a unit that a comment may cite; what did not happen is left out."""
    if unit is None:
        return []
    wanted = [(what, "") for what in OFFERED_PLAIN] + [(what, key) for key in STEPS for what in OFFERED]
    values = ((what, key, measured(unit, what, key)) for what, key in wanted)
    known = ((what, key, value) for what, key, value in values if value is not None)
    return [fact_of(unit, what, key, value) for what, key, value in known if value or what in KEPT_AT_ZERO]


def sees(scope: "Scope", fact: Fact, comment: Comment) -> bool:
    """Whether the reader may open a figure: the sender's own totals are closed to the recipient."""
    return not fact.get("closed_below") or comment.unit_path.startswith(scope.path)
