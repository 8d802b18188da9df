"""/account/filters/: the filters one has kept, and those one's unit shares."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts import saved
from accounts.actions import saved_filters as actions
from accounts.context import unit_suffix
from accounts.doors import allow
from accounts.errors import Refusal
from accounts.finders import SEEKERS
from accounts.models import SavedFilter
from accounts.typed_again import say_no


@allow(*SEEKERS)
@require_GET
def filter_list(request: HttpRequest) -> HttpResponse:
    """Own filters with rename, share and delete; those of colleagues to open. One query."""
    found = list(SavedFilter.objects.visible_to(request.scope))
    context = {
        "own": [one for one in found if one.assignment_id == request.scope.assignment_id],
        "others": [one for one in found if one.assignment_id != request.scope.assignment_id],
        "lists": [(one.label, one.url("")) for one in saved.screens_for(request.scope.role)],
        "may_share": request.scope.has(*actions.SHARERS),
    }
    return render(request, "accounts/filter_list.html", context)


@allow(*SEEKERS)
@require_POST
def filter_save(request: HttpRequest) -> HttpResponse:
    """Keep the filter of the list that was looked at, and go back to it."""
    given = request.POST

    def work() -> str:
        made = actions.save_filter(
            given.get("screen", ""),
            given.get("query", ""),
            name=given.get("name", ""),
            shared=bool(given.get("shared")),
            by=request.scope,
        )
        return f"筛选“{made.name}”已存下"

    return _answered(request, work, back=given.get("back", ""))


@allow(*SEEKERS)
@require_POST
def filter_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename, share or stop sharing one's own."""
    found = own_filter(request, pk)

    def work() -> str:
        actions.change_filter(
            found,
            name=request.POST.get("name", ""),
            shared=bool(request.POST.get("shared")),
            by=request.scope,
        )
        return f"筛选“{found.name}”已改"

    return _answered(request, work)


@allow(*SEEKERS)
@require_POST
def filter_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete one's own."""
    found = own_filter(request, pk)

    def work() -> str:
        actions.delete_filter(found, by=request.scope)
        return f"筛选“{found.name}”已删去"

    return _answered(request, work)


def own_filter(request: HttpRequest, pk: int) -> SavedFilter:
    """A filter of one's own; a colleague's, like one that is not there, is 404."""
    rows = SavedFilter.objects.visible_to(request.scope).owned_by(request.scope)
    return get_object_or_404(rows, pk=pk)


def _answered(request: HttpRequest, work: Callable[[], str], back: str = "") -> HttpResponse:
    """Do it and say so, or say why not; back to the list it came from, if that is ours."""
    try:
        messages.success(request, work())
    except ValidationError as refusal:
        if isinstance(refusal, Refusal) and refusal.status in (403, 404):
            raise
        say_no(request, refusal)
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return redirect(back if ours else f"{reverse('filters:list')}{unit_suffix(request.scope)}")
