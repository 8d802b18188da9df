"""/api/v1/exports/: the register of exported files, as on screen."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.pagination import CursorPagination

from accounts.models import ExportRecord
from accounts.models.exports import READERS


class ExportRecordSerializer(serializers.ModelSerializer):
    """One exported file. `sha256` is that of the file; null `rows` and `size` while it is written."""

    number = serializers.CharField(help_text="DC0000123, as on every sheet of the file")
    area = serializers.CharField(
        source="area.code", default="", help_text="Code of the unit; empty: whole system"
    )

    class Meta:
        model = ExportRecord
        fields = (
            "number",
            "area",
            "holder_name",
            "office_name",
            "filename",
            "holds",
            "personal",
            "rows",
            "size",
            "sha256",
            "made_at",
            "expires_at",
            "downloads",
        )
        read_only_fields = fields


class NewestFirst(CursorPagination):
    ordering = "-id"
    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500


@extend_schema(summary="Exported files", tags=["exports"])
class ExportList(generics.ListAPIView):
    """Entries of the caller's area, newest first."""

    allowed_roles = READERS
    serializer_class = ExportRecordSerializer
    pagination_class = NewestFirst
    queryset = ExportRecord.objects.none()

    def get_queryset(self) -> QuerySet[ExportRecord]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return ExportRecord.objects.visible_to(self.request.scope).select_related("area")
