"""/api/v1/forwards/<date>/: the county's day, by the same query, actions and refusals as the screen."""

import datetime

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.choices import Role
from accounts.models import Area
from accounts.moments import asked_moment
from elections.models import Round
from reports.actions.county_openings import reopen_county_day, return_county_day
from reports.actions.forwarding import forward_day
from reports.actions.lifecycle import recall_day, reopen_day, return_day
from reports.api_daily import AS_OF
from reports.api_daily import where as town_where
from reports.models import CountyForward, CountyOpening, SheetOpening
from reports.queries.county_day import county_picture, county_picture_then, forward_number
from reports.rules import days
from reports.views.county_day import county_of
from reports.views.units import force_of

COUNTY = OpenApiParameter("unit", str, description="Code of the county; default: the own area")
TOWN = OpenApiParameter("unit", str, description="Code of the township")


class ForwardingSerializer(serializers.Serializer):
    """`version` of the county's day that was checked; `reasons`: code of a township without a report → why."""

    version = serializers.IntegerField(min_value=1)
    reasons = serializers.DictField(child=serializers.CharField(max_length=100), default=dict)


class ReturnSerializer(serializers.Serializer):
    """Why, and the `version` seen of the day that is opened."""

    version = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=200)


class ReopenSerializer(ReturnSerializer):
    """The same with an end, at most seven days from now."""

    ends_at = serializers.DateTimeField()


class ForwardSerializer(serializers.ModelSerializer):
    """One forwarding: the revisions it confirms and the townships it goes without."""

    receipt = serializers.SerializerMethodField()
    unit = serializers.CharField(source="area.code", read_only=True)

    class Meta:
        model = CountyForward
        fields = (
            "receipt", "unit", "date", "number", "day_version", "forwarded_by_name", "forwarded_by_office",
            "forwarded_at", "due_at", "late", "reason", "townships", "lines", "missing", "digest", "digest_method",
        )  # fmt: skip
        read_only_fields = fields

    def get_receipt(self, forward: CountyForward) -> str:
        return forward_number(forward)


class OpeningSerializer(serializers.ModelSerializer):
    """One return or re-opening."""

    unit = serializers.CharField(source="area.code", read_only=True)

    class Meta:
        model = SheetOpening
        fields = (
            "unit", "date", "kind", "number", "reason", "ends_at", "opened_by_name", "opened_by_office", "opened_at",
        )  # fmt: skip
        read_only_fields = fields


class TownStateSerializer(serializers.Serializer):
    """A township on the county's day; `state` is what holds now, `number` its newest revision."""

    code = serializers.CharField(source="area.code")
    name = serializers.CharField(source="area.name")
    state = serializers.CharField()
    number = serializers.IntegerField(source="revision.number", default=None, allow_null=True)
    digest = serializers.CharField(source="revision.digest", default="")
    first_filed_at = serializers.DateTimeField(source="sheet.first_filed_at", default=None, allow_null=True)
    confirmed = serializers.IntegerField(source="sheet.confirmed", default=None, allow_null=True)


class CountyDaySerializer(serializers.Serializer):
    """The county's day: its state, what a forwarding would name, and every forwarding so far, newest first."""

    unit = serializers.CharField(source="county.code")
    date = serializers.DateField()
    state = serializers.CharField()
    version = serializers.IntegerField()
    due_at = serializers.DateTimeField(source="due")
    timeliness = serializers.CharField()
    opening = OpeningSerializer(source="day.opening", default=None, allow_null=True)
    townships = TownStateSerializer(source="towns", many=True)
    forwards = ForwardSerializer(many=True)


def where(request: Request, date: str) -> tuple[Round, Area, datetime.date]:
    """Round, county and day of a request."""
    inner = request._request
    return force_of(inner).round, county_of(inner), days.read_day(date)


