"""/api/v1/comments/: the same queries, actions and refusals as the screens."""

import datetime
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.jobs import JobSerializer, started
from accounts.api.versions import stale_answer
from accounts.choices import OFFICE_ROLES, Role
from accounts.errors import Refusal
from accounts.models import Area
from accounts.moments import asked_moment
from accounts.whole_numbers import whole_number
from elections.models import Round
from reports.actions import comment_replies
from reports.actions.comment_notes import add_note, pin_comment
from reports.actions.comment_sending import send_comments
from reports.actions.comment_settings import StaleSetting, change_rule, change_setting
from reports.actions.comments import (
    Draft,
    Edited,
    StaleComment,
    edit_comment,
    merge_comments,
    refresh_figures,
    restore_comment,
    skip_comment,
)
from reports.comment_documents import WORD
from reports.models import Comment
from reports.queries.clock import database_now
from reports.queries.comment_rules import rules_in_force, setting_of
from reports.queries.comments import (
    BOXES,
    PAGE,
    REACHED,
    STATES,
    comment_page,
    comment_page_then,
    list_page,
    notes_on,
)
from reports.rules.days import read_day
from reports.serializers_comments import (
    CommentListSerializer,
    CommentPageSerializer,
    CommentSerializer,
    EditSerializer,
    MoveSerializer,
    NoteSerializer,
    PinSerializer,
    RuleChangeSerializer,
    RuleSerializer,
    SendSerializer,
    SentSerializer,
    SettingSerializer,
)
from reports.views.comment_lists import start_drafting, start_list_export, wanted_of
from reports.views.comments import comment_of, comment_then, document_response, start_pdf
from reports.views.units import force_of

UNIT = OpenApiParameter(
    "unit", str, description="Code of the unit whose comments are listed; default: the own area"
)
AS_OF = OpenApiParameter(
    "as_of", str, description="Recorded moment, ISO 8601, China time without an offset; default: as known now"
)
LIST = [
    UNIT,
    OpenApiParameter("box", str, enum=list(BOXES), description="Written by the unit, to it, or below it"),
    OpenApiParameter("state", str, enum=[state for state in (*STATES, *REACHED) if state]),
    OpenApiParameter("of", str, description="Code of the recipient"),
    OpenApiParameter("date", str, description="Day of the figures, YYYY-MM-DD"),
    OpenApiParameter("channel", str, enum=["phone", "letter", "bulletin"]),
    OpenApiParameter("from", str, description="First day of the figures, YYYY-MM-DD"),
    OpenApiParameter("to", str, description="Last day of the figures, YYYY-MM-DD"),
    OpenApiParameter("step", str, description="Levels of sender and recipient: 2-3 is city to county"),
    OpenApiParameter("before", int, description="`next` of the page before"),
    AS_OF,
]


def answered(
    request: Request, pk: int, status: int = 200, moment: datetime.datetime | None = None
) -> Response:
    """The comment as this reader sees it, now or as of a moment."""
    asked, scope = request._request, request._request.scope
    if moment is None:
        page = comment_page(scope, comment_of(asked, pk), database_now())
    else:
        page = comment_page_then(scope, comment_then(asked, pk, moment), moment)
    facts = {
        "comment": page.comment,
        "sentences": [shown.sentence for shown in page.sentences],
        "replies": page.replies,
        "moves": page.moves,
        "overdue": page.overdue,
        "checks": page.review.found if page.review else [],
    }
    return Response(CommentPageSerializer(facts).data, status=status)


class CommentListView(APIView):
    """Comments of one unit."""

    allowed_roles = OFFICE_ROLES

    @extend_schema(operation_id="comments_list", parameters=LIST, responses=CommentListSerializer)
    def get(self, request: Request) -> Response:
        """One page, newest first."""
        before = whole_number(request.query_params.get("before", ""))
        wanted = wanted_of(request._request)
        page = list_page(request._request.scope, wanted, database_now(), before=before, size=PAGE)
        facts = {"results": page.rows, "next": page.following, "counts": page.counts}
        return Response(CommentListSerializer(facts).data)


