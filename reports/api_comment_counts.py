"""/api/v1/comments/counts/: the counts of the comments."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.jobs import JobSerializer, started
from accounts.choices import OFFICE_ROLES
from reports.api_comments import AS_OF
from reports.queries.clock import database_now
from reports.queries.comment_counts import COUNTED, WAYS, comment_counts
from reports.views.comment_counts import counting_of, start_counts_export

COUNTING = [
    OpenApiParameter("unit", str, description="Code of the unit; default: the own area"),
    OpenApiParameter("by", str, enum=list(WAYS), description="What a line stands for; default: sender"),
    OpenApiParameter("from", str, description="First day of the figures, YYYY-MM-DD"),
    OpenApiParameter("to", str, description="Last day of the figures, YYYY-MM-DD"),
    OpenApiParameter("channel", str, enum=["phone", "letter", "bulletin"]),
    AS_OF,
]


class CountLineSerializer(serializers.Serializer):
    """`step`: levels of sender and recipient (2-3 is city to county); `key`: code of the unit, channel or day.

    Unit of all counts: comments. `villages`: the township stands for its villages.
    """

    step = serializers.CharField()
    key = serializers.CharField()
    label = serializers.CharField()
    villages = serializers.BooleanField()
    counts = serializers.DictField(child=serializers.IntegerField())


class CountTableSerializer(serializers.Serializer):
    """Lines, their sums by level, and the total."""

    lines = CountLineSerializer(many=True)
    steps = CountLineSerializer(many=True)
    total = serializers.DictField(child=serializers.IntegerField(), help_text="、".join(COUNTED))


class CountsView(APIView):
    """Counts of what was sent."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(operation_id="comments_counts", parameters=COUNTING, responses=CountTableSerializer)
    def get(self, request: Request) -> Response:
        """Sent, acknowledged, answered, closed, overdue, as the page shows them; overdue is as of now, or of the moment."""
        table = comment_counts(request._request.scope, counting_of(request._request), database_now())
        return Response(CountTableSerializer(table).data)


class CountsExportView(APIView):
    """The counts as a workbook."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(parameters=COUNTING, request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Start the job that writes all ways of counting, a worksheet each."""
        return started(start_counts_export(request._request))
