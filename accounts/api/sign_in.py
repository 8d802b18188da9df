"""/api/v1/auth/ and /me/: tokens, proving again who one is, the caller."""

from django.db import transaction
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import audit, audit_types
from accounts.actions import people
from accounts.api.bodies import valid
from accounts.api.people import AssignmentSerializer
from accounts.auth.api import issue_token, revoke_tokens
from accounts.auth.signin import check_credentials
from accounts.auth.step_up import prove
from accounts.choices import ALL_ROLES
from accounts.doors import PUBLIC
from accounts.idempotency import shown_once


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
        asked = valid(TokenRequestSerializer, request)
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
        return shown_once(Response(TokenSerializer(answer).data, status=status.HTTP_201_CREATED))


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
        prove(request._request, valid(ProofSerializer, request)["proof"])
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
        user = people.set_own_phone(request._request, **valid(PhoneSerializer, request))
        return Response({"phone": str(user.phone)})