class CommentView(APIView):
    """One comment."""

    allowed_roles = OFFICE_ROLES

    @extend_schema(parameters=[AS_OF], responses=CommentPageSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Text, figures as they were, correspondence; for the sender of a draft what the checks find.

        As of a moment there are no `moves`, and no sentences where a draft was reworded since.
        """
        return answered(request, pk, moment=asked_moment(request.query_params))

    @extend_schema(request=EditSerializer, responses=CommentPageSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Keep an edited draft. A stale version answers 409 with the comment as it is now under `current`."""
        comment_of(request._request, pk)
        body = EditSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        version = given.pop("version")
        draft = Draft(**{**given, "sentences": [Edited(**one) for one in given["sentences"]]})
        try:
            edit_comment(pk, draft, version=version, by=request._request.scope)
        except StaleComment as stale:
            return stale_answer(stale, answered(request, pk).data)
        return answered(request, pk)


class DocumentView(APIView):
    """A letter or bulletin on paper."""

    allowed_roles = OFFICE_ROLES

    @extend_schema(responses={(200, WORD): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        """A .docx, for sender and recipient; 403 for the units above, 404 for drafts and phone notes."""
        return document_response(request._request, pk)


class PdfView(APIView):
    """The same as a PDF."""

    allowed_roles = OFFICE_ROLES

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request, pk: int) -> Response:
        """A job whose result is the file; it fails with `pdf_unavailable` on a server without Pango or Chinese font."""
        return started(start_pdf(request._request, pk))


class SendView(APIView):
    """Send drafts, one or many."""

    allowed_roles = OFFICE_ROLES

    @extend_schema(request=SendSerializer, responses=SentSerializer)
    def post(self, request: Request) -> Response:
        """Those with findings are kept back and listed."""
        body = SendSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        done = send_comments(**body.validated_data, by=request._request.scope)
        kept = [
            {"id": comment.pk, "checks": [check.refusal.to_payload() for check in found]}
            for comment, found in done.kept
        ]
        return Response(SentSerializer({"sent": done.sent, "kept": kept}).data)


class MoveView(APIView):
    """Everything else that is done to a comment."""

    allowed_roles = OFFICE_ROLES

    @extend_schema(request=MoveSerializer, responses=CommentPageSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """acknowledge and reply are the recipient's, the others the sender's."""
        comment_of(request._request, pk)
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        if given["move"] in ("merge", "refresh") and given["version"] is None:
            raise Refusal("version_required", "写明打开时的版本", field="version", source="点评")
        moved(pk, given, by=request._request.scope)
        return answered(request, pk)


def moved(pk: int, given: dict[str, Any], *, by: Any) -> None:
    """Call the action of a move."""
    text, version = given["text"], given["version"]
    table: dict[str, Callable[[], object]] = {
        "acknowledge": lambda: comment_replies.acknowledge(pk, by=by, version=version),
        "reply": lambda: comment_replies.reply(pk, text=text, by=by, version=version),
        "ask_again": lambda: comment_replies.ask_again(
            pk, text=text, by=by, version=version, due_at=given["due_at"]
        ),
        "close": lambda: comment_replies.close(pk, text=text, by=by, version=version),
        "skip": lambda: skip_comment(pk, reason=text, by=by, version=version),
        "restore": lambda: restore_comment(pk, by=by, version=version),
        "merge": lambda: merge_comments(pk, given["other"] or pk, by=by, version=version),
        "refresh": lambda: refresh_figures(pk, version=version, by=by),
    }
    table[given["move"]]()


class NotesView(APIView):
    """Notes of the day."""

    allowed_roles = OFFICE_ROLES

    @extend_schema(
        parameters=[OpenApiParameter("date", str, required=True)], responses=NoteSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """Notes of the unit in force on a day."""
        unit = request._request.scope.unit
        if unit is None:
            raise Http404
        day = read_day(request.query_params.get("date", ""))
        return Response(NoteSerializer(notes_on(request._request.scope, unit, day), many=True).data)

    @extend_schema(request=NoteSerializer, responses={201: NoteSerializer})
    def post(self, request: Request) -> Response:
        """Write one down."""
        body = NoteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given, scope = body.validated_data, request._request.scope
        about = get_object_or_404(Area.objects.visible_to(scope), code=given["about"]["code"])
        round = force_of(request._request).round
        note = add_note(
            round,
            about,
            given["date"],
            text=given["text"],
            figure=given["figure"],
            measure=given["measure"],
            by=scope,
        )
        return Response(NoteSerializer(note).data, status=201)


class PinView(APIView):
    """Comments on one cell of the roll-up."""

    allowed_roles = OFFICE_ROLES

    @extend_schema(request=PinSerializer, responses={200: CommentSerializer})
    def post(self, request: Request) -> Response:
        """Draft one, or find the one that is there."""
        body = PinSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given, scope = body.validated_data, request._request.scope
        unit = get_object_or_404(Area.objects.visible_to(scope), code=given["of"])
        round = force_of(request._request).round
        made = pin_comment(round, unit, given["date"], given["key"], by=scope)
        found = (
            Comment.objects.visible_to(scope)
            .select_related("area", "recipient", "escalated_to")
            .get(pk=made.pk)
        )
        return Response(CommentSerializer(found).data)


class RulesView(APIView):
    """The drafting rules as they hold."""

    allowed_roles = OFFICE_ROLES

    @extend_schema(responses=RuleSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All of them, in the order in which they speak."""
        return Response(RuleSerializer(rules_in_force(force_of(request._request).round), many=True).data)


class RuleView(APIView):
    """One drafting rule."""

    allowed_roles = (Role.CITY_OFFICE,)

    @extend_schema(request=RuleChangeSerializer, responses=RuleSerializer)
    def put(self, request: Request, code: str) -> Response:
        """Another version. 409 with the rule as it is now under `current`."""
        body = RuleChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        round = force_of(request._request).round
        try:
            change_rule(round, code, **body.validated_data, by=request._request.scope)
        except StaleSetting as stale:
            return stale_answer(stale, _rule(round, code))
        return Response(_rule(round, code))


def _rule(round: Round, code: str) -> Any:
    """One rule as it holds now."""
    return RuleSerializer(next(rule for rule in rules_in_force(round) if rule.code == code)).data


class DraftingView(APIView):
    """立即起草."""

    allowed_roles = OFFICE_ROLES

    @extend_schema(request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Open the own round of today without waiting for the timer; nothing before the cut-off."""
        return started(start_drafting(request._request))


class CommentExportView(APIView):
    """The list as a workbook."""

    allowed_roles = OFFICE_ROLES
    gives_way = True

    @extend_schema(parameters=LIST, request=None, responses={202: JobSerializer})
    def post(self, request: Request) -> Response:
        """Start the job of the list that GET comments/ shows at the same address."""
        return started(start_list_export(request._request))


class SettingsView(APIView):
    """Which levels write, how long an answer takes, the usual words."""

    allowed_roles = (Role.CITY_OFFICE,)

    @extend_schema(request=SettingSerializer, responses=SettingSerializer)
    def put(self, request: Request) -> Response:
        """Change them; `version` is the one that was read (1 before the first change). 409 with `current`."""
        body = SettingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        round = force_of(request._request).round
        try:
            changed = change_setting(round, version=given.pop("version"), by=request._request.scope, **given)
        except StaleSetting as stale:
            return stale_answer(stale, SettingSerializer(setting_of(round)).data)
        return Response(SettingSerializer(changed).data)
