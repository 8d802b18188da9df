"""/api/v1/rollups/, completeness/ and metrics/: the same tables as the screens, from the same queries."""

import datetime
from dataclasses import dataclass

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.choices import OFFICE_ROLES, Level
from accounts.errors import Refusal
from accounts.keyset import cursor_path, path_cursor
from accounts.metrics import Metric
from accounts.models import Area
from accounts.whole_numbers import whole_number
from reports import metrics
from reports.queries.clock import database_now
from reports.queries.completeness import STATE_WORDS, completeness
from reports.queries.rollup import MODES, totals_table
from reports.queries.settings import in_force_for
from reports.queries.statistical import TREES
from reports.queries.villages import townships_missing, villages_behind
from reports.rules.days import local_day
from reports.serializers_rollup import (
    CompletenessSerializer,
    MetricSerializer,
    TableSerializer,
    TownshipsSerializer,
    VillagesSerializer,
)
from reports.views.completeness import SPANS, Span, span_of
from reports.views.rollup import READERS, WHATS
from reports.views.rollup_choice import Choice, choice_of

UNIT = OpenApiParameter("unit", str, description="Code of the unit in force; default: the own area")
DATE = OpenApiParameter("date", str, description="YYYY-MM-DD; default: the last day whose cut-off has passed")
OF = OpenApiParameter("of", str, description="Code of a unit of the table; default: `unit`")
TABLE = OpenApiParameter(
    "table", str, enum=["progress", "team", "work", "all"], description="Default: progress"
)
MODE = OpenApiParameter("mode", str, enum=list(MODES), description="Of flows and increases; default: day")
TREE = OpenApiParameter(
    "tree",
    str,
    enum=list(TREES),
    description="Whose townships: of the managing office, or of the statistics (whole city in scope only); "
    "default: managing",
)
AS_OF = OpenApiParameter(
    "as_of",
    str,
    description="Recorded moment, ISO 8601, China time without an offset, or cutoff (of the last day asked for): "
    "from what was filed by then; default: latest",
)
PLACES = [UNIT, DATE, OF, TREE, AS_OF]
KEY = OpenApiParameter("key", str, required=True, description="Key of a metric")
WHAT = OpenApiParameter("what", str, enum=list(WHATS), description="Part of the figure; default: counted")
SPAN = OpenApiParameter("span", str, enum=list(SPANS), description="Days shown; default: 14")
TO = OpenApiParameter("to", str, description="Last day shown; default: today")
PAGE, MAX_PAGE = 500, 5_000


def choice(request: Request) -> Choice:
    """What the URL asks for; coded refusal without a round, 404 outside scope or round."""
    found = choice_of(request._request)
    if found is None:
        raise no_round()
    return found


def no_round() -> Refusal:
    return Refusal("no_round", "本市还没有设本届换届", field="round", source="届次设置", status=404)


def unit_of(request: Request, asked: Choice) -> Area:
    """The unit whose figure is opened: `of`, at or below the unit in force in the tree asked for; else 404."""
    return asked.find(request._request.scope, request.query_params.get("of", asked.unit.code))


@dataclass(frozen=True)
class Figure:
    """One figure of the table: a metric of a unit, or one part of it."""

    metric: Metric
    of: Area
    what: str


def figure_of(request: Request, asked: Choice) -> Figure:
    """The figure that `key`, `of` and `what` name; 404 for one that the table has not."""
    metric = metrics.by_key().get(request.query_params.get("key", ""))
    what = request.query_params.get("what", "counted")
    if metric is None or what not in WHATS:
        raise Http404
    return Figure(metric, unit_of(request, asked), what)


def span(request: Request, now: datetime.datetime | None = None) -> Span:
    """The days that the URL asks for; coded refusal without a round, 404 outside scope or round."""
    found = span_of(request._request, local_day(now or database_now()))
    if found is None:
        raise no_round()
    return found


def page_size(request: Request) -> int:
    """Rows of a page: the number asked for within 1 … MAX_PAGE; PAGE for anything that is no number."""
    asked = whole_number(request.query_params.get("page_size", ""))
    return PAGE if asked is None else min(max(asked, 1), MAX_PAGE)


class RollupView(APIView):
    """The stored totals of a unit and of the units below it on one day."""

    allowed_roles = READERS
    gives_way = True

    @extend_schema(parameters=[UNIT, DATE, TABLE, MODE, TREE, AS_OF], responses=TableSerializer)
    def get(self, request: Request) -> Response:
        """The table of the screen 汇总, cell by cell. A township's rows are its villages."""
        asked = choice(request)
        scope = request._request.scope
        table = totals_table(
            scope,
            asked.season,
            asked.unit,
            asked.day,
            asked.layout,
            asked.mode,
            asked.tree,
            asked.past(scope),
        )
        return Response(TableSerializer(table).data)


class RollupVillagesView(APIView):
    """The villages behind one figure; they add up to it, page after page."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(
        parameters=[
            *PLACES,
            KEY,
            WHAT,
            OpenApiParameter("after", str, description="`next` of the page before"),
            OpenApiParameter("page_size", int, description=f"1 to {MAX_PAGE}; default: {PAGE}"),
        ],
        responses=VillagesSerializer,
    )
    def get(self, request: Request) -> Response:
        """One page in the order of the tree; `count` is the number of all villages behind the figure."""
        asked, size = choice(request), page_size(request)
        figure = figure_of(request, asked)
        ground, townships = asked.ground(figure.of)
        rows, count = villages_behind(
            request._request.scope,
            asked.round,
            ground,
            asked.day,
            figure.metric.key,
            figure.what,
            limit=size + 1,
            after=cursor_path(request.query_params.get("after", "")),
            townships=townships,
            moment=asked.as_of,
        )
        page = rows[:size]
        following = path_cursor(page[-1].path) if len(rows) > size else None
        return Response(VillagesSerializer({"count": count, "next": following, "results": page}).data)


class RollupTownshipsView(APIView):
    """The townships whose day is not filed: what the totals of flows do without."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(parameters=PLACES, responses=TownshipsSerializer)
    def get(self, request: Request) -> Response:
        """All of them, in the order of the tree."""
        asked = choice(request)
        ground, townships = asked.ground(unit_of(request, asked))
        scope = request._request.scope
        rows = townships_missing(scope, asked.round, ground, asked.day, townships, asked.past(scope))
        return Response(TownshipsSerializer({"count": len(rows), "results": rows}).data)


class CompletenessView(APIView):
    """Which township has filed which day."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(parameters=[UNIT, SPAN, TO, AS_OF], responses=CompletenessSerializer)
    def get(self, request: Request) -> Response:
        """The grid of the screen 完成度 with every township unfolded; `words` are its states."""
        now = database_now()
        asked = span(request, now)
        moment, scope = asked.as_of or now, request._request.scope
        found = completeness(scope, asked.round, asked.unit, asked.days, moment, past=asked.as_of is not None)
        facts = {
            "found": found,
            "words": STATE_WORDS,
            "cut_off": found.cut_offs[Level.TOWNSHIP],
            "as_of": asked.as_of,
        }
        return Response(CompletenessSerializer(facts).data)


class MetricsView(APIView):
    """The catalogue of the daily table."""

    allowed_roles = READERS

    @extend_schema(parameters=[UNIT], responses=MetricSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every metric in the order of the table, then the city's own items that are asked for today."""
        force = in_force_for(request._request.scope.unit)
        items = force.items(local_day(force.now)) if force else metrics.table()
        return Response(MetricSerializer(items, many=True).data)
