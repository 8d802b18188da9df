"""/api/v1/users/, /me/ and /auth/: accounts, the caller, tokens. Same acts and refusals as on screen."""

from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import audit, audit_types
from accounts.actions import people
from accounts.api.grants import GrantRequestSerializer
from accounts.api.reveals import MaskedValue
from accounts.auth.api import issue_token, revoke_tokens
from accounts.auth.signin import check_credentials
from accounts.auth.step_up import prove, require_step_up
from accounts.choices import ALL_ROLES, Role
from accounts.doors import PUBLIC
from accounts.models import Assignment, GrantRequest, User
from accounts.queries.people import area_of_grant, codes_of_units, units_of_grant, visible_users
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


class TokenRequestSerializer(serializers.Serializer):
    username = serializers.CharField(max_length=40)
    password = serializers.CharField(max_length=128, trim_whitespace=False)
    assignment = serializers.IntegerField(required=False, allow_null=True, default=None)
    name = serializers.CharField(max_length=60, required=False, allow_blank=True, default="")
    code = serializers.CharField(
        max_length=12, required=False, allow_blank=True, default="",
        help_text="Code of the second factor, or a recovery code, where the account has one",
    )  # fmt: skip


class ProofSerializer(serializers.Serializer):
    proof = serializers.CharField(
        max_length=128, trim_whitespace=False, help_text="The password, or a code of the second factor"
    )


class TokenSerializer(serializers.Serializer):
    token = serializers.CharField(help_text="Opaque, shown this once")
    assignment = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


@method_decorator(sensitive_post_parameters("password"), name="dispatch")
class TokenView(APIView):
    """User name and password for a token of one assignment; the tries count like tries to sign in."""

    allowed_roles = PUBLIC

    @extend_schema(request=TokenRequestSerializer, responses={201: TokenSerializer})
    def post(self, request: Request) -> Response:
        asked = _valid(TokenRequestSerializer, request)
        inner = request._request
        user, held = check_credentials(inner, username=asked["username"], password=asked["password"])
        text, token = issue_token(
            inner,
            user=user,
            held=held,
            assignment_id=asked["assignment"],
            name=asked["name"],
            code=asked["code"],
        )
        answer = {"token": text, "assignment": token.assignment_id, "expires_at": token.expires_at}
        return Response(TokenSerializer(answer).data, status=status.HTTP_201_CREATED)


class TokenRevokeView(APIView):
    """Revoke all API tokens of the caller's account."""

    allowed_roles = ALL_ROLES
    ends_session = True

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        with transaction.atomic(using="login"):
            audit.act(None, audit_types.TOKEN_REVOKED, request.user, using="login", unit_path="")
            revoke_tokens(request.user.pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


@method_decorator(sensitive_post_parameters("proof"), name="dispatch")
class StepUpView(APIView):
    """Prove again who one is; sensitive acts of this token or session are open for five minutes."""

    allowed_roles = ALL_ROLES

    @extend_schema(request=ProofSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        """400 `proof_wrong`, `code_wrong`; 429 `sign_in_locked`: tries count like tries to sign in."""
        prove(request._request, _valid(ProofSerializer, request)["proof"])
        return Response(status=status.HTTP_204_NO_CONTENT)


class MeView(APIView):
    """The caller: account, role and unit in force."""

    allowed_roles = ALL_ROLES

    @extend_schema(responses={200: AssignmentSerializer})
    def get(self, request: Request) -> Response:
        scope = request._request.scope
        return Response(
            {
                "username": request.user.username,
                "display_name": request.user.display_name,
                "assignment": AssignmentSerializer(scope.assignment).data,
                "unit": scope.unit.code if scope.unit else "",
            }
        )


class PhoneSerializer(serializers.Serializer):
    phone = serializers.CharField(
        max_length=24, allow_blank=True, help_text="7 to 12 digits, empty takes it back; answered masked"
    )


class MyPhone(APIView):
    """The caller's own telephone number: given, changed, or taken back with an empty one."""

    allowed_roles = ALL_ROLES

    @extend_schema(request=PhoneSerializer, responses={200: PhoneSerializer})
    def put(self, request: Request) -> Response:
        """400 `phone_malformed`. It rests sealed; the answer and every list show it masked."""
        user = people.set_own_phone(request._request, **_valid(PhoneSerializer, request))
        return Response({"phone": str(user.phone)})


class ByName(CursorPagination):
    page_size = 100
    max_page_size = 500
    page_size_query_param = "page_size"
    ordering = "username"


class UserList(generics.ListCreateAPIView):
    """Accounts of the caller's area; POST creates one (administrators)."""

    allowed_roles = {"*": VIEWERS, "POST": MANAGERS}
    serializer_class = UserSerializer
    pagination_class = ByName
    filterset_fields = ("is_active",)
    queryset = User.objects.none()

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return visible_users(self.request._request.scope)

    @extend_schema(request=NewUserSerializer, responses={201: NewUserSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        user, password = people.create_user(by=request._request.scope, **_valid(NewUserSerializer, request))
        answer = {"id": user.pk, "username": user.username, "display_name": user.display_name}
        return Response({**answer, "password": password}, status=status.HTTP_201_CREATED)


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
        people.set_active(user, by=scope, **_valid(ActiveSerializer, request))
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
        password = people.reset_password(user, by=scope, **_valid(ReasonSerializer, request))
        return Response(NewPasswordSerializer({"password": password}).data)


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
        given = _valid(GrantSerializer, request)
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
        ended = people.end_role(assignment, by=scope, **_valid(ReasonSerializer, request))
        return Response(AssignmentSerializer(ended).data)


def _valid(shape: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
