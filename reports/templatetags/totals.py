"""Cells of the table of totals."""

import datetime

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.components.marks import cell as word
from accounts.formats import delta, num, rate
from reports.queries.rollup import Cell
from reports.rules.rollup_layouts import Column
from reports.rules.side_by_side import Pair
from reports.rules.words import figure_words

register = template.Library()


@register.simple_tag
def total_cell(cell: Cell, url: str = "") -> SafeString:
    """One figure with its door; what is missing from it stands beside it, never hidden in it."""
    body = figure(cell)
    if url and cell.opens and cell.value:
        wanted = "dn b" if cell.column.show == "missing" else "dnh"
        body = format_html('<a class="{}" href="{}">{}</a>', wanted, url, body)
    return format_html("{}{}", body, _notes(cell))


def figure(cell: Cell) -> SafeString:
    """The figure itself, in the words of the table's legend."""
    if cell.mark == "none":
        return SafeString(
            '<span class="mute"><span aria-hidden="true">—</span><span class="sr-only">不计</span></span>'
        )
    if cell.mark:
        return word(None, cell.mark)
    if cell.value is None:
        return word(None)
    if cell.kind == "rate":
        return format_html("{}", rate(cell.value))
    if cell.kind == "change":
        return format_html("{}{}", "≥" if cell.incomplete else "", delta(cell.value))
    if cell.kind == "rank":
        return _rank(cell)
    if isinstance(cell.value, datetime.date):
        return format_html("{}", f"{cell.value:%m-%d}")
    if cell.value == 0 and not cell.incomplete:
        return word(0)
    return format_html("{}{}", "≥" if cell.incomplete else "", num(cell.value))


def _rank(cell: Cell) -> SafeString:
    """Rank of a unit with its move since the day before; units only, never persons."""
    if not cell.moved:
        return format_html("{}", cell.value)
    arrow, said = ("↑", "升") if cell.moved > 0 else ("↓", "降")
    return format_html(
        '{} <span class="mv" aria-label="{}{}">{}{}</span>',
        cell.value,
        said,
        abs(cell.moved),
        arrow,
        abs(cell.moved),
    )


def _notes(cell: Cell) -> SafeString:
    missing, _, unknown = cell.gap
    if cell.column.show != "value" or not (missing or unknown):
        return SafeString("")
    words = "，".join([f"缺{missing}"] * bool(missing) + [f"不详{unknown}"] * bool(unknown))
    return format_html(' <span class="dl">{}</span>', words)


@register.simple_tag
def village_figure(value: int | datetime.date | None, mark: str = "") -> SafeString:
    """A village's own figure as filed."""
    if isinstance(value, datetime.date):
        return format_html("{}", f"{value:%m-%d}")
    return word(value, mark)


@register.simple_tag
def published(kept: list) -> SafeString:
    """One figure of a published table, as it was given out (`reports.rules.published`)."""
    value, mark, incomplete, gap, moved, kind = kept
    if kind == "date" and value is not None:
        value = datetime.date.fromisoformat(value)
    cell = Cell(Column("", ""), value, kind, mark, incomplete, tuple(gap), moved)
    return format_html("{}{}", figure(cell), _notes(cell))


@register.simple_tag
def side(kept: list | None) -> SafeString:
    """One side of a comparison; a dash where it has not the figure."""
    return figure(Cell(Column("", ""), None, mark="none")) if kept is None else published(kept)


@register.simple_tag
def pair_difference(pair: Pair) -> str:
    """Now less then with its sign; a word where the sides differ without a number."""
    if pair.difference is None:
        return "变" if pair.differs else ""
    change = pair.difference
    return rate_change(change) if isinstance(change, float) else delta(change)


def rate_change(value: float) -> str:
    """A difference of two rates: +1.2, 0."""
    return f"+{rate(value)}" if value > 0 else rate(value) if value else "0"


@register.simple_tag
def signed(value: int) -> str:
    """A change with its sign."""
    return delta(value)


@register.simple_tag
def figure_text(value: int | str | None) -> str:
    """A figure within a sentence."""
    return figure_words(value)
