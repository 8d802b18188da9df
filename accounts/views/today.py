"""/: what waits for this person, by due time."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts import today
from accounts.doors import allow_all


@allow_all
@require_GET
def today_page(request: HttpRequest) -> HttpResponse:
    """List by due time, key figures that open, panels of the apps above."""
    now = timezone.localtime()
    everything = today.cards(request.scope, now)
    kinds = list(dict.fromkeys(card.kind for card in everything))
    wanted = request.GET.get("kind", "")
    shown = [card for card in everything if not wanted or card.kind == wanted]
    unit = request.GET.get("unit", "")
    segments = [(kind or "全部", _link(kind=kind, unit=unit), kind == wanted) for kind in ("", *kinds)]
    return render(
        request,
        "accounts/today.html",
        {
            "now": now,
            "count": len(everything),
            "groups": today.grouped(shown[: today.CARDS_SHOWN], now),
            "nothing": today.nothing(request.scope),
            "hidden": max(0, len(shown) - today.CARDS_SHOWN),
            "segments": segments if len(kinds) > 1 else [],
            "figures": today.figures(request.scope, now),
            "panels": today.panels(request.scope, now),
            "clock": today.clock(request.scope, now),
        },
    )


def _link(**parts: str) -> str:
    return "?" + urlencode({key: value for key, value in parts.items() if value})
