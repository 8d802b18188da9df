"""起草: after a cut-off each sender's round is opened and one comment per unit drafted, for all senders of a level at once."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from accounts import audit
from accounts.choices import Level
from accounts.models import Area
from reports import audit_types
from reports.models import Comment, CommentRound, CommentSentence, CommentSetting
from reports.queries.comment_facts import fact_of
from reports.queries.comment_inputs import load_unit_days, units_below
from reports.queries.comment_rules import rules_in_force, setting_of
from reports.rules.comment_measures import UnitDay
from reports.rules.comment_sentences import Drafted, RuleInForce, draft, plan_on, title_of
from reports.rules.timing import due_at

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round


def senders_without_round(round: "Round", level: int, day: datetime.date) -> list[Area]:
    """Units of a level in the round's city that have not opened their comments of the day. One query."""
    opened = CommentRound.objects.filter(round=round, date=day).values("area_id")
    return list(
        Area.objects.within(round.area.path).filter(level=level).exclude(pk__in=opened).order_by("path")
    )


@transaction.atomic
def open_comments(
    round: "Round", senders: Sequence[Area], day: datetime.date, cut_off: datetime.time, *, by: "Scope",
    now: datetime.datetime,
) -> int:  # fmt: skip
    """Open the round of each sender and draft its comments; returns how many were drafted.

    A unit about which no rule has anything to say gets none. Eight queries and writes, whatever the number of units.
    """
    if not senders:
        return 0
    rules, setting = rules_in_force(round), setting_of(round)
    plan = plan_on(_params(rules, "below_plan"), (day - round.reporting_from).days)
    below = units_below(senders)
    days = load_unit_days(round, below, day, plan, now)
    drafts = {sender: [(unit, draft(unit, rules)) for unit in units] for sender, units in days.items()}
    audit.act(
        by, audit_types.COMMENTS_DRAFTED, CommentRound, unit_path=round.area.path,
        after={"date": day, "senders": len(senders), "level": senders[0].level},
    )  # fmt: skip
    rounds = CommentRound.objects.bulk_create(
        CommentRound(
            round=round, area=sender, date=day, cut_off=due_at(day, cut_off),
            rules={rule.code: rule.version for rule in rules if rule.enabled},
            units=len(below[sender]), drafted=sum(bool(sentences) for _, sentences in drafts[sender]),
        )
        for sender in senders
    )  # fmt: skip
    by_sender = {opened.area_id: opened for opened in rounds}
    entries = [
        (made_comment(round, by_sender[sender.pk], sender, unit, sentences, setting), unit, sentences)
        for sender, units in drafts.items()
        for unit, sentences in units
        if sentences
    ]
    Comment.objects.bulk_create(comment for comment, _, _ in entries)
    CommentSentence.objects.bulk_create(
        made_sentence(comment, unit, place, sentence)
        for comment, unit, sentences in entries
        for place, sentence in enumerate(sentences, start=1)
    )
    return len(entries)


def _params(rules: Sequence[RuleInForce], code: str) -> dict[str, int]:
    return dict(next(rule for rule in rules if rule.code == code).params)


def made_comment(
    round: "Round",
    opened: CommentRound | None,
    sender: Area,
    unit: UnitDay,
    sentences: Sequence[Drafted],
    setting: CommentSetting,
) -> Comment:
    """An unsaved draft to one unit."""
    praise_only = all(sentence.good for sentence in sentences)
    return Comment(
        round=round,
        comment_round=opened,
        area=sender,
        recipient_id=unit.area_id,
        date=unit.day,
        title=title_of(sentences),
        demand=setting.praise if praise_only else setting.demand,
        channel="phone" if unit.level == Level.VILLAGE else "letter",
    )


def made_sentence(comment: Comment, unit: UnitDay, position: int, drafted: Drafted) -> CommentSentence:
    """An unsaved sentence with its figures as they are at this moment."""
    return CommentSentence(
        comment=comment,
        area_id=comment.area_id,
        position=position,
        text=drafted.text,
        drafted=drafted.text,
        facts=[fact_of(unit, what, key, value) for what, key, value in drafted.cited],
        rule=drafted.rule,
        rule_version=drafted.version,
    )
