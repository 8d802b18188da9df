"""/api/v1/rollups/comparison/: a table as published beside what is known now, and every report in between."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.jobs import JobSerializer, started
from accounts.choices import OFFICE_ROLES
from reports.api_rollup import AS_OF, DATE, MODE, TABLE, TREE, UNIT, choice
from reports.queries.clock import database_now
from reports.queries.comparison import Comparison, compared_with, comparison
from reports.rules.side_by_side import VALUE, Pair
from reports.serializers_rollup import FigureField
from reports.views.comparison import asked_of, start_export, wanted_then

THEN = OpenApiParameter(
    "then",
    str,
    description="Id of a publication of this table, or cutoff; default: the newest bulletin, else the cut-off",
)
PARAMETERS = [UNIT, DATE, TABLE, MODE, TREE, THEN, AS_OF]


class PairSerializer(serializers.Serializer):
    """One figure on both sides, null where a side has none; `difference` null where there is no number to compare."""

    heading = serializers.CharField()
    then = FigureField(allow_null=True)
    now = FigureField(allow_null=True)
    difference = serializers.FloatField(allow_null=True)
    differs = serializers.BooleanField()

    def to_representation(self, instance: Pair) -> dict[str, Any]:
        then, now = (cell[VALUE] if cell else None for cell in (instance.then, instance.now))
        return {
            "heading": instance.heading,
            "then": then,
            "now": now,
            "difference": instance.difference,
            "differs": instance.differs,
        }


class UnitPairsSerializer(serializers.Serializer):
    """One unit; `only` is then or now where the other side has not the unit."""

    code = serializers.CharField()
    name = serializers.CharField()
    only = serializers.CharField()
    figures = PairSerializer(many=True, source="pairs")


class EffectSerializer(serializers.Serializer):
    """One figure of the township on one day, before and after the report; null is 未报."""

    date = serializers.DateField(source="day")
    key = serializers.CharField()
    name = serializers.CharField()
    before = serializers.IntegerField(allow_null=True)
    after = serializers.IntegerField(allow_null=True)


class VillageEditSerializer(serializers.Serializer):
    """One figure of a village that a correction changed; na and unknown are marks."""

    village = serializers.CharField()
    name = serializers.CharField()
    before = FigureField(allow_null=True)
    after = FigureField(allow_null=True)


class LateReportSerializer(serializers.Serializer):
    """One report filed between the two moments; `revision` 1 is the first of its day, a later one a correction."""

    unit = serializers.CharField(source="code")
    name = serializers.CharField(source="township")
    county = serializers.CharField()
    date = serializers.DateField()
    revision = serializers.IntegerField(source="number")
    filed_at = serializers.DateTimeField()
    filed_by = serializers.CharField()
    office = serializers.CharField()
    reason = serializers.CharField()
    consented_by = serializers.CharField()
    figures = EffectSerializer(many=True, source="effects")
    villages = VillageEditSerializer(many=True)


class LeftSerializer(serializers.Serializer):
    heading = serializers.CharField()
    difference = serializers.IntegerField()


class ComparisonSerializer(serializers.Serializer):
    """`published_at` and `publication` say what “then” is: a publication, or (null) the state at the cut-off.

    `unexplained`: differences of the unit's counts that the late reports do not add up to.
    """

    unit = serializers.CharField(source="asked.unit.code")
    date = serializers.DateField(source="asked.day")
    publication = serializers.IntegerField(source="then.publication.pk", allow_null=True, default=None)
    publication_code = serializers.CharField(source="then.publication.code", allow_null=True, default=None)
    then = serializers.DateTimeField(source="then.moment")
    now = serializers.DateTimeField(source="moment")
    total = UnitPairsSerializer(source="own", allow_null=True)
    rows = UnitPairsSerializer(source="below", many=True)
    corrections = LateReportSerializer(source="late", many=True)
    unexplained = serializers.SerializerMethodField()

    @extend_schema_field(LeftSerializer(many=True))
    def get_unexplained(self, found: Comparison) -> list[dict[str, Any]]:
        return [{"heading": heading, "difference": left} for heading, left in found.left]


class ComparisonView(APIView):
    """A table of totals as published beside what is known now."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(parameters=PARAMETERS, responses=ComparisonSerializer)
    def get(self, request: Request) -> Response:
        """Both sides, and each report between the two moments that counts, by name. 409 before the cut-off."""
        asked, scope = choice(request), request._request.scope
        table, moment = asked_of(asked), asked.as_of or database_now()
        then = compared_with(scope, table, moment, wanted_then(request.query_params))
        return Response(ComparisonSerializer(comparison(scope, table, then, moment)).data)


class ComparisonExportView(APIView):
    """The same as a workbook: the figures, and the late reports as its second sheet."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(parameters=PARAMETERS, request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Start the job of what GET rollups/comparison/ shows at the same address."""
        return started(
            start_export(request._request.scope, choice(request), wanted_then(request.query_params))
        )