class CountyDayDetail(APIView):
    """The county's day."""

    allowed_roles = (Role.COUNTY_OFFICE, Role.CITY_OFFICE)

    @extend_schema(parameters=[COUNTY, AS_OF], responses=CountyDaySerializer)
    def get(self, request: Request, date: str) -> Response:
        """State, townships and forwardings, now or as of a moment."""
        inner = request._request
        force, day = force_of(inner), days.read_day(date)
        county = county_of(inner)
        days.require_asked(force.round, day)
        moment = asked_moment(inner.GET)
        if moment is not None:
            picture = county_picture_then(inner.scope, force, county, day, moment)
        else:
            picture = county_picture(inner.scope, force, county, day)
        return Response(CountyDaySerializer(picture).data)


class CountyDayForward(APIView):
    """县级上报. 409 while a township may still change its figures, or when the day has moved on."""

    allowed_roles = (Role.COUNTY_OFFICE,)

    @extend_schema(parameters=[COUNTY], request=ForwardingSerializer, responses={201: ForwardSerializer})
    def post(self, request: Request, date: str) -> Response:
        """The same version forwarded twice gives the same receipt."""
        body = ForwardingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        forward = forward_day(*where(request, date), **body.validated_data, by=request._request.scope)
        return Response(ForwardSerializer(forward).data, status=201)


class CountyDayReturn(APIView):
    """The city returns a county's day."""

    allowed_roles = (Role.CITY_OFFICE,)

    @extend_schema(parameters=[COUNTY], request=ReturnSerializer, responses={201: OpeningSerializer})
    def post(self, request: Request, date: str) -> Response:
        """The day is unlocked below until the county forwards it again."""
        facts = _facts(request, ReturnSerializer)
        return _opened(return_county_day(*where(request, date), **facts, by=request._request.scope))


class CountyDayReopen(APIView):
    """The city re-opens a county's day until a moment."""

    allowed_roles = (Role.CITY_OFFICE,)

    @extend_schema(parameters=[COUNTY], request=ReopenSerializer, responses={201: OpeningSerializer})
    def post(self, request: Request, date: str) -> Response:
        """After the end the last forwarding stands and the day is locked again."""
        facts = _facts(request, ReopenSerializer)
        return _opened(reopen_county_day(*where(request, date), **facts, by=request._request.scope))


class DayReturn(APIView):
    """The county returns a township's day."""

    allowed_roles = (Role.COUNTY_OFFICE,)

    @extend_schema(parameters=[TOWN], request=ReturnSerializer, responses={201: OpeningSerializer})
    def post(self, request: Request, date: str) -> Response:
        """409 when the county has forwarded the day, or the township has filed meanwhile."""
        facts = _facts(request, ReturnSerializer)
        return _opened(return_day(*town_where(request, date), **facts, by=request._request.scope))


class DayReopen(APIView):
    """The county re-opens a township's day until a moment."""

    allowed_roles = (Role.COUNTY_OFFICE,)

    @extend_schema(parameters=[TOWN], request=ReopenSerializer, responses={201: OpeningSerializer})
    def post(self, request: Request, date: str) -> Response:
        """After the end the filed revision stands."""
        facts = _facts(request, ReopenSerializer)
        return _opened(reopen_day(*town_where(request, date), **facts, by=request._request.scope))


class DayRecall(APIView):
    """The county closes what it opened."""

    allowed_roles = (Role.COUNTY_OFFICE,)

    @extend_schema(parameters=[TOWN], request=ReturnSerializer, responses=ReturnSerializer)
    def post(self, request: Request, date: str) -> Response:
        """The filed revision stands; what was typed stays in the draft."""
        facts = _facts(request, ReturnSerializer)
        recall_day(*town_where(request, date), **facts, by=request._request.scope)
        return Response(facts)


def _facts(request: Request, serializer: type[serializers.Serializer]) -> dict:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _opened(opening: SheetOpening | CountyOpening) -> Response:
    return Response(OpeningSerializer(opening).data, status=201)
