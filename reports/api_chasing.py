"""/api/v1/completeness/chase/: 催报."""

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from reports.actions.chasing import CHASERS, chase
from reports.api_rollup import UNIT
from reports.models import Chase
from reports.queries.settings import in_force_of
from reports.views.chasing import unit_of


class ChaseAskSerializer(serializers.Serializer):
    date = serializers.DateField()
    of = serializers.CharField(
        required=False, default="", max_length=12, help_text="one unit below; none: all that are missing"
    )


class ChaseSerializer(serializers.ModelSerializer):
    area = serializers.CharField(source="area.code", read_only=True)
    name = serializers.CharField(source="area.name", read_only=True)

    class Meta:
        model = Chase
        fields = ("area", "name", "date", "number", "chased_at")
        read_only_fields = fields


class ChaseView(APIView):
    """Ask townships for a day that is missing."""

    allowed_roles = CHASERS

    @extend_schema(parameters=[UNIT], request=ChaseAskSerializer, responses={201: ChaseSerializer(many=True)})
    def post(self, request: Request) -> Response:
        """409 nobody_missing when all are in, chased_recently when all were chased within 30 minutes."""
        body = ChaseAskSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        scope = request._request.scope
        force = in_force_of(scope)
        if force is None:
            raise Http404
        unit = unit_of(request._request, body.validated_data["of"])
        rows = chase(force.round, unit, body.validated_data["date"], by=scope)
        return Response(ChaseSerializer(rows, many=True).data, status=status.HTTP_201_CREATED)
