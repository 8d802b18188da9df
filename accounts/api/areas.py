"""/api/v1/areas/: the tree of units (read only), and the switch of a unit's part in the election."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions.areas import set_electorate
from accounts.api.pagination import KeysetPagination
from accounts.choices import ALL_ROLES, Role
from accounts.models import Area


class AreaSerializer(serializers.ModelSerializer):
    parent = serializers.CharField(source="parent.code", default="", read_only=True)
    statistical_parent = serializers.CharField(source="statistical_parent.code", default="", read_only=True)

    class Meta:
        model = Area
        fields = ("code", "name", "short_name", "level", "kind", "parent", "statistical_parent", "path",
                  "pinyin", "initials", "in_electorate", "valid_from", "valid_to")  # fmt: skip
        read_only_fields = fields


class AreaFilter(filters.FilterSet):
    """`q` as in the search box; `within` is the code of a unit, everything below it included."""

    q = filters.CharFilter(method="by_term")
    within = filters.CharFilter(method="by_unit")
    parent = filters.CharFilter(field_name="parent__code")

    class Meta:
        model = Area
        fields = ("level", "kind", "in_electorate")

    def by_term(self, rows: QuerySet[Area], name: str, value: str) -> QuerySet[Area]:
        return rows.search(value)

    def by_unit(self, rows: QuerySet[Area], name: str, value: str) -> QuerySet[Area]:
        unit = Area.objects.filter(code=value).first()
        return rows.within(unit.path) if unit else rows.none()


class ByPath(KeysetPagination):
    ordering = "path"


class AreaView(generics.GenericAPIView):
    """Units of the caller's area, with the codes of both parents."""

    allowed_roles = ALL_ROLES
    serializer_class = AreaSerializer
    queryset = Area.objects.none()

    def get_queryset(self) -> QuerySet[Area]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        scope = self.request._request.scope
        return Area.objects.visible_to(scope).select_related("parent", "statistical_parent")


class AreaList(ListModelMixin, AreaView):
    """The units in the order of the tree."""

    filterset_class = AreaFilter
    pagination_class = ByPath

    def get(self, request: Request) -> Response:
        """One page; `within` narrows it to a unit and everything below."""
        return self.list(request)


class AreaDetail(RetrieveModelMixin, AreaView):
    """One unit, by its code."""

    lookup_field = "code"

    def get(self, request: Request, code: str) -> Response:
        """404 for a unit outside the caller's area."""
        return self.retrieve(request, code=code)


class ElectorateSerializer(serializers.Serializer):
    takes_part = serializers.BooleanField()
    reason = serializers.CharField(max_length=200)


class AreaElectorate(APIView):
    """Switch a village's part in the election on or off, with a reason (administrator)."""

    allowed_roles = (Role.ADMIN,)

    @extend_schema(request=ElectorateSerializer, responses={200: AreaSerializer})
    def post(self, request: Request, code: str) -> Response:
        scope = request._request.scope
        area = get_object_or_404(Area.objects.visible_to(scope), code=code)
        given = ElectorateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted: dict[str, Any] = given.validated_data
        area = set_electorate(area, takes_part=wanted["takes_part"], reason=wanted["reason"], by=scope)
        return Response(AreaSerializer(area).data)
