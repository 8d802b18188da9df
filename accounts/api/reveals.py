"""/api/v1/reveals/: looking at one masked value, and the register of looks. Same act and refusals as on screen."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions.reveals import reveal
from accounts.auth.step_up import require_step_up
from accounts.idempotency import shown_once
from accounts.models import Reveal
from accounts.models.reveals import READERS, REVEALERS
from accounts.queries.reveals import revealable_row
from accounts.rules.reveals import SHOWN


@extend_schema_field(str)
class MaskedValue(serializers.Field):
    """A masked field in a list: `138****1234`, '' for none. In clear by POST /api/v1/reveals/show/ alone."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:
        return str(value)


class RevealSerializer(serializers.ModelSerializer):
    """One look: never the value."""

    area = serializers.CharField(source="area.code", default="", help_text="Code of the unit concerned")

    class Meta:
        model = Reveal
        fields = ("id", "what", "subject_id", "whose", "purpose", "note", "case_number", "area", "holder_name",
                  "office_name", "consented_by_name", "revealed_at")  # fmt: skip
        read_only_fields = fields


class RevealRequestSerializer(serializers.Serializer):
    what = serializers.CharField(max_length=40, help_text="Which field: `account.phone`")
    subject_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Key of its row")
    purpose = serializers.ChoiceField(choices=Reveal.Purpose.choices)
    note = serializers.CharField(max_length=200, help_text="Why, at least four characters")
    case_number = serializers.CharField(max_length=60, help_text="Number of the document, complaint or task")


class RevealedSerializer(serializers.Serializer):
    value = serializers.CharField(help_text="In clear; do not keep it")
    seconds = serializers.IntegerField(help_text="How long it may be shown")
    left_today = serializers.IntegerField(help_text="How many more looks the account has today")
    entry = serializers.IntegerField(help_text="Its line in the register")


class NewestFirst(CursorPagination):
    ordering = "-id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500


@extend_schema(tags=["reveals"])
class RevealList(generics.ListAPIView):
    """The register of looks in the caller's area, newest first."""

    allowed_roles = READERS
    serializer_class = RevealSerializer
    pagination_class = NewestFirst
    queryset = Reveal.objects.none()

    def get_queryset(self) -> QuerySet[Reveal]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return Reveal.objects.visible_to(self.request._request.scope).select_related("area")


@extend_schema(tags=["reveals"])
class RevealShow(APIView):
    """Look at one masked value: entered in the register, answered once."""

    allowed_roles = REVEALERS

    @extend_schema(request=RevealRequestSerializer, responses={201: RevealedSerializer})
    def post(self, request: Request) -> Response:
        """403 `step_up_required`, 404 where the caller sees no such value. Never answered twice.

        429 `reveal_quota` once the looks of the day are used up: a second person is asked at reveals/consents/.
        """
        given = RevealRequestSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = dict(given.validated_data)
        scope = request._request.scope
        what, row = revealable_row(scope, asked.pop("what"), asked.pop("subject_id"))
        require_step_up(request._request)
        shown = reveal(what, row, by=scope, **asked)
        facts = {
            "value": shown.value,
            "seconds": int(SHOWN.total_seconds()),
            "left_today": shown.left,
            "entry": shown.entry.pk,
        }
        return shown_once(Response(facts, status=status.HTTP_201_CREATED))
