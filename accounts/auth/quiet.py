"""Requests that a page makes by itself do not keep a session alive: an open page must still end when nobody is there."""

from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest


class QuietSessionMiddleware(SessionMiddleware):
    """Django's middleware; fetching one of `QUIET_PATHS` is not counted as activity."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        request.session.quiet = request.method == "GET" and request.path_info in settings.QUIET_PATHS
