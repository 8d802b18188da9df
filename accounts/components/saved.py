"""The filters kept for a list, beside its own: one click opens one."""

from __future__ import annotations

from typing import Any

from django.template import Context, Library

from accounts import saved, scheduling
from accounts.actions.saved_filters import SHARERS
from accounts.choices import OFFICE_ROLES
from accounts.models import SavedFilter

register = Library()


@register.inclusion_tag("components/saved_filters.html", takes_context=True)
def saved_filters(context: Context, screen: str) -> dict[str, Any]:
    """Filters of list `screen` (a route name) that the reader sees, and the form that keeps the one in force. One query."""
    request = context["request"]
    found, scope = saved.screen_of(screen), getattr(request, "scope", None)
    if found is None or scope is None or scope.role not in found.roles:
        return {"shown": False}
    now = found.canonical(request.GET)
    rows = [(one, one.query == now) for one in SavedFilter.objects.visible_to(scope).filter(screen=screen)]
    return {
        "shown": True,
        "rows": rows,
        "screen": screen,
        "query": now,
        "known": any(current for _, current in rows),
        "schedules": scheduling.exporter_of(screen) is not None and scope.role in OFFICE_ROLES,
        "may_share": scope.has(*SHARERS),
        "back": f"{request.path}?{request.GET.urlencode()}",
        "suffix": context["shell"].suffix,
        "unit_code": context["shell"].unit_code if context["shell"].suffix else "",
        "csrf_token": context.get("csrf_token", ""),
    }
