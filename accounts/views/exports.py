"""/system/exports/: 导出登记. Which file left, who took it; a leaked copy's number leads here."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.doors import allow
from accounts.models.exports import READERS
from accounts.queries.exports import export_page, export_with
from accounts.whole_numbers import whole_number


@allow(*READERS)
@require_GET
def export_register(request: HttpRequest) -> HttpResponse:
    """Entries of the reader's area, newest first; `?number=` finds one. One query of its own."""
    number = request.GET.get("number", "").strip()
    before = whole_number(request.GET.get("before", ""))
    if before is None and request.GET.get("before"):
        raise Http404
    if number:
        found = export_with(request.scope, number)
        rows, older = ([found] if found else []), None
    else:
        rows, older = export_page(request.scope, before=before)
    context = {"rows": rows, "number": number, "now": timezone.now(), "paged": before is not None}
    context["next_url"] = f"?{urlencode({'before': older})}" if older else ""
    return render(request, "accounts/export_register.html", context)
