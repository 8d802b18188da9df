"""/api/v1/rollups/…, completeness/export/: the workbooks of the screens, as jobs, and 立即汇总.

The address chooses the table exactly as that of the table itself does; the answer is the job, its result the file.
"""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.jobs import JobSerializer, started
from accounts.choices import OFFICE_ROLES, Role
from reports.actions.exports import start_fold, start_grid_export, start_table_export, start_villages_export
from reports.api_rollup import (
    AS_OF,
    DATE,
    KEY,
    MODE,
    PLACES,
    SPAN,
    TABLE,
    TO,
    TREE,
    UNIT,
    WHAT,
    choice,
    figure_of,
    span,
)


class FormSerializer(serializers.Serializer):
    format = serializers.ChoiceField(choices=["xlsx", "csv", "villages"], default="xlsx")


class RollupExportView(APIView):
    """The table of totals as a workbook, with a sheet for each unit below."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(
        parameters=[UNIT, DATE, TABLE, MODE, TREE, AS_OF],
        request=FormSerializer,
        responses={202: JobSerializer},
    )
    def post(self, request: Request) -> Response:
        """Start the job of the table that GET rollups/ shows at the same address."""
        body = FormSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = choice(request)
        job = start_table_export(
            asked.place,
            table=asked.layout.code,
            mode=asked.mode,
            form=body.validated_data["format"],
            by=request._request.scope,
        )
        return started(job)


class VillagesExportView(APIView):
    """The villages behind one figure as a workbook."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(parameters=[*PLACES, KEY, WHAT], request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Start the job of the villages that GET rollups/villages/ lists at the same address."""
        asked = choice(request)
        figure = figure_of(request, asked)
        job = start_villages_export(
            asked.place, figure.metric, of=figure.of, what=figure.what, by=request._request.scope
        )
        return started(job)


class FoldView(APIView):
    """立即汇总."""

    allowed_roles = (Role.CITY_OFFICE, Role.COUNTY_OFFICE)
    gives_way = True

    @extend_schema(parameters=[UNIT], request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Fold what was filed since the last minute, instead of waiting for it."""
        return started(start_fold(choice(request).round, by=request._request.scope))


class CompletenessExportView(APIView):
    """The grid of unit and day as a workbook."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(parameters=[UNIT, SPAN, TO, AS_OF], request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Start the job of the grid that GET completeness/ shows at the same address."""
        found = span(request)
        job = start_grid_export(
            found.round,
            found.unit,
            found.days[0],
            found.last,
            as_of=found.as_of,
            by=request._request.scope,
        )
        return started(job)
