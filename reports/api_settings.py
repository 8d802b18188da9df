"""/api/v1/report-settings/: a city's cut-offs and own items, through the actions of the screen 日报设置."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.choices import Level, Role
from reports.actions.settings import add_local_metric, end_local_metric, set_cut_off
from reports.models import LocalMetric
from reports.queries.settings import InForce
from reports.serializers_rollup import (
    CutOffsSerializer,
    EndItemSerializer,
    LocalItemSerializer,
    SettingsSerializer,
)
from reports.views.units import force_of

LEVELS = {"township": Level.TOWNSHIP, "county": Level.COUNTY}


def cut_offs_of(force: InForce) -> dict[str, object]:
    return {name: force.cut_offs[level] for name, level in LEVELS.items()}


class SettingsView(APIView):
    """What the city has set for its current round."""

    allowed_roles = (Role.CITY_OFFICE,)

    @extend_schema(responses=SettingsSerializer)
    def get(self, request: Request) -> Response:
        """Cut-offs and own items, ended ones included."""
        force = force_of(request._request)
        items = sorted(force.local, key=lambda item: (item.position, item.pk))
        facts = {"round": force.round, "cut_offs": cut_offs_of(force), "items": items}
        return Response(SettingsSerializer(facts).data)


class CutOffsView(APIView):
    """By when townships file and counties are complete."""

    allowed_roles = (Role.CITY_OFFICE,)

    @extend_schema(request=CutOffsSerializer, responses=CutOffsSerializer)
    def put(self, request: Request) -> Response:
        """Set both; days already filed keep the cut-off they were filed under."""
        body = CutOffsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        force = force_of(request._request)
        for name, level in LEVELS.items():
            if body.validated_data[name] != force.cut_offs[level]:
                set_cut_off(force.round, level, body.validated_data[name], by=request._request.scope)
        return Response(CutOffsSerializer(body.validated_data).data)


class ItemsView(APIView):
    """The city's own items of the daily table."""

    allowed_roles = (Role.CITY_OFFICE,)

    @extend_schema(request=LocalItemSerializer, responses={201: LocalItemSerializer})
    def post(self, request: Request) -> Response:
        """Add an item, asked for from `valid_from` on."""
        body = LocalItemSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        round = force_of(request._request).round
        item = add_local_metric(round, by=request._request.scope, **body.validated_data)
        return Response(LocalItemSerializer(item).data, status=201)


class ItemEndView(APIView):
    """The end of an own item."""

    allowed_roles = (Role.CITY_OFFICE,)

    @extend_schema(request=EndItemSerializer, responses=LocalItemSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Ask for it no longer after `valid_to`; what was filed stays."""
        scope = request._request.scope
        item = get_object_or_404(LocalMetric.objects.visible_to(scope), pk=pk)
        body = EndItemSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(
            LocalItemSerializer(end_local_metric(item, body.validated_data["valid_to"], by=scope)).data
        )
