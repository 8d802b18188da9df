"""T07: code that runs after the view sees the scope while its transaction is open, and nothing afterwards."""

import pytest
from django.http import HttpRequest, HttpResponse

from accounts.scope import scoped
from elections.models import Org
from tests.security import late_urls

OWN = ["990101001001", "990101001201", "990101001202"]


def late_error_page(request: HttpRequest) -> HttpResponse:
    late_urls.SEEN["error page"] = late_urls.codes()
    return HttpResponse(status=500)


@pytest.fixture
def visitor(committed, client_of, settings):
    settings.ROOT_URLCONF = "tests.security.late_urls"
    late_urls.SEEN.clear()
    visitor = client_of("town")
    visitor.raise_request_exception = False
    return visitor


def test_t07_template_rendering_is_inside_the_scope(visitor):
    visitor.get("/template/")
    assert late_urls.SEEN == {"template": OWN}


def test_t07_streaming_sees_nothing(visitor):
    b"".join(visitor.get("/streaming/").streaming_content)
    assert late_urls.SEEN == {"streaming": []}


def test_t07_on_commit_sees_nothing(visitor):
    visitor.get("/on-commit/")
    assert late_urls.SEEN == {"on_commit": []}


def test_t07_error_page_sees_nothing_foreign(visitor):
    assert visitor.get("/failing/").status_code == 500
    assert late_urls.SEEN["view"] == OWN
    assert late_urls.SEEN["error page"] in ([], OWN)


def test_t07_command_scope_ends_with_its_block(committed, cast):
    with scoped(cast.town):
        inside = Org.objects.count()
    assert (inside, Org.objects.count()) == (3, 0)
