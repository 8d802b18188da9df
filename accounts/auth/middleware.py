"""Between authentication and scope: nobody works before every stage of the sign-in is passed."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse

from accounts.auth import networks, rules
from accounts.auth.stages import pending_stage

GetResponse = Callable[[HttpRequest], HttpResponse]


def moved(request: HttpRequest) -> bool:
    """Whether the session's cookie comes from another network than it was given to: stolen, or its owner moved."""
    opened, now = request.session.network, rules.network_of(request.META.get("REMOTE_ADDR"))
    return bool(opened and now and opened != now)


class StageMiddleware:
    """Send a signed-in user to the page of the first stage not yet passed; the API gets a coded 403."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and moved(request):
            request.session.end("network")
            request.user = AnonymousUser()
        if request.user.is_authenticated and networks.is_outside(
            request.user.pk, request.META.get("REMOTE_ADDR")
        ):
            request.session.end("outside")
            request.user = AnonymousUser()
        if request.user.is_authenticated:
            stage = pending_stage(request.user, request)
            request.stage = stage
            if stage is not None:
                page = reverse(stage.url_name)
                if request.path.startswith("/api/"):
                    row = {"code": stage.code, "message": stage.message, "field": "", "source": ""}
                    return JsonResponse({**row, "errors": [row]}, status=403)
                if request.path not in (page, reverse("logout")):
                    return redirect(page)
        return self.get_response(request)
