"""/api/v1/areas/changes/: dated changes of the tree, with the same acts and refusals as the screens."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.actions.area_operations import cancel, decide, decide_many, look_ahead, propose, withdraw
from accounts.auth.step_up import require_step_up
from accounts.choices import AreaOperationKind
from accounts.models import AreaOperation
from accounts.queries import area_operations as queries
from accounts.rules.area_operations import CHANGE_READERS, DATA_RULES, DECIDERS, PROPOSERS


class ChangeSerializer(serializers.ModelSerializer):
    """One change; `rules` are the sentences on the data, `outcome` what was done."""

    area = serializers.CharField(source="area.code", read_only=True)
    rules = serializers.SerializerMethodField()
    outcome = serializers.SerializerMethodField()

    class Meta:
        model = AreaOperation
        fields = ("id", "kind", "state", "effective_on", "area", "summary", "reason", "plan", "rules", "outcome",
                  "proposed_by_name", "decided_by_name", "decided_at", "note", "cancelled_by_name", "cancel_reason", "batch",
                  "done_at", "created_at")  # fmt: skip
        read_only_fields = fields

    def get_rules(self, row: AreaOperation) -> list[str]:
        return list(DATA_RULES[row.kind])

    def get_outcome(self, row: AreaOperation) -> list[str]:
        return queries.outcome_of(row)


class ProposalSerializer(serializers.Serializer):
    """What is proposed; codes of units."""

    kind = serializers.ChoiceField(choices=AreaOperationKind.choices)
    effective_on = serializers.DateField()
    units = serializers.ListField(child=serializers.CharField(max_length=12), max_length=200)
    parent = serializers.CharField(max_length=12, required=False)
    name = serializers.CharField(max_length=60, required=False)
    unit_kind = serializers.CharField(max_length=20, required=False)
    code = serializers.CharField(max_length=12, required=False)
    children = serializers.ListField(
        child=serializers.CharField(max_length=12), required=False, max_length=600
    )
    reason = serializers.CharField(max_length=200)


class ChangeDecisionSerializer(serializers.Serializer):
    """Approve or refuse; a refusal has its reason."""

    agree = serializers.BooleanField()
    note = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)


class UnitEffectSerializer(serializers.Serializer):
    """What happens to one unit."""

    code = serializers.CharField()
    name = serializers.CharField()
    what = serializers.CharField()


class TableCountSerializer(serializers.Serializer):
    """How many rows of a table stand at or below the units that move or end."""

    table = serializers.CharField()
    rows = serializers.IntegerField()


class PreviewSerializer(serializers.Serializer):
    """What a change would do; `area` is the common superior, `consequences` the sentences of each app."""

    summary = serializers.CharField()
    area = serializers.CharField()
    effects = UnitEffectSerializer(many=True)
    rules = serializers.ListField(child=serializers.CharField())
    counts = serializers.SerializerMethodField()
    consequences = serializers.SerializerMethodField()

    @extend_schema_field(TableCountSerializer(many=True))
    def get_counts(self, seen: queries.Preview) -> list[dict[str, Any]]:
        return [{"table": table, "rows": rows} for table, rows in seen.counts]

    def get_consequences(self, seen: queries.Preview) -> list[str]:
        return [f"{part.label}：{sentence}" for part in seen.consequences for sentence in part.sentences]


class ManySerializer(serializers.Serializer):
    """Changes to approve, by id; 200 at most."""

    ids = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=queries.MOST_SHOWN)


class RefusedSerializer(serializers.Serializer):
    """A change that could not be approved, with the reason."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    message = serializers.CharField()


class ManyDecidedSerializer(serializers.Serializer):
    """Ids that were approved, and those that were not."""

    approved = serializers.ListField(child=serializers.IntegerField())
    refused = RefusedSerializer(many=True)


class ChangeReasonSerializer(serializers.Serializer):
    """Why an approved change is cancelled."""

    reason = serializers.CharField(max_length=200)


