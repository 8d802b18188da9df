"""/api/v1/daily/<date>/sheet/ and import/: the day's workbook, both ways."""

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.imports import UploadSerializer
from accounts.choices import Role
from accounts.spreadsheets.codes import FileRefused
from reports.api_daily import UNIT
from reports.daily_exchange import read_day
from reports.serializers import EditSerializer
from reports.views.daily_files import asked_day, open_day, sheet_response
from reports.views.units import READERS

WORKBOOK = {(200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"): OpenApiTypes.BINARY}


class DayProblemSerializer(serializers.Serializer):
    """One cell that cannot be taken."""

    place = serializers.CharField()
    message = serializers.CharField()
    code = serializers.CharField()


class DayPreviewSerializer(serializers.Serializer):
    """What the file would change: send `edits` to draft/ to keep them."""

    edits = EditSerializer(many=True)
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()
    villages = serializers.IntegerField()
    problems = DayProblemSerializer(many=True)


class DaySheet(APIView):
    """The day's workbook: the township's draft, or what was filed."""

    allowed_roles = READERS

    @extend_schema(parameters=[UNIT], responses=WORKBOOK)
    def get(self, request: Request, date: str) -> FileResponse:
        """One row a village, to be filled in and uploaded."""
        inner = request._request
        return sheet_response(inner, asked_day(inner, date))


class DayImport(APIView):
    """Look at what a workbook would change (`multipart/form-data`, part `file`); nothing is kept of the figures."""

    allowed_roles = (Role.TOWNSHIP,)
    comes_first = True
    parser_classes = [MultiPartParser]
    takes_upload = True

    @extend_schema(
        parameters=[UNIT], request={"multipart/form-data": UploadSerializer}, responses=DayPreviewSerializer
    )
    def post(self, request: Request, date: str) -> Response:
        """400 with a code XL-… for a file that cannot be taken, 409 for a day that is filed."""
        inner = request._request
        with inner.in_scope():
            day = open_day(inner, date)
        upload = request.FILES.get("file")
        if upload is None:
            raise FileRefused("XL-001")
        return Response(DayPreviewSerializer(read_day(upload, day, by=inner.scope)).data)
