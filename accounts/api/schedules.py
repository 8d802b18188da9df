"""/api/v1/schedules/: exports that run by themselves at a time of day, as on screen."""

from collections.abc import Callable

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions import schedules as actions
from accounts.models import ScheduledExport
from accounts.rules.schedules import bits_of, days_of
from accounts.views.schedules import SETTERS, own_schedule


class ScheduleSerializer(serializers.ModelSerializer):
    """`weekdays`: 1 is Monday. `state`: active, paused, stopped (`stopped_for`: failed, role). `last_job`: newest run."""

    weekdays = serializers.SerializerMethodField()

    class Meta:
        model = ScheduledExport
        fields = ("id", "name", "screen", "query", "at", "weekdays", "state", "stopped_for", "next_at", "failures",
                  "last_job", "last_at")  # fmt: skip
        read_only_fields = fields

    def get_weekdays(self, row: ScheduledExport) -> list[int]:
        return days_of(row.weekdays)


class NewScheduleSerializer(serializers.Serializer):
    screen = serializers.CharField(max_length=60, help_text="Route name of the list, e.g. rollup:table")
    query = serializers.CharField(max_length=1000, allow_blank=True, default="")
    name = serializers.CharField(max_length=40)
    at = serializers.TimeField(help_text="China time")
    weekdays = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=7), allow_empty=False
    )


class ScheduleList(APIView):
    """One's own, by time of day; a new one."""

    allowed_roles = SETTERS

    @extend_schema(responses=ScheduleSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All of them: a person has 20 at most."""
        rows = ScheduledExport.objects.visible_to(request._request.scope)
        return Response(ScheduleSerializer(rows, many=True).data)

    @extend_schema(request=NewScheduleSerializer, responses={201: ScheduleSerializer})
    def post(self, request: Request) -> Response:
        """400 with a code for a unit outside the area; 404 for a list that is not exported."""
        given = NewScheduleSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        new = actions.add_schedule(
            wanted["screen"],
            wanted["query"],
            name=wanted["name"],
            at=wanted["at"],
            weekdays=bits_of(wanted["weekdays"]),
            by=request._request.scope,
        )
        return Response(ScheduleSerializer(new).data, status=201)


class ScheduleAct(APIView):
    """An act on one of one's own."""

    allowed_roles = SETTERS
    act: Callable[..., None]

    @extend_schema(request=None, responses=ScheduleSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """404 for somebody else's; 409 where there is nothing to change."""
        found = own_schedule(request._request, pk)
        type(self).act(found, by=request._request.scope)
        found.refresh_from_db()
        return Response(ScheduleSerializer(found).data)


class SchedulePause(ScheduleAct):
    """Let it rest."""

    act = staticmethod(actions.pause_schedule)


class ScheduleResume(ScheduleAct):
    """Go on from the next moment, with a fresh count of failures."""

    act = staticmethod(actions.resume_schedule)


class ScheduleDelete(APIView):
    """Delete one of one's own; its files stay until they expire."""

    allowed_roles = SETTERS

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        """404 for somebody else's."""
        actions.delete_schedule(own_schedule(request._request, pk), by=request._request.scope)
        return Response(status=204)