class ChangeList(APIView):
    """Changes of the caller's area, newest first (200 at most), and proposing one."""

    allowed_roles = {"GET": CHANGE_READERS, "POST": PROPOSERS}

    @extend_schema(responses={200: ChangeSerializer(many=True)})
    def get(self, request: Request) -> Response:
        return Response(ChangeSerializer(queries.operations(request._request.scope), many=True).data)

    @extend_schema(request=ProposalSerializer, responses={201: ChangeSerializer})
    def post(self, request: Request) -> Response:
        """Put a change forward; another person approves it."""
        given = ProposalSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted: dict[str, Any] = dict(given.validated_data)
        kind, day, reason = wanted.pop("kind"), wanted.pop("effective_on"), wanted.pop("reason")
        made = propose(kind, day, wanted, reason=reason, by=request._request.scope)
        return Response(ChangeSerializer(made).data, status=201)


class ChangePreview(APIView):
    """What a change would do, before it is proposed; refused as the proposal would be. Writes nothing."""

    allowed_roles = PROPOSERS

    @extend_schema(request=ProposalSerializer, responses={200: PreviewSerializer})
    def post(self, request: Request) -> Response:
        given = ProposalSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted: dict[str, Any] = dict(given.validated_data)
        kind, day = wanted.pop("kind"), wanted.pop("effective_on")
        del wanted["reason"]
        return Response(PreviewSerializer(look_ahead(kind, day, wanted, by=request._request.scope)).data)


class ChangeDecideMany(APIView):
    """Approve several changes; each stands for itself."""

    allowed_roles = DECIDERS

    @extend_schema(
        operation_id="areas_changes_decide_many",
        request=ManySerializer,
        responses={200: ManyDecidedSerializer},
    )
    def post(self, request: Request) -> Response:
        """403 `step_up_required`; ids outside the caller's area are left out."""
        given = ManySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        require_step_up(request._request)
        scope = request._request.scope
        rows = AreaOperation.objects.visible_to(scope).filter(pk__in=given.validated_data["ids"])
        approved, refused = decide_many(list(rows.order_by("pk")), by=scope)
        said = [
            {"id": row.pk, "code": getattr(refusal, "code", "") or "", "message": refusal.messages[0]}
            for row, refusal in refused
        ]
        return Response(
            ManyDecidedSerializer({"approved": [row.pk for row in approved], "refused": said}).data
        )


def _change(request: Request, pk: int) -> AreaOperation:
    rows = AreaOperation.objects.visible_to(request._request.scope).select_related("area")
    return get_object_or_404(rows, pk=pk)


class ChangeDetail(APIView):
    """One change."""

    allowed_roles = CHANGE_READERS

    @extend_schema(responses={200: ChangeSerializer})
    def get(self, request: Request, pk: int) -> Response:
        return Response(ChangeSerializer(_change(request, pk)).data)


class ChangeDecide(APIView):
    """Approve or refuse a change that another person proposed."""

    allowed_roles = DECIDERS

    @extend_schema(request=ChangeDecisionSerializer, responses={200: ChangeSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = ChangeDecisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        require_step_up(request._request)
        row = decide(_change(request, pk), **given.validated_data, by=request._request.scope)
        return Response(ChangeSerializer(row).data)


class ChangeWithdraw(APIView):
    """Take back one's own proposal."""

    allowed_roles = PROPOSERS

    @extend_schema(request=None, responses={200: ChangeSerializer})
    def post(self, request: Request, pk: int) -> Response:
        return Response(ChangeSerializer(withdraw(_change(request, pk), by=request._request.scope)).data)


class ChangeCancel(APIView):
    """Call off an approved change before its day."""

    allowed_roles = PROPOSERS

    @extend_schema(request=ChangeReasonSerializer, responses={200: ChangeSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """409 `area_day_has_come` from the day on."""
        given = ChangeReasonSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        row = cancel(_change(request, pk), **given.validated_data, by=request._request.scope)
        return Response(ChangeSerializer(row).data)
