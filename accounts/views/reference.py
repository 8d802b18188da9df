"""/help/ and /system/kit/: how to read the screens, and every component for those who build them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.choices import Role
from accounts.doors import allow, public
from accounts.kit import kit_context


@public
@require_GET
def help_page(request: HttpRequest) -> HttpResponse:
    """Keys, marks and words; the same for everybody, signed in or not."""
    return render(request, "accounts/help.html", {"now": timezone.now()})


@allow(Role.ADMIN)
@require_GET
def kit_page(request: HttpRequest) -> HttpResponse:
    """Every component with invented figures; for looking, printing and accessibility tests."""
    return render(request, "accounts/kit.html", kit_context(timezone.now()))
