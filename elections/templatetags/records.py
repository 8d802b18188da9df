"""The lines of the list of records, a hundred a page: written at once, because a tag for each cell takes longer
than everything else on the page together."""

from collections.abc import Iterable
from functools import lru_cache
from html import escape
from typing import Any, Final

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.components.marks import cell
from elections.choices import OrgKind, PartyOrgType

register = template.Library()

figure = lru_cache(maxsize=4096)(cell)  # most are small numbers that stand in many lines

LINE: Final = (
    "<tr>"
    '<th scope="row" class="vn nb"><a class="u" href="{}{}/{}"><b>{}</b></a></th>'
    '<td class="nb">{}</td><td class="nb">{}</td><td class="nb">{}</td><td class="nb">{}</td>'
    '<td class="n">{}</td><td class="n">{}</td><td class="n">{}</td><td class="n">{}</td><td class="n">{}</td>'
    '<td class="n">{}</td><td class="n">{}</td>'
    '<td class="c nb">{}</td><td class="c nb">{}</td><td class="c nb">{}</td><td class="mut nb">{}</td>'
    "</tr>\n"
)
KINDS: Final = dict(OrgKind.choices)
PARTY: Final = {**dict(PartyOrgType.choices), "": ""}
YES_NO: Final = {True: "是", False: '<span class="z">否</span>'}
NOT_DUE: Final = '<span title="{}">不换届</span>'


@register.simple_tag
def record_lines(rows: Iterable[Any], file_query: str = "") -> SafeString:
    """Table rows of `org_list`, each opening the village's file; `file_query` keeps an earlier round and a moment."""
    above, query = reverse("elections:orgs"), escape(file_query)
    lines = "".join(_line(row, above, query) for row in rows)
    return SafeString(lines)  # nosec B703 - `_line` escapes every text


def _line(row: Any, above: str, query: str) -> str:
    """One row. Texts of the database are escaped here; everything else is a number or a word of this module."""
    return LINE.format(
        above,
        row.area__code,
        query,
        escape(row.area__name),
        escape(row.area__parent__name),
        escape(row.area__parent__parent__name),
        KINDS[row.kind],
        figure(PARTY[row.party_org_type]),
        figure(row.population),
        figure(row.households),
        figure(row.registered_voters),
        figure(row.party_members),
        figure(row.representatives),
        figure(row.seats_party),
        figure(row.seats_committee),
        "应换届" if row.is_due else NOT_DUE.format(escape(row.not_due_reason)),
        YES_NO[row.is_pilot],
        YES_NO[row.is_large],
        row.area__code,
    )
