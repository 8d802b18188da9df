"""/api/v1/publications/: what was given out, looked at again, and giving out a bulletin."""

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.choices import OFFICE_ROLES
from accounts.moments import asked_moment
from reports.actions.publications import look_again, publish_table
from reports.api_comments import AS_OF as KNOWN
from reports.api_rollup import AS_OF, DATE, MODE, TABLE, TREE, UNIT, choice
from reports.models import Publication, PublicationCheck
from reports.queries.publications import publication_list


class PublicationSerializer(serializers.ModelSerializer):
    """What was given out. `same`: what the last look found; null before the first."""

    code = serializers.CharField()
    kind = serializers.CharField(help_text="export or bulletin")
    unit = serializers.CharField(source="area.code")
    same = serializers.SerializerMethodField()

    class Meta:
        model = Publication
        fields = (
            "id", "code", "unit", "title", "kind", "date", "as_of", "digest", "audit_head", "published_at",
            "published_by_name", "published_by_office", "same",
        )  # fmt: skip

    def get_same(self, row: Publication) -> bool | None:
        return getattr(row, "same", None)


class PublicationLookSerializer(serializers.ModelSerializer):
    """One recomputation: {table, unit, name, column, before, after} of each figure that differs."""

    differences = serializers.ListField(child=serializers.DictField())

    class Meta:
        model = PublicationCheck
        fields = ("same", "differences", "digest", "checked_at")


class PublicationDetailSerializer(PublicationSerializer):
    """With the question, the tree, the rules and the tables as given out, and its last twenty looks."""

    query = serializers.DictField()
    tree = serializers.DictField()
    rules = serializers.DictField()
    tables = serializers.ListField(child=serializers.DictField())
    checks = serializers.SerializerMethodField()

    class Meta(PublicationSerializer.Meta):
        fields = (*PublicationSerializer.Meta.fields, "query", "tree", "rules", "tables", "checks")

    @extend_schema(responses=PublicationLookSerializer(many=True))
    def get_checks(self, row: Publication) -> list[dict]:
        return PublicationLookSerializer(row.checks.order_by("-checked_at", "-id")[:20], many=True).data


class PublicationsView(APIView):
    """What was published of a unit and the units below it."""

    allowed_roles = OFFICE_ROLES

    @extend_schema(parameters=[UNIT, KNOWN], responses=PublicationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The newest 500; as of a moment those given out by then with what the looks had found by then."""
        scope = request._request.scope
        rows = publication_list(scope, scope.unit, asked_moment(request.query_params))
        return Response(PublicationSerializer(rows, many=True).data)

    @extend_schema(
        parameters=[UNIT, DATE, TABLE, MODE, TREE, AS_OF],
        request=None,
        responses={201: PublicationSerializer},
    )
    def post(self, request: Request) -> Response:
        """Give the table that GET rollups/ shows at the same address out as a bulletin."""
        asked = choice(request)
        given = publish_table(asked.place, asked.layout, asked.mode, by=request._request.scope)
        return Response(PublicationSerializer(given).data, status=201)


class PublicationView(APIView):
    """One publication."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(responses=PublicationDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Everything that was frozen."""
        return Response(PublicationDetailSerializer(found(request, pk)).data)


class PublicationCheckView(APIView):
    """重算."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(request=None, responses=PublicationLookSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """Make the tables again from the filed reports and keep what differs."""
        return Response(
            PublicationLookSerializer(look_again(found(request, pk), by=request._request.scope)).data
        )


def found(request: Request, pk: int) -> Publication:
    rows = Publication.objects.visible_to(request._request.scope).select_related("area", "round__area")
    return get_object_or_404(rows, pk=pk)
