"""DRF adopts the user that the middleware has authenticated before the transaction."""

from typing import Any

from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

CSRF_FAILED = "csrf_failed"


class AdoptedUser(BaseAuthentication):
    """Session or token, whichever the middleware found; session requests must carry the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        inner = request._request
        if getattr(inner, "scope", None) is None:
            return None
        if not getattr(inner, "by_token", False):
            self._require_csrf(inner)
        return inner.user, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    @staticmethod
    def _require_csrf(request: Any) -> None:
        check = CSRFCheck(lambda _request: None)
        check.process_request(request)
        reason = check.process_view(request, None, (), {})
        if reason:
            raise PermissionDenied("页面已过期，请刷新后重试", code=CSRF_FAILED)
