"""Words and chips of comments."""

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.components.marks import chip
from reports.models import Comment
from reports.queries.rollup import Cell
from reports.rules.comment_sentences import RULES
from reports.rules.comments import WAITING
from reports.views.comments import CHIPS

register = template.Library()


@register.filter
def waits(comment: Comment) -> bool:
    """Whether an answer is owed."""
    return comment.state in WAITING


@register.filter
def rule_label(code: str) -> str:
    """Name of a drafting rule."""
    return RULES[code].label if code in RULES else code


@register.simple_tag
def pin_mark(pins: dict[tuple[str, str], int], unit: str, cell: Cell) -> SafeString:
    """The mark of a cell on which a comment stands, with its door."""
    pk = pins.get((unit, cell.column.key)) if pins and cell.column.show == "value" else None
    if pk is None:
        return SafeString("")
    url = reverse("comments:comment", args=[pk])
    return format_html('<a class="pin" href="{}" aria-label="这一格的点评">评</a>', url)


@register.simple_tag
def comment_chip(state: str) -> SafeString:
    """The chip of a state."""
    return chip(*CHIPS[state])
