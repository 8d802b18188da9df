"""Changing what somebody else may have changed: the version that was read comes with the change, or it is refused."""

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.response import Response

from accounts.errors import Refusal

REQUIRED = "请带上读取时的 version：先读一次，照读到的版本提交"


class VersionField(serializers.IntegerField):
    """`version` as it was read. Without it 400 `version_required`, also where other fields may be left out."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "help_text": "As it was read; an older one is 409", **kwargs})

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        if data is empty or data is None:
            raise serializers.ValidationError(REQUIRED, code="version_required")
        return super().validate_empty_values(data)


def stale_answer(stale: Refusal, current: Any) -> Response:
    """409: the refusal, and under `current` what stands now, to be set beside what was sent."""
    told = stale.to_payload()
    return Response({**told, "errors": [told], "current": current}, status=409)
