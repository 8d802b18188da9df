"""/api/v1/audit/: the acts that an auditor may read, newest first, and the check of their chain."""

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions.audit import start_verification
from accounts.api.jobs import JobSerializer, started
from accounts.api.pagination import KeysetPagination
from accounts.audit.queries import find_acts
from accounts.auth.step_up import require_step_up
from accounts.choices import Role
from accounts.models import Area, AuditAct, AuditEvent


class EventSerializer(serializers.ModelSerializer):
    digest = serializers.SerializerMethodField()

    class Meta:
        model = AuditEvent
        fields = ("id", "at", "relation", "op", "row_count", "keys", "digest")
        read_only_fields = fields

    def get_digest(self, event: AuditEvent) -> str:
        return bytes(event.digest).hex()


class ActSerializer(serializers.ModelSerializer):
    class Meta:
        model = AuditAct
        fields = (
            "id", "at", "type", "subject_kind", "subject_id", "unit_path", "assignment_id", "holder_name",
            "role", "office_name", "reason", "before", "after", "request_id",
        )  # fmt: skip
        read_only_fields = fields


class ActDetailSerializer(ActSerializer):
    events = EventSerializer(many=True, read_only=True)

    class Meta(ActSerializer.Meta):
        fields = (*ActSerializer.Meta.fields, "events")
        read_only_fields = fields


class ActFilterSet(filters.FilterSet):
    """The filters of the screen: unit by code (with everything below it), name, type, days."""

    where = filters.CharFilter(method="by_area")
    person = filters.CharFilter(field_name="holder_name")
    since = filters.DateFilter(method="by_since")
    until = filters.DateFilter(method="by_until")

    class Meta:
        model = AuditAct
        fields = ("type",)

    def by_area(self, acts: QuerySet[AuditAct], name: str, value: str) -> QuerySet[AuditAct]:
        area = Area.objects.filter(code=value).first()
        return acts & find_acts(area=area) if area else acts.none()

    def by_since(self, acts: QuerySet[AuditAct], name: str, value) -> QuerySet[AuditAct]:
        return acts & find_acts(since=value)

    def by_until(self, acts: QuerySet[AuditAct], name: str, value) -> QuerySet[AuditAct]:
        return acts & find_acts(until=value)


class NewestFirst(KeysetPagination):
    ordering = "-pk"


class ActList(generics.ListAPIView):
    """Acts of the auditor's area."""

    allowed_roles = (Role.AUDITOR,)
    serializer_class = ActSerializer
    filterset_class = ActFilterSet
    pagination_class = NewestFirst
    queryset = AuditAct.objects.all()


class ActDetail(generics.RetrieveAPIView):
    """One act with its events."""

    allowed_roles = (Role.AUDITOR,)
    serializer_class = ActDetailSerializer
    queryset = AuditAct.objects.prefetch_related("events")


class Verify(APIView):
    """Whether the chain of the audit is whole, found out by a job."""

    allowed_roles = (Role.AUDITOR,)

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Start the verification, or find the one that runs. 403 `step_up_required`."""
        require_step_up(request._request)
        return started(start_verification(by=request._request.scope))
