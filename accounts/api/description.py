"""/api/v1/schema/: the API in OpenAPI 3, for everybody who has signed in."""

from typing import Any

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.permissions import BasePermission

from accounts.api.permissions import DeclaredRoles
from accounts.choices import ALL_ROLES


class SchemaView(SpectacularJSONAPIView):
    """The description of the API itself."""

    permission_classes: list[type[BasePermission]] = [DeclaredRoles]
    allowed_roles = ALL_ROLES

    @extend_schema(responses={200: dict})
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return super().get(request, *args, **kwargs)
