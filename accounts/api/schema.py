"""How the API describes itself: from the views, with the roles and the coded refusals of every operation."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from accounts.api.errors import MESSAGES
from accounts.api.permissions import declared_roles
from accounts.doors import PUBLIC

CONFLICT = "记录已被他人修改，或当前状态不允许"


class RefusalRowSerializer(serializers.Serializer):
    """One reason of a refusal."""

    code = serializers.CharField()
    message = serializers.CharField(help_text="Chinese, to be shown to the user")
    field = serializers.CharField(allow_blank=True)
    source = serializers.CharField(allow_blank=True, help_text="rule or law behind it")


class RefusalSerializer(RefusalRowSerializer):
    """Every refusal has this shape; `errors` lists all reasons, the first of which stands above."""

    errors = RefusalRowSerializer(many=True)


class CodedSchema(AutoSchema):
    """Adds to each operation the roles it is open to and the refusals it may answer with."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        action = getattr(self.view, "action", None)
        roles = declared_roles(self.view, action, self.method)
        operation["x-roles"] = [str(role) for role in roles]
        shape = {"application/json": {"schema": self.resolve_serializer(RefusalSerializer, "response").ref}}
        for status in self.refusals(operation, roles):
            description = MESSAGES.get(status, ("", CONFLICT))[1]
            operation["responses"].setdefault(str(status), {"content": shape, "description": description})
        return operation

    def refusals(self, operation: dict[str, Any], roles: tuple[str, ...]) -> list[int]:
        """Status codes of the refusals this operation may answer with."""
        changes = self.method != "GET"
        places = {parameter["in"] for parameter in operation.get("parameters", [])}
        found = [] if roles == PUBLIC else [401, 403]
        if "requestBody" in operation or "query" in places:
            found.append(400)
        if "path" in places or "query" in places:
            found.append(404)
        if changes:
            found += [409, 415] if "requestBody" in operation else [409]
        return [*found, 429] if roles == PUBLIC else found


class AdoptedUserScheme(OpenApiAuthenticationExtension):
    """Session cookie with CSRF token, or a bearer token."""

    target_class = "accounts.api.authentication.AdoptedUser"
    name = ("session", "bearer")

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            {"type": "http", "scheme": "bearer"},
        ]
