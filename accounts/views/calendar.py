"""/account/calendar/: make and stop one's own feed; /calendar/…: what a calendar program reads, without a session."""

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import deadlines
from accounts.auth import feeds
from accounts.auth.step_up import steps_up
from accounts.calendar_text import calendar_text
from accounts.doors import allow, public
from accounts.errors import Refusal
from accounts.finders import SEEKERS
from accounts.idempotency import shown_once

AHEAD = dt.timedelta(days=30)


@allow(*SEEKERS)
@never_cache
@require_http_methods(["GET", "POST"])
@steps_up
def calendar_page(request: HttpRequest) -> HttpResponse:
    """The feed of the assignment in force; POST makes a new address, shown on this answer alone; asks for step-up, because
    the address outlives the session.
    """
    assignment, address = request.scope.assignment, ""
    if request.method == "POST":
        text, _ = feeds.make_feed(request.user.pk, assignment)
        address = request.build_absolute_uri(reverse("calendar-feed", args=[text]))
    now = timezone.now()
    context = {
        "feed": feeds.feed_of(assignment.pk),
        "address": address,
        "office": assignment.office_name,
        "coming": deadlines.coming(request.scope, now, now + AHEAD)[:10],
        "now": now,
        "leads": "、".join(f"{lead} 分钟" for lead in sorted(settings.NOTICE_LEADS, reverse=True)),
    }
    answer = render(request, "accounts/calendar.html", context)
    return shown_once(answer) if address else answer


@allow(*SEEKERS)
@require_POST
def calendar_revoke(request: HttpRequest) -> HttpResponse:
    """Stop the feed: its address opens nothing from now on."""
    if feeds.revoke_feed(request.scope.assignment):
        messages.success(request, "订阅地址已停用，日历程序不再更新")
    return redirect("calendar")


@public
@never_cache
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """The deadlines of the next 30 days of whoever the address belongs to; 404 for any that is not in force."""
    try:
        assignment = feeds.open_feed(request, token)
    except Refusal as refusal:
        answer = HttpResponse(
            "；".join(refusal.messages), status=429, content_type="text/plain; charset=utf-8"
        )
        answer["Retry-After"] = str(int(feeds.WINDOW.total_seconds()))
        return answer
    if assignment is None:
        raise Http404
    now = timezone.now()
    with feeds.reading_as(assignment) as scope:
        found = deadlines.coming(scope, now, now + AHEAD)
    site = request.build_absolute_uri("/").rstrip("/")
    name = f"{assignment.office_name}时限"
    text = calendar_text(found, name=name, site=site, now=now, leads=settings.NOTICE_LEADS)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    return answer
