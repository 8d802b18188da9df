"""/api/v1/: rounds, records and counts, through the same queries and actions as the screens."""

from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from accounts.api.jobs import JobSerializer, started
from accounts.api.pagination import KeysetPagination
from accounts.api.versions import stale_answer
from accounts.choices import OFFICE_ROLES, Level, Role
from accounts.moments import asked_moment
from elections import actions, rules
from elections.filters import OrgFilter
from elections.models import Org, Round
from elections.queries.counts import count_table
from elections.queries.orgs import orgs_of
from elections.queries.rounds import round_in_force
from elections.serializers import (
    CountsSerializer,
    NewRoundSerializer,
    OrgChangeSerializer,
    OrgSerializer,
    RoundChangeSerializer,
    RoundSerializer,
)
from elections.views.lists import READERS
from elections.views.rounds import READERS as ROUND_READERS

UNIT = OpenApiParameter("unit", str, description="Code of the unit in force; default: the own area")
ROUND = OpenApiParameter("round", int, description="Id of a round; default: the current one")

AS_OF = OpenApiParameter(
    "as_of", str, description="Recorded moment, ISO 8601, China time without an offset; default: as known now"
)


class RoundPages(KeysetPagination):
    ordering = "-pk"


class RoundViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """Rounds of the unit in force and of the units above it; the city's office creates and changes its own."""

    queryset = Round.objects.none()
    serializer_class = RoundSerializer
    pagination_class = RoundPages
    allowed_roles = {"list": ROUND_READERS, "retrieve": ROUND_READERS, "*": (Role.CITY_OFFICE,)}

    def get_queryset(self) -> QuerySet[Round]:
        return Round.objects.visible_to(self.request._request.scope).select_related("area", "province")

    @extend_schema(request=NewRoundSerializer, responses={201: RoundSerializer})
    def create(self, request: Request) -> Response:
        """Create a round for the city of the office; 400 with a code for dates that cannot be."""
        asked = NewRoundSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        scope = request._request.scope
        new = actions.create_round(scope.area, asked.validated_data, by=scope)
        return Response(RoundSerializer(new).data, status=201)

    @extend_schema(request=RoundChangeSerializer, responses=RoundSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change dates and names. 400 `version_required`; 409 on an older version, with the round as it is now under
        `current`; 400 with a code on a broken rule.
        """
        round = self.get_object()
        asked = RoundChangeSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        try:
            actions.change_round(round, values, version=values.pop("version"), by=request._request.scope)
        except rules.StaleRecord as stale:
            return stale_answer(stale, RoundSerializer(self.get_object()).data)
        return Response(RoundSerializer(self.get_object()).data)

    @extend_schema(request=None, responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def open(self, request: Request, pk: str) -> Response:
        """Start the job that opens one record for each village; run again, it adds only what is missing."""
        return started(actions.start_opening(self.get_object(), by=request._request.scope))


class OrgPages(KeysetPagination):
    ordering = "unit_path"


@extend_schema(parameters=[UNIT, ROUND, AS_OF])
class OrgViewSet(ListModelMixin, RetrieveModelMixin, GenericViewSet):
    """Records of villages and communities, by division code."""

    queryset = Org.objects.none()
    serializer_class = OrgSerializer
    pagination_class = OrgPages
    filterset_class = OrgFilter
    lookup_field = "area__code"
    lookup_url_kwarg = "code"
    lookup_value_regex = "[0-9A-Z]{12}"
    allowed_roles = {"*": READERS, "partial_update": (Role.TOWNSHIP,)}

    def get_queryset(self) -> QuerySet[Org]:
        scope = self.request._request.scope
        round = _round(self.request)
        moment = asked_moment(self.request.query_params) if self.request.method in SAFE_METHODS else None
        return orgs_of(scope, round, scope.unit, moment).with_names()

    @extend_schema(request=OrgChangeSerializer, responses=OrgSerializer)
    def partial_update(self, request: Request, code: str) -> Response:
        """Change fields of one record. 400 `version_required`; 409 on an older version, with the record as it is now
        under `current`; 400 with a code on a broken rule.
        """
        org = self.get_object()
        asked = OrgChangeSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        values = dict(asked.validated_data)
        version, reason = values.pop("version"), values.pop("reason", "")
        scope = request._request.scope
        try:
            actions.change_org(org, values, version=version, by=scope, reason=reason)
        except rules.StaleRecord as stale:
            return stale_answer(stale, OrgSerializer(self.get_object()).data)
        return Response(OrgSerializer(self.get_object()).data)


class CountsView(APIView):
    """Counts of kinds and party organisations of the unit in force by its children."""

    allowed_roles = READERS
    gives_way = True

    @extend_schema(parameters=[UNIT, ROUND, AS_OF], responses=CountsSerializer)
    def get(self, request: Request) -> Response:
        """The table of the counts page."""
        scope = request._request.scope
        moment = asked_moment(request.query_params)
        return Response(CountsSerializer(count_table(scope, _counted(request), scope.unit, moment)).data)


class CountsExportView(APIView):
    """The same table as a workbook."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(parameters=[UNIT, ROUND, AS_OF], request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Start the job; its result is the workbook."""
        scope = request._request.scope
        moment = asked_moment(request.query_params)
        return started(actions.start_counts_export(_counted(request), scope.unit, as_of=moment, by=scope))


def _counted(request: Request) -> Round:
    """The round to count; 404 without one, and for a village, which has nothing below it."""
    round = _round(request)
    if round is None or request._request.scope.unit.level >= Level.VILLAGE:
        raise Http404
    return round


def _round(request: Request) -> Round | None:
    wanted = request.query_params.get("round", "")
    found = round_in_force(request._request.scope, wanted)
    if wanted and found is None:
        raise Http404
    return found
