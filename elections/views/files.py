"""村情档案: one village on one page, its edit form and its print sheet."""

import datetime
import hashlib
import json
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.choices import Role
from accounts.doors import allow
from accounts.formats import moment_full
from accounts.moments import asked_moment, moment_query
from accounts.views.moments import moment_context
from elections import rules
from elections.actions.orgs import field_values
from elections.choices import Term
from elections.file_panels import panels_for
from elections.models import Org
from elections.queries.history import history_of
from elections.queries.orgs import neighbours, org_by_code
from elections.views.lists import READERS, file_query
from elections.views.units import crumbs, round_of


def org_in_scope(request: HttpRequest, code: str, moment: datetime.datetime | None = None) -> Org:
    """The record of a code in the round of the URL; 404 when it is not the scope's, or was not there at `moment`."""
    return get_object_or_404(org_by_code(request.scope, round_of(request), code, moment))


@allow(*READERS)
@require_safe
def org_file(request: HttpRequest, code: str) -> HttpResponse:
    """Record, figures, team now and last term, panels of other apps, history; as of a moment the record alone."""
    moment = asked_moment(request.GET)
    org = org_in_scope(request, code, moment)
    before, after = neighbours(request.scope, org, moment)
    context = {
        **_facts(org),
        "steps": file_steps(request, org, "村情档案"),
        "previous": _neighbour(request, before),
        "next": _neighbour(request, after),
        "panels": [] if moment else panels_for(request.scope, org),
        "may_edit": request.scope.has(Role.TOWNSHIP) and moment is None,
        "history": history_of(request.scope, org, moment),
        "print_url": reverse("elections:org-print", args=[code]) + file_query(org.round, moment),
        **moment_context(request, moment),
    }
    return render(request, "elections/org_file.html", context)


@allow(*READERS)
@require_safe
def org_print(request: HttpRequest, code: str) -> HttpResponse:
    """一村一策 on A4; as of a moment without the panels, which say how things stand now."""
    moment = asked_moment(request.GET)
    org = org_in_scope(request, code, moment)
    context = {
        **_facts(org),
        "steps": file_steps(request, org, "一村一策"),
        "panels": [] if moment else panels_for(request.scope, org),
        "printed_at": timezone.now(),
        "printed_by": request.scope,
        "as_of": moment_full(moment or timezone.now()),
        "check_code": check_code(org),
        **moment_context(request, moment),
    }
    return render(request, "elections/org_print.html", context)


def check_code(org: Org) -> str:
    """Eight hexadecimal digits over the printed record, to tell two sheets of the same village apart."""
    text = json.dumps([org.pk, org.version, field_values(org)], sort_keys=True, default=str)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8].upper()
    return f"{digest[:4]} {digest[4:]}"


def _facts(org: Org) -> dict[str, Any]:
    """The record as the page and the print sheet show it."""
    filled, required = rules.completeness(field_values(org))
    return {
        "org": org,
        "round": org.round,
        "teams": [_team(org, term) for term in Term],
        "household_note": "" if org.households is None else f"{org.households:,} 户",
        "filled": filled,
        "required": required,
        "oddities": rules.oddities(field_values(org)),
    }


def _team(org: Org, term: Term) -> dict[str, Any]:
    figures = {part: getattr(org, f"{term.value}_{part}") for part in rules.TEAM_FIGURES}
    tenths = figures["age_tenths"]
    average = None if tenths is None else f"{tenths // 10}.{tenths % 10}"
    return {"label": term.label, "average_age": average, **figures}


def file_steps(request: HttpRequest, org: Org, last: str) -> list[tuple[str, str]]:
    """The way down: units open the list, the village opens its file."""
    above = crumbs(request.scope, org.area, reverse("elections:orgs"))[:-1]
    then = urlencode(moment_query(asked_moment(request.GET)))
    kept = [(name, f"{url}&{then}" if then else url) for name, url in above]
    return [*kept, (org.area.name, org_url(request, org)), (last, "")]


def _neighbour(request: HttpRequest, org: Org | None) -> tuple[str, str] | None:
    return (org.area.name, org_url(request, org)) if org else None


def org_url(request: HttpRequest, org: Org) -> str:
    """The village's file, keeping the round and the moment named in the URL."""
    return reverse("elections:org", args=[org.area.code]) + file_query(
        round_of(request), asked_moment(request.GET)
    )
