"""/api/v1/notices/: the same notices as the bell."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions import notices
from accounts.api.jobs import NewestFirst
from accounts.models.notices import Notice
from accounts.queries.notices import wants_digest
from accounts.views.notices import TOLD


class NoticeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Notice
        fields = ("id", "kind", "text", "url", "due_at", "created_at", "read_at")
        read_only_fields = fields


class ReadSerializer(serializers.Serializer):
    read = serializers.IntegerField(read_only=True, help_text="how many were unread before")


class NoticeList(generics.ListAPIView):
    """Own notices, newest first."""

    allowed_roles = TOLD
    serializer_class = NoticeSerializer
    pagination_class = NewestFirst
    filterset_fields = ("kind",)
    queryset = Notice.objects.none()

    def get_queryset(self) -> QuerySet[Notice]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return Notice.objects.visible_to(self.request._request.scope)


class NoticeReadAll(APIView):
    """Note all as read."""

    allowed_roles = TOLD

    @extend_schema(request=None, responses=ReadSerializer)
    def post(self, request: Request) -> Response:
        return Response({"read": notices.read_all(by=request._request.scope)})


class NoticeRead(APIView):
    """Note one as read."""

    allowed_roles = TOLD

    @extend_schema(request=None, responses=NoticeSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """404 for a notice to somebody else."""
        notice = get_object_or_404(Notice.objects.visible_to(request._request.scope), pk=pk)
        notices.read(notice, by=request._request.scope)
        notice.refresh_from_db()
        return Response(NoticeSerializer(notice).data)


class NoticeSettingsSerializer(serializers.Serializer):
    digest = serializers.BooleanField(help_text="one notice at 08:00 instead of each reminder")


class NoticeSettings(APIView):
    """How one is told."""

    allowed_roles = TOLD

    @extend_schema(responses=NoticeSettingsSerializer)
    def get(self, request: Request) -> Response:
        return Response({"digest": wants_digest(request._request.scope)})

    @extend_schema(request=NoticeSettingsSerializer, responses=NoticeSettingsSerializer)
    def put(self, request: Request) -> Response:
        """Each reminder by itself, or one notice a day."""
        given = NoticeSettingsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        notices.set_digest(given.validated_data["digest"], by=request._request.scope)
        return Response(given.validated_data)
