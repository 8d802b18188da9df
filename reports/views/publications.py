"""公布: what was given out of a unit, whether it still says the same, and giving out a bulletin."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.choices import OFFICE_ROLES
from accounts.doors import allow, gives_way
from accounts.moments import asked_moment
from accounts.typed_again import say_no
from accounts.views.moments import moment_context
from elections.views.units import crumbs
from reports.actions.publications import look_again, publish_table
from reports.models import Publication
from reports.queries.publications import publication_list
from reports.queries.published_grid import GRID
from reports.rules.published import VILLAGES
from reports.views.rollup_choice import choice_of

STATES = {True: ("filed", "一致"), False: ("missing", "有出入"), None: ("off", "未重算")}


@allow(*OFFICE_ROLES)
@require_safe
def publications(request: HttpRequest) -> HttpResponse:
    """What was published of the unit in force and the units below it, newest first."""
    unit, moment = request.scope.unit, asked_moment(request.GET)
    rows = publication_list(request.scope, unit, moment)
    context = {
        "unit": unit,
        "rows": [(row, *STATES[row.same]) for row in rows],
        "steps": [*crumbs(request.scope, unit, reverse("publications:list")), ("公布", "")],
        **moment_context(request, moment),
    }
    return render(request, "reports/publications.html", context)


@allow(*OFFICE_ROLES)
@gives_way
@require_safe
def publication(request: HttpRequest, pk: int) -> HttpResponse:
    """One publication: its facts, its table as given out, and what the looks at it found."""
    found = _found(request, pk)
    checks = list(found.checks.order_by("-checked_at", "-id")[:20])
    context = {
        "unit": request.scope.unit,
        "given": found,
        "table": found.tables[0],
        "heads": heads(found.tables[0]["columns"]),
        "others": [one for one in found.tables[1:] if one["unit"] != VILLAGES],
        "villages": sum(len(one["rows"]) for one in found.tables if one["unit"] == VILLAGES),
        "checks": checks,
        "state": STATES[checks[0].same if checks else None],
        "compare_url": compare_url(found),
        "steps": [("公布", reverse("publications:list")), (found.code, "")],
    }
    return render(request, "reports/publication.html", context)


def heads(columns: list[str]) -> list[tuple[str, list[str]]]:
    """“组 列” of a published table as the two rows of its head: each group with the headings below it."""
    groups: list[tuple[str, list[str]]] = []
    for column in columns:
        group, _, heading = column.rpartition(" ")
        if not groups or groups[-1][0] != group:
            groups.append((group, []))
        groups[-1][1].append(heading)
    return groups


def compare_url(given: Publication) -> str:
    """The same table as published beside what is known now; none for a list of villages and for completeness."""
    if given.query.get("open") or given.query.get("table") == GRID:
        return ""
    query = {
        "unit": given.area.code,
        "date": given.date.isoformat(),
        "table": given.query["table"],
        "mode": given.query["mode"],
        "tree": given.query["tree"],
        "then": str(given.pk),
    }
    return f"{reverse('rollup:comparison')}?{urlencode(query)}"


@allow(*OFFICE_ROLES)
@gives_way
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Recompute a publication now."""
    try:
        look = look_again(_found(request, pk), by=request.scope)
    except ValidationError as refusal:
        say_no(request, refusal)
        return redirect("publications:detail", pk)
    if look.same:
        messages.success(request, "重算与公布时一致。")
    else:
        messages.warning(request, f"重算与公布时有出入 {len(look.differences)} 处，逐项列在下面。")
    return redirect("publications:detail", pk)


@allow(*OFFICE_ROLES)
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """Give the table of totals out as a bulletin, as of the moment asked for or of now."""
    choice = choice_of(request)
    if choice is None:
        raise Http404
    given = publish_table(choice.place, choice.layout, choice.mode, by=request.scope)
    messages.success(request, f"{given.code} 已发布。")
    return redirect("publications:detail", given.pk)


def _found(request: HttpRequest, pk: int) -> Publication:
    rows = Publication.objects.visible_to(request.scope).select_related("area", "round__area")
    return get_object_or_404(rows, pk=pk)
