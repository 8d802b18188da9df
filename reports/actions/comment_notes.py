"""Notes of the day, and comments pinned to one cell of the roll-up."""

import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts import audit
from accounts.choices import OFFICE_ROLES, Level
from accounts.errors import Refusal
from accounts.models import Area
from reports import audit_types, metrics
from reports.actions.comments import checked
from reports.choices_comments import CommentState
from reports.models import Comment, CommentNote, CommentSentence
from reports.queries.clock import database_now
from reports.queries.comment_facts import fact_of, metric_name, unit_of, units_now
from reports.queries.comment_rules import setting_of
from reports.rules.comment_measures import measured
from reports.rules.rollup_layouts import is_date

if TYPE_CHECKING:
    from accounts.scope import Scope
    from elections.models import Round


@transaction.atomic
def add_note(
    round: "Round", about: Area, day: datetime.date, *, text: str, figure: int, measure: str, by: "Scope"
) -> CommentNote:
    """Write down what else happened in a unit, with its figure, so that a comment can cite it."""
    require_below(by, about)
    note = CommentNote(
        round_id=round.pk, area=by.area, about=about, date=day, text=text.strip(), figure=figure,
        measure=measure.strip(), written_by=by.assignment, written_by_name=by.name,
    )  # fmt: skip
    checked(note, "about", "written_by")
    audit.act(by, audit_types.COMMENT_NOTED, CommentNote, after={"about": about.code, "date": day})
    note.save()
    return note


def require_below(by: "Scope", unit: Area) -> None:
    """Only the office itself, about a unit below it."""
    if (
        by.role not in OFFICE_ROLES
        or by.area is None
        or not unit.path.startswith(by.area.path)
        or unit.pk == by.area.pk
    ):
        raise PermissionDenied


@transaction.atomic
def pin_comment(round: "Round", recipient: Area, day: datetime.date, key: str, *, by: "Scope") -> Comment:
    """A draft on one cell of the roll-up (unit × metric × day); the second click finds the first."""
    require_below(by, recipient)
    if recipient.level >= Level.VILLAGE or key not in metrics.by_key():
        raise Refusal("cell_unknown", "这一格不能写点评，选单位的一个数", field="key", source="汇总")
    there = Comment.objects.visible_to(by).filter(area=by.area, recipient=recipient, date=day, pinned_key=key)
    found = there.exclude(state=CommentState.SKIPPED).first()
    if found is not None:
        return found
    comment = Comment(
        round=round, area=by.area, recipient=recipient, date=day, pinned_key=key,
        title=f"关于{metric_name(key)}的点评", demand=setting_of(round).demand,
    )  # fmt: skip
    unit = units_now([comment], database_now(), [key]).get((recipient.pk, day))
    value = measured(unit, "value", key) if unit else None
    if unit is None or value is None:
        raise Refusal("cell_empty", "这一格还没有数，汇总后再写", field="key", source="汇总", status=409)
    facts = [fact_of(unit, "value", key, value)]
    text = f"{day.month}月{day.day}日，{metric_name(key)} {facts[0]['shown']} {unit_of('value', key)}"
    share = measured(unit, "share", key) if is_date(key) else None
    if share is not None:
        facts.append(fact_of(unit, "share", key, share))
        text += f"，占应换届的 {facts[1]['shown']}%"
    audit.act(by, audit_types.COMMENT_PINNED, Comment, after={"to": recipient.code, "date": day, "key": key})
    comment.save()
    CommentSentence.objects.create(
        comment=comment,
        area_id=comment.area_id,
        position=1,
        text=f"{text}。",
        drafted=f"{text}。",
        facts=facts,
    )
    return comment
