"""Views that touch rows late: after the view, while streaming, on commit, on an error page."""

import time
import uuid

from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import include, path

from accounts.doors import allow_all
from accounts.models import IdempotencyKey
from elections.models import Org

SEEN: dict[str, list[str]] = {}


def codes() -> list[str]:
    return sorted(Org.objects.values_list("area__code", flat=True))


class Late:
    """Evaluated while the template is rendered."""

    def __str__(self) -> str:
        SEEN["template"] = codes()
        return ""


@allow_all
def template(request: HttpRequest) -> HttpResponse:
    return TemplateResponse(request, "error.html", {"title": Late()})


@allow_all
def streaming(request: HttpRequest) -> HttpResponse:
    def parts():
        SEEN["streaming"] = codes()
        yield b"."

    return StreamingHttpResponse(parts())


@allow_all
def on_commit(request: HttpRequest) -> HttpResponse:
    def late() -> None:
        SEEN["on_commit"] = codes()

    transaction.on_commit(late, using="default")
    return HttpResponse()


@allow_all
def failing(request: HttpRequest) -> HttpResponse:
    SEEN["view"] = codes()
    raise RuntimeError("the view fails")


@allow_all
def writing(request: HttpRequest) -> HttpResponse:
    """Writes a row at each call: what a submission without anything unique about it does."""
    IdempotencyKey.objects.create(
        assignment_id=request.scope.assignment_id, key=uuid.uuid4().hex, digest="written", status=200
    )
    return HttpResponse()


@allow_all
def crossing(request: HttpRequest, first: int, second: int) -> HttpResponse:
    """Takes two locks in the order it is told; the other order at the same time is a deadlock."""
    with connections["default"].cursor() as cursor:
        for lock in (first, second):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
            time.sleep(0.2)
    return HttpResponse()


urlpatterns = [
    path("crossing/<int:first>/<int:second>/", crossing),
    path("template/", template),
    path("streaming/", streaming),
    path("on-commit/", on_commit),
    path("failing/", failing),
    path("writing/", writing),
    path("", include("accounts.urls")),
]
handler500 = "tests.security.test_t07_rls_late_code.late_error_page"
