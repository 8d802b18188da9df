"""/api/v1/search/: the search of the top bar."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import finding
from accounts.errors import Refusal
from accounts.finders import SEEKERS

Q = OpenApiParameter(
    "q", str, required=True, description="1 to 50 characters: Chinese, pinyin, initials, code"
)


class HitSerializer(serializers.Serializer):
    title = serializers.CharField()
    detail = serializers.CharField(help_text="what tells it apart: unit above, office, moment")
    url = serializers.CharField(help_text="path of its screen")


class FoundSerializer(serializers.Serializer):
    code = serializers.CharField(help_text="screens, units, orgs, comments, publications, jobs")
    label = serializers.CharField()
    more = serializers.BooleanField(help_text="whether there is more than the 30 that are listed")
    hits = HitSerializer(many=True)


class SearchView(APIView):
    """What a term finds in everything the caller may open, by kind."""

    allowed_roles = SEEKERS

    @extend_schema(parameters=[Q], responses=FoundSerializer(many=True))
    def get(self, request: Request) -> Response:
        """400 `term_required` without a term; kinds without a hit are left out."""
        asked = request.query_params.get("q", "").strip()
        if not asked:
            raise Refusal("term_required", "请给出要找的字 q", field="q")
        found = finding.find(request._request.scope, asked, limit=finding.MANY)
        return Response(FoundSerializer(found, many=True).data)
