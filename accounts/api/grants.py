"""/api/v1/grant-requests/: what two administrators do together. Same acts and refusals as on screen."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions import grants
from accounts.auth.step_up import require_step_up
from accounts.models import GrantRequest
from accounts.queries.people import visible_users
from accounts.rules.people import MANAGERS


class GrantRequestSerializer(serializers.ModelSerializer):
    area = serializers.CharField(source="area.code", default="", read_only=True)

    class Meta:
        model = GrantRequest
        fields = ("id", "kind", "user_id", "holder_name", "role", "area", "office_name", "department",
                  "valid_from", "valid_to", "reason", "asked_by_name", "asked_at", "decision", "decided_by_name",
                  "decided_at", "answer")  # fmt: skip
        read_only_fields = fields


class DecisionSerializer(serializers.Serializer):
    approve = serializers.BooleanField(help_text="true carries the act out at once")
    answer = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class FactorReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=200)


class GrantRequestList(generics.ListAPIView):
    """Two-person requests of the caller's area, newest first."""

    allowed_roles = MANAGERS
    serializer_class = GrantRequestSerializer
    queryset = GrantRequest.objects.none()
    filterset_fields = ("decision", "kind")

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        scope = self.request._request.scope
        return GrantRequest.objects.visible_to(scope).select_related("area").order_by("-pk")


class GrantRequestDecision(APIView):
    """Consent to a request of another administrator, or decline it with a reason."""

    allowed_roles = MANAGERS

    @extend_schema(request=DecisionSerializer, responses={200: GrantRequestSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """403 `second_person_required` for who asked; 409 `request_decided`."""
        scope = request._request.scope
        asked = get_object_or_404(GrantRequest.objects.visible_to(scope), pk=pk)
        given = DecisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        require_step_up(request._request)
        decided = grants.decide(asked, by=scope, **given.validated_data)
        return Response(GrantRequestSerializer(decided).data)


class UserFactor(APIView):
    """Ask to take away the second factor of somebody who has lost it; a second administrator decides."""

    allowed_roles = MANAGERS

    @extend_schema(request=FactorReasonSerializer, responses={202: GrantRequestSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """409 `factor_absent` where there is none."""
        scope = request._request.scope
        user = get_object_or_404(visible_users(scope), pk=pk)
        given = FactorReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        require_step_up(request._request)
        asked = grants.ask_factor_removal(user, by=scope, **given.validated_data)
        return Response(GrantRequestSerializer(asked).data, status=status.HTTP_202_ACCEPTED)
