"""/api/v1/saved-filters/: filters of lists under a name, one's own and those one's unit shares."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions import saved_filters as actions
from accounts.finders import SEEKERS
from accounts.models import SavedFilter
from accounts.views.saved_filters import own_filter

SCREEN = OpenApiParameter("screen", str, description="Route name of one list, e.g. elections:orgs")


class SavedFilterSerializer(serializers.ModelSerializer):
    """A kept filter. `url` is the path of the list with the filter on; `mine`: whether the caller may change it."""

    url = serializers.CharField(read_only=True)
    mine = serializers.SerializerMethodField()

    class Meta:
        model = SavedFilter
        fields = ("id", "screen", "name", "query", "shared", "url", "mine", "holder_name", "created_at")
        read_only_fields = fields

    def get_mine(self, row: SavedFilter) -> bool:
        return row.assignment_id == self.context["scope"].assignment_id


class NewFilterSerializer(serializers.Serializer):
    screen = serializers.CharField(max_length=60)
    query = serializers.CharField(max_length=1000, help_text="Query string; days and pages are left out")
    name = serializers.CharField(max_length=30)
    shared = serializers.BooleanField(default=False)


class FilterChangeSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=30, required=False)
    shared = serializers.BooleanField(required=False)


class SavedFilterList(APIView):
    """Filters one sees, by list and name; a new one."""

    allowed_roles = SEEKERS

    @extend_schema(parameters=[SCREEN], responses=SavedFilterSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All of them: a person keeps 60 at most."""
        scope = request._request.scope
        rows = SavedFilter.objects.visible_to(scope)
        if wanted := request.query_params.get("screen"):
            rows = rows.filter(screen=wanted)
        return Response(SavedFilterSerializer(rows, many=True, context={"scope": scope}).data)

    @extend_schema(request=NewFilterSerializer, responses={201: SavedFilterSerializer})
    def post(self, request: Request) -> Response:
        """400 with a code for a name that is taken or a list that keeps none; 403 `filter_share_denied`."""
        given = NewFilterSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        scope, wanted = request._request.scope, given.validated_data
        new = actions.save_filter(
            wanted["screen"], wanted["query"], name=wanted["name"], shared=wanted["shared"], by=scope
        )
        return Response(SavedFilterSerializer(new, context={"scope": scope}).data, status=201)


class SavedFilterDetail(APIView):
    """One filter of one's own."""

    allowed_roles = SEEKERS

    @extend_schema(request=FilterChangeSerializer, responses=SavedFilterSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Rename it, share it or stop sharing it; 404 for somebody else's."""
        scope = request._request.scope
        found = own_filter(request._request, pk)
        given = FilterChangeSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        actions.change_filter(
            found, name=wanted.get("name", found.name), shared=wanted.get("shared", found.shared), by=scope
        )
        return Response(SavedFilterSerializer(found, context={"scope": scope}).data)


class SavedFilterDelete(APIView):
    """Delete a filter of one's own."""

    allowed_roles = SEEKERS

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        """404 for somebody else's."""
        actions.delete_filter(own_filter(request._request, pk), by=request._request.scope)
        return Response(status=204)
