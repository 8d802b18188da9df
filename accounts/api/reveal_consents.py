"""/api/v1/reveals/consents/: one look more than the quota. Same acts and refusals as on screen."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions.reveal_consents import answer_consent, ask_consent
from accounts.api.grants import DecisionSerializer
from accounts.api.reveals import NewestFirst, RevealRequestSerializer
from accounts.auth.step_up import require_step_up
from accounts.models import RevealConsent
from accounts.models.reveals import REVEALERS
from accounts.queries.reveal_consents import consent_row, require_looker
from accounts.queries.reveals import revealable_row


class RevealConsentSerializer(serializers.ModelSerializer):
    """A request for one look more than the quota: never the value."""

    area = serializers.CharField(source="area.code", default="", help_text="Code of the unit of who asked")

    class Meta:
        model = RevealConsent
        fields = ("id", "what", "subject_id", "whose", "purpose", "note", "case_number", "area", "asked_by_name",
                  "asked_at", "decision", "decided_by_name", "decided_at", "answer")  # fmt: skip
        read_only_fields = fields


@extend_schema(tags=["reveals"])
class RevealConsentList(generics.ListAPIView):
    """Requests of the caller's area, newest first; and asking for one."""

    allowed_roles = REVEALERS
    serializer_class = RevealConsentSerializer
    pagination_class = NewestFirst
    queryset = RevealConsent.objects.none()
    filterset_fields = ("decision",)

    def get_queryset(self) -> QuerySet[Any]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        scope = self.request._request.scope
        require_looker(scope)
        return RevealConsent.objects.visible_to(scope).select_related("area")

    @extend_schema(request=RevealRequestSerializer, responses={201: RevealConsentSerializer})
    def post(self, request: Request) -> Response:
        """409 `quota_left` while looks of the day are left; 404 where the caller sees no such value."""
        given = RevealRequestSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = dict(given.validated_data)
        scope = request._request.scope
        what, row = revealable_row(scope, asked.pop("what"), asked.pop("subject_id"))
        made = ask_consent(what, row, by=scope, **asked)
        made.refresh_from_db(fields=["asked_at"])
        return Response(RevealConsentSerializer(made).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["reveals"])
class RevealConsentDecision(APIView):
    """Consent to one look more than the quota, or decline it with a reason."""

    allowed_roles = REVEALERS

    @extend_schema(request=DecisionSerializer, responses={200: RevealConsentSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """403 `second_person_required` for who asked, `consent_without_right`; 409 `request_decided`."""
        scope = request._request.scope
        asked = consent_row(scope, pk)
        given = DecisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        require_step_up(request._request)
        decided = answer_consent(asked, by=scope, **given.validated_data)
        return Response(RevealConsentSerializer(decided).data)
