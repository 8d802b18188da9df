"""What a request brings, checked by a serializer."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request


def valid(shape: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The body as `shape` reads it; 400 with a row for each field that is wrong."""
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
