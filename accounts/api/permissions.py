"""The API's door: a view declares `allowed_roles` (a tuple, or a dict by action or method); silence is closed."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.doors import PUBLIC


class DeclaredRoles(BasePermission):
    message = "当前身份不能使用此接口"

    def has_permission(self, request: Request, view: Any) -> bool:
        roles = declared_roles(view, getattr(view, "action", None), request.method or "")
        if roles == PUBLIC:
            return True
        scope = getattr(request._request, "scope", None)
        return scope is not None and scope.role in roles


def declared_roles(view: Any, action: str | None, method: str) -> tuple[str, ...]:
    """Roles a view (or one action or method of it) declares; empty when it declares none."""
    declared = getattr(view, "allowed_roles", ())
    if isinstance(declared, dict):
        return tuple(declared.get(action) or declared.get(method) or declared.get("*", ()))
    return tuple(declared)
