"""村情: the list of records with its filters."""

import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.choices import OFFICE_ROLES, Role
from accounts.doors import allow
from accounts.moments import asked_moment, moment_query
from accounts.queries.areas import units_below
from accounts.views.moments import moment_context
from elections.filters import OrgFilter, chips
from elections.models import Round
from elections.queries.orgs import org_list, orgs_of
from elections.views.units import crumbs, round_of, with_unit

READERS = (*OFFICE_ROLES, Role.INSPECTOR, Role.EVALUATOR, Role.LEADER)


@allow(*READERS)
@require_safe
def org_index(request: HttpRequest) -> HttpResponse:
    """One page of the records; unit, search, filters and page stand in the URL."""
    scope, round = request.scope, round_of(request)
    here = scope.unit
    moment = asked_moment(request.GET)
    filtered = OrgFilter(request.GET, queryset=orgs_of(scope, round, here, moment), request=request)
    found = org_list(filtered.qs, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    url = reverse("elections:orgs")
    context = {
        "round": round,
        "unit": here,
        "steps": [*crumbs(scope, here, url), ("村情", "")],
        "children": [] if scope.units is not None else units_below(scope),
        "filter": filtered,
        "chips": chips(filtered, request.GET, unit=here if here != scope.area else None),
        "found": found,
        "clear_url": url + with_unit(request),
        "next_url": _page_url(request.GET, after=found.page.next),
        "previous_url": _page_url(request.GET, before=found.page.previous),
        "file_query": file_query(round, moment),
        "query": shared_query(request.GET),
        "may_export": scope.has(*OFFICE_ROLES),
        "export_url": f"/imports/orgs/export/?{shared_query(request.GET)}",
        "may_import": scope.has(Role.TOWNSHIP) and moment is None,
        **moment_context(request, moment),
    }
    partial = request.htmx and not request.htmx.boosted
    return render(request, "elections/_org_rows.html" if partial else "elections/org_list.html", context)


def file_query(round: Round | None, moment: datetime.datetime | None) -> str:
    """What the address of a village's file says of the round and of the moment; nothing for the present one."""
    facts = ({"round": round.pk} if round and not round.is_current else {}) | moment_query(moment)
    return f"?{urlencode(facts)}" if facts else ""


def shared_query(params: QueryDict) -> str:
    """The query string of the filters alone: what is shared, exported and kept across pages."""
    kept = params.copy()
    for key in ("after", "before"):
        kept.pop(key, None)
    return kept.urlencode()


def _page_url(params: QueryDict, **cursor: str) -> str:
    name, value = next(iter(cursor.items()))
    if not value:
        return ""
    query = shared_query(params)
    return f"?{query}{'&' if query else ''}{name}={value}"
