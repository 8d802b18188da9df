"""/api/v1/daily/<date>/: the same queries, actions and refusals as the screens."""

import datetime
from dataclasses import asdict

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.choices import Role
from accounts.models import Area
from accounts.moments import asked_moment
from elections.models import Round
from reports.actions.corrections import answer_correction, request_correction
from reports.actions.drafts import confirm_carried, fill_zeros, save_draft
from reports.actions.filing import file_day
from reports.models import DailySheet
from reports.queries.clock import database_now
from reports.queries.day import day_of
from reports.queries.day_then import day_then
from reports.rules import days
from reports.rules.edits import Edit
from reports.serializers import (
    AnswerSerializer,
    AskSerializer,
    DaySerializer,
    DraftSerializer,
    FileSerializer,
    OutcomeSerializer,
    ReceiptSerializer,
)
from reports.views.units import READERS, force_of, is_own, township_of

UNIT = OpenApiParameter("unit", str, description="Code of the township; default: the own area")
AS_OF = OpenApiParameter(
    "as_of", str, description="Recorded moment, ISO 8601, China time without an offset; default: as known now"
)


def where(request: Request, date: str) -> tuple[Round, Area, datetime.date]:
    """Round, township and day of a request."""
    return force_of(request._request).round, township_of(request._request), days.read_day(date)


class DayDetail(APIView):
    """The day as its township types it; a higher unit reads only what has been filed."""

    allowed_roles = READERS

    @extend_schema(parameters=[UNIT, AS_OF], responses=DaySerializer)
    def get(self, request: Request, date: str) -> Response:
        """As of a moment: what had been filed by then, never a draft."""
        inner = request._request
        force = force_of(inner)
        day = days.read_day(date)
        days.require_asked(force.round, day)
        moment, township = asked_moment(inner.GET), township_of(inner)
        if moment is not None:
            loaded = day_then(inner.scope, force, township, day, moment)
        else:
            loaded = day_of(force, township, day, own=is_own(inner))
        return Response(DaySerializer(loaded).data)


class DayDraft(APIView):
    """Keep what is typed. Cells changed meanwhile come back under `conflicts` with both texts."""

    allowed_roles = (Role.TOWNSHIP,)
    comes_first = True

    @extend_schema(parameters=[UNIT], request=DraftSerializer, responses=OutcomeSerializer)
    def put(self, request: Request, date: str) -> Response:
        body = DraftSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        round, township, day = where(request, date)
        by = request._request.scope
        outcome = save_draft(round, township, day, [Edit(**e) for e in body.validated_data["edits"]], by=by)
        if villages := body.validated_data["confirm"]:
            confirm_carried(round, township, day, by=by, villages=villages)
        if villages := body.validated_data["zero"]:
            fill_zeros(round, township, day, by=by, villages=villages)
        sheet = DailySheet.objects.only("version").get(round=round, area=township, date=day)
        answer = {"version": sheet.version, "saved_at": database_now(), **asdict(outcome)}
        return Response(OutcomeSerializer(answer).data)


class DayFile(APIView):
    """File the day. 400 with every issue while it cannot be filed, 409 when the sheet has moved on."""

    allowed_roles = (Role.TOWNSHIP,)
    comes_first = True

    @extend_schema(parameters=[UNIT], request=FileSerializer, responses={201: ReceiptSerializer})
    def post(self, request: Request, date: str) -> Response:
        body = FileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        version = body.validated_data["version"]
        revision = file_day(*where(request, date), version=version, by=request._request.scope)
        return Response(ReceiptSerializer(revision).data, status=201)


class DayAsk(APIView):
    """申请更正."""

    allowed_roles = (Role.TOWNSHIP,)

    @extend_schema(parameters=[UNIT], request=AskSerializer, responses={201: AskSerializer})
    def post(self, request: Request, date: str) -> Response:
        body = AskSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        request_correction(
            *where(request, date), reason=body.validated_data["reason"], by=request._request.scope
        )
        return Response(body.data, status=201)


class DayAnswer(APIView):
    """The county's answer to 申请更正."""

    allowed_roles = (Role.COUNTY_OFFICE,)

    @extend_schema(parameters=[UNIT], request=AnswerSerializer, responses=AnswerSerializer)
    def post(self, request: Request, date: str) -> Response:
        body = AnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        answer_correction(*where(request, date), **body.validated_data, by=request._request.scope)
        return Response(body.data)
