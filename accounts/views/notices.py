"""/notices/: the bell, the list behind it, read one and all."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.actions import notices
from accounts.choices import ALL_ROLES, Role
from accounts.context import unit_suffix
from accounts.doors import allow
from accounts.formats import num
from accounts.models.notices import Notice
from accounts.queries.notices import count_unread, notice_page, wants_digest
from accounts.whole_numbers import whole_number

# A wall is a device: nobody is told anything there.
TOLD = tuple(role for role in ALL_ROLES if role != Role.WALL)
# As the timer is set (accounts/notice_tasks.py).
DIGEST_AT = "08:00"
WHICH = {"": "全部", "unread": "未读"}


@allow(*TOLD)
@require_GET
def notice_list(request: HttpRequest) -> HttpResponse:
    """Own notices, newest first."""
    which, asked = request.GET.get("which", ""), request.GET.get("before", "")
    before = whole_number(asked)
    if which not in WHICH or (asked and before is None):
        raise Http404
    page = notice_page(request.scope, unread=which == "unread", before=before)
    return render(
        request,
        "accounts/notice_list.html",
        {
            "page": page,
            "unread": count_unread(request.scope),
            "digest": wants_digest(request.scope),
            "digest_at": DIGEST_AT,
            "segments": [(word, _link(request, key), key == which) for key, word in WHICH.items()],
            "next_url": _link(request, which, page.older_than) if page.older_than else "",
            "first_url": _link(request, which) if before else "",
        },
    )


@allow(*TOLD)
@require_GET
def bell(request: HttpRequest) -> HttpResponse:
    """The number at the bell, fetched once a minute; opened as a page it is the list.

    It does not keep a session alive (`accounts.auth.quiet`).
    """
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('notices:list')}{unit_suffix(request.scope)}")
    return render(
        request,
        "components/bell.html",
        {"unread": count_unread(request.scope), "suffix": unit_suffix(request.scope)},
    )


@allow(*TOLD)
@require_POST
def read_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Note it as read and go where it leads."""
    notice = get_object_or_404(Notice.objects.visible_to(request.scope), pk=pk)
    notices.read(notice, by=request.scope)
    return redirect(notice.url or reverse("notices:list"))


@allow(*TOLD)
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Note all as read."""
    messages.success(request, f"{num(notices.read_all(by=request.scope))} 条通知标为已读")
    return redirect(f"{reverse('notices:list')}{unit_suffix(request.scope)}")


@allow(*TOLD)
@require_POST
def settings(request: HttpRequest) -> HttpResponse:
    """Each reminder, or one notice a day."""
    digest = request.POST.get("digest") == "1"
    notices.set_digest(digest, by=request.scope)
    messages.success(request, f"以后每天 {DIGEST_AT} 一条摘要" if digest else "以后逐条提醒")
    return redirect(f"{reverse('notices:list')}{unit_suffix(request.scope)}")


def _link(request: HttpRequest, which: str, before: int | None = None) -> str:
    wanted = {"which": which, "before": before, "unit": request.GET.get("unit", "")}
    pairs = {key: value for key, value in wanted.items() if value}
    return f"{reverse('notices:list')}{'?' if pairs else ''}{urlencode(pairs)}"
