"""/search/: one box for everything the reader may open; under the box it answers with the first few of each kind."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts import finding
from accounts.doors import allow
from accounts.finders import SEEKERS


@allow(*SEEKERS)
@require_GET
def search_page(request: HttpRequest) -> HttpResponse:
    """What `q` finds; asked by htmx, the list that drops from the box."""
    asked = request.GET.get("q", "").strip()[: finding.MAX_TERM]
    part = bool(request.headers.get("HX-Request"))
    groups = finding.find(request.scope, asked, limit=finding.FEW if part else finding.MANY)
    query = {"q": asked, "unit": request.GET.get("unit", "")}
    context = {
        "asked": asked,
        "groups": groups,
        "more": any(group.more for group in groups),
        "all_url": f"{reverse('search')}?{urlencode({key: value for key, value in query.items() if value})}",
    }
    return render(request, "accounts/_found.html" if part else "accounts/search.html", context)
