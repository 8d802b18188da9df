"""/api/v1/users/ and /assignments/: accounts and their roles. Same acts and refusals as on screen."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions import people
from accounts.api.bodies import valid
from accounts.api.grants import GrantRequestSerializer
from accounts.api.reveals import MaskedValue
from accounts.auth.step_up import require_step_up
from accounts.choices import Role
from accounts.idempotency import shown_once
from accounts.models import Area, Assignment, GrantRequest, User
from accounts.queries.people import (
    area_of_grant,
    codes_of_units,
    holders,
    named_users,
    units_of_grant,
    visible_users,
)
from accounts.rules.people import MANAGERS, VIEWERS


class ManyAssignments(serializers.ListSerializer):
    """Rows of a page; the codes of all their villages come with one query."""

    def to_representation(self, data: Any) -> list[Any]:
        rows = list(data)
        self.child.codes = codes_of_units(rows)
        return super().to_representation(rows)


class AssignmentSerializer(serializers.ModelSerializer):
    area = serializers.CharField(source="area.code", default="", read_only=True)
    units = serializers.SerializerMethodField(
        help_text="Codes of the villages it is confined to; empty: none"
    )
    codes: dict[int, str] | None = None

    class Meta:
        model = Assignment
        list_serializer_class = ManyAssignments
        fields = ("id", "user_id", "holder_name", "office_name", "role", "area", "department", "units",
                  "valid_from", "valid_to", "revoked_at")  # fmt: skip
        read_only_fields = fields

    def get_units(self, row: Assignment) -> list[str]:
        codes = codes_of_units([row]) if self.codes is None else self.codes
        return [codes[pk] for pk in row.units or ()]


class UserSerializer(serializers.ModelSerializer):
    phone = MaskedValue()

    class Meta:
        model = User
        fields = (
            "id",
            "username",
            "display_name",
            "phone",
            "is_active",
            "must_change_password",
            "created_at",
        )
        read_only_fields = ("id", "is_active", "must_change_password", "created_at")


class NewUserSerializer(serializers.Serializer):
    username = serializers.CharField(max_length=40)
    display_name = serializers.CharField(max_length=40)
    password = serializers.CharField(read_only=True, help_text="One-time password, shown this once")
    id = serializers.IntegerField(read_only=True)


class GrantSerializer(serializers.Serializer):
    role = serializers.ChoiceField(choices=Role.choices)
    area = serializers.CharField(max_length=12, required=False, allow_blank=True, default="")
    office_name = serializers.CharField(max_length=60)
    department = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    units = serializers.ListField(
        child=serializers.CharField(max_length=12),
        required=False,
        default=list,
        max_length=500,
        help_text="Codes of the villages a leader, inspector or evaluator is confined to; empty: the whole area",
    )
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)


class ActiveSerializer(serializers.Serializer):
    active = serializers.BooleanField(help_text="false ends the sessions and tokens of the account at once")
    reason = serializers.CharField(max_length=200)


class NewPasswordSerializer(serializers.Serializer):
    password = serializers.CharField(help_text="One-time password, shown this once")


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=200)


class ByName(CursorPagination):
    page_size = 100
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "username"


class UserFilter(filters.FilterSet):
    """`q`: part of the user name or the name; `role`, `area`: holders of such a role, or of one inside that unit."""

    q = filters.CharFilter(method="by_name")
    role = filters.ChoiceFilter(choices=Role.choices, method="by_role")
    area = filters.CharFilter(method="by_area")

    class Meta:
        model = User
        fields = ("is_active",)

    def by_name(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return named_users(rows, value)

    def by_role(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return holders(self.request._request.scope, rows, role=value)

    def by_area(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        scope = self.request._request.scope
        area = Area.objects.visible_to(scope).filter(code=value).first()
        return holders(scope, rows, area=area) if area else rows.none()


class UserList(generics.ListCreateAPIView):
    """Accounts of the caller's area; POST creates one (administrators)."""

    allowed_roles = {"*": VIEWERS, "POST": MANAGERS}
    serializer_class = UserSerializer
    pagination_class = ByName
    filterset_class = UserFilter
    queryset = User.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return visible_users(self.request._request.scope)

    @extend_schema(request=NewUserSerializer, responses={201: NewUserSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        user, password = people.create_user(by=request._request.scope, **valid(NewUserSerializer, request))
        answer = {"id": user.pk, "username": user.username, "display_name": user.display_name}
        return shown_once(Response({**answer, "password": password}, status=status.HTTP_201_CREATED))


class UserDetail(generics.RetrieveAPIView):
    allowed_roles = VIEWERS
    serializer_class = UserSerializer
    queryset = User.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return visible_users(self.request._request.scope)


class UserActive(APIView):
    """Close an account, or let it in again, with a reason (administrators)."""

    allowed_roles = MANAGERS

    @extend_schema(request=ActiveSerializer, responses={200: UserSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """403 for an account that holds more than the caller may manage."""
        scope = request._request.scope
        user = get_object_or_404(visible_users(scope), pk=pk)
        require_step_up(request._request)
        people.set_active(user, by=scope, **valid(ActiveSerializer, request))
        return Response(UserSerializer(user).data)


class UserPassword(APIView):
    """A new one-time password, with a reason (administrators)."""

    allowed_roles = MANAGERS

    @extend_schema(request=ReasonSerializer, responses={200: NewPasswordSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """Sessions, tokens and known devices of the account end; the password is shown this once."""
        scope = request._request.scope
        user = get_object_or_404(visible_users(scope), pk=pk)
        require_step_up(request._request)
        password = people.reset_password(user, by=scope, **valid(ReasonSerializer, request))
        return shown_once(Response(NewPasswordSerializer({"password": password}).data))


class AssignmentList(generics.ListCreateAPIView):
    """Roles of one account that the caller may see; POST grants one (administrators)."""

    allowed_roles = {"*": VIEWERS, "POST": MANAGERS}
    serializer_class = AssignmentSerializer
    queryset = Assignment.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        scope = self.request._request.scope
        user = get_object_or_404(visible_users(scope), pk=self.kwargs["pk"])
        return Assignment.objects.visible_to(scope).filter(user_id=user.pk).select_related("area")

    @extend_schema(
        request=GrantSerializer, responses={201: AssignmentSerializer, 202: GrantRequestSerializer}
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """202 with the request where a second administrator has to consent (roles above township, cross-unit)."""
        scope = request._request.scope
        user = get_object_or_404(visible_users(scope), pk=self.kwargs["pk"])
        given = valid(GrantSerializer, request)
        area = area_of_grant(scope, given.pop("area"))
        units = units_of_grant(scope, given.pop("units"))
        require_step_up(request._request)
        made = people.grant_role(user, area=area, units=units, by=scope, **given)
        if isinstance(made, GrantRequest):
            return Response(GrantRequestSerializer(made).data, status=status.HTTP_202_ACCEPTED)
        return Response(AssignmentSerializer(made).data, status=status.HTTP_201_CREATED)


class AssignmentEnd(APIView):
    """Take a role back, with a reason."""

    allowed_roles = MANAGERS

    @extend_schema(request=ReasonSerializer, responses={200: AssignmentSerializer})
    def post(self, request: Request, pk: int) -> Response:
        scope = request._request.scope
        assignment = get_object_or_404(Assignment.objects.visible_to(scope), pk=pk)
        require_step_up(request._request)
        ended = people.end_role(assignment, by=scope, **valid(ReasonSerializer, request))
        return Response(AssignmentSerializer(ended).data)
