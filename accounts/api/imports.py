"""/api/v1/imports/<sheet>/: upload, columns, preview, write, with the acts and refusals of the import screens.

An upload goes through `step`: columns (answer which column is what), checking, preview (confirm it) or refused, writing,
written. The check and the writing are jobs.
"""

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.jobs import JobSerializer, started
from accounts.auth.step_up import require_step_up
from accounts.choices import ALL_ROLES
from accounts.errors import Refusal
from accounts.models import Job
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets import uploads
from accounts.spreadsheets.preview import Preview
from accounts.spreadsheets.registry import Registered
from accounts.views.import_doors import desk_of, entry_of
from accounts.views.import_files import marked_response, template_response

SHEET = OpenApiParameter("name", str, OpenApiParameter.PATH, description="Name of a sheet: orgs")
BINARY = {(200, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"): OpenApiTypes.BINARY}


class UploadSerializer(serializers.Serializer):
    file = serializers.FileField(help_text=".xlsx or .csv, 20 MB at most")


class WrongCellSerializer(serializers.Serializer):
    """One wrong cell; column 0 is the whole row. Rows and columns count from 1."""

    sheet = serializers.CharField()
    row = serializers.IntegerField()
    col = serializers.IntegerField()
    heading = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class RemarkSerializer(serializers.Serializer):
    """What is said of a row that would be written: of an account, that a second administrator has to consent."""

    sheet = serializers.CharField()
    row = serializers.IntegerField()
    text = serializers.CharField()


class ImportPreviewSerializer(serializers.Serializer):
    """What would be written. `rows` and `digest` are what writing asks to be confirmed."""

    rows = serializers.IntegerField()
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()
    errors = serializers.IntegerField()
    clean = serializers.BooleanField(source="is_clean")
    digest = serializers.CharField()
    notes = serializers.ListField(child=serializers.CharField())
    remarks = RemarkSerializer(many=True)
    problems = WrongCellSerializer(many=True)


class FileColumnSerializer(serializers.Serializer):
    """One column of the file: `field` names it in the answer, `key` is what it seems to be ('' unknown)."""

    field = serializers.CharField()
    heading = serializers.CharField()
    key = serializers.CharField()


class DeskSerializer(serializers.Serializer):
    """One upload and the step it has reached; `options` are the keys a column may be."""

    token = serializers.CharField()
    filename = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    step = serializers.ChoiceField(
        choices=["columns", "checking", "preview", "refused", "writing", "written"]
    )
    refused = serializers.CharField()
    stale = serializers.BooleanField(
        help_text="data changed after the preview: nothing written, confirm again"
    )
    job = serializers.IntegerField(allow_null=True)
    columns = FileColumnSerializer(many=True)
    missing = serializers.ListField(child=serializers.CharField())
    options = serializers.DictField(child=serializers.CharField())
    preview = ImportPreviewSerializer(allow_null=True)
    marked = serializers.BooleanField(help_text="the workbook with the bad cells marked can be fetched")


class ColumnsSerializer(serializers.Serializer):
    columns = serializers.DictField(
        child=serializers.CharField(max_length=80, allow_blank=True),
        help_text="`field`: `key`, or '' to leave out",
    )


class ConfirmSerializer(serializers.Serializer):
    rows = serializers.IntegerField(min_value=0, max_value=1_000_000)
    digest = serializers.CharField(max_length=80)


class ExportFormSerializer(serializers.Serializer):
    format = serializers.ChoiceField(choices=["xlsx", "csv"], default="xlsx")


def shown(entry: Registered, desk: desks.Desk) -> dict[str, Any]:
    """The upload as the API shows it."""
    preview = desk.preview() if desk.check_job else None
    number = desk.write_job or desk.check_job
    reading = desk.reading()
    wanted = entry.resource_class().wanted()
    columns = []
    for sheet, heading in reading.headings.items():
        keys = {col: key for key, col in heading.matched.items()}
        columns += [
            {"field": f"s{sheet}c{col}", "heading": text, "key": keys.get(col, "")}
            for col, text in sorted(heading.columns.items())
        ]
    return {
        **{name: getattr(desk, name) for name in ("token", "filename", "size", "sha256", "refused", "stale")},
        "step": step_of(desk, Job.objects.filter(pk=number).first() if number else None, preview),
        "job": number,
        "columns": columns,
        "missing": [name for heading in reading.headings.values() for name in heading.missing],
        "options": {one.key: one.heading for one in wanted},
        "preview": preview,
        "marked": desk.has(desks.MARKED),
    }


def step_of(desk: desks.Desk, job: Job | None, preview: Preview | None) -> str:
    """The step an upload has reached, as the screens tell it."""
    if desk.check_job is None:
        return "columns"
    if job is not None and (job.is_active or job.state != "done"):
        return "writing" if desk.write_job else "checking"
    if desk.refused or preview is None:
        return "refused"
    return "written" if desk.write_job and preview.written is not None and not desk.stale else "preview"


class ImportStart(APIView):
    """Upload a file (`multipart/form-data`, part `file`)."""

    allowed_roles = ALL_ROLES
    parser_classes = [MultiPartParser]
    takes_upload = True

    @extend_schema(
        parameters=[SHEET], request={"multipart/form-data": UploadSerializer}, responses={201: DeskSerializer}
    )
    def post(self, request: Request, name: str) -> Response:
        """400 with a code XL-… for a file that cannot be taken. Its check begins when every column is known."""
        inner = request._request
        entry = entry_of(inner, name)
        desk = uploads.take(request.FILES.get("file"), entry, by=inner.scope)
        with inner.in_scope():
            uploads.check_if_complete(entry, desk, by=inner.scope)
            return Response(
                DeskSerializer(shown(entry, desk_of(inner, entry, desk.token))).data,
                status=status.HTTP_201_CREATED,
            )


class ImportTemplate(APIView):
    """An empty workbook with our headings and the units of the scope."""

    allowed_roles = ALL_ROLES

    @extend_schema(parameters=[SHEET], responses=BINARY)
    def get(self, request: Request, name: str) -> FileResponse:
        """403 for a role that neither imports nor exports this sheet."""
        inner = request._request
        return template_response(inner, entry_of(inner, name, importing=False))


class ImportExport(APIView):
    """The sheet of the unit in force as a workbook, filtered by the query as the list is."""

    allowed_roles = ALL_ROLES
    gives_way = True

    @extend_schema(parameters=[SHEET], request=ExportFormSerializer, responses={202: JobSerializer})
    def post(self, request: Request, name: str) -> Response:
        """Start the job; its result is the file. 403 `step_up_required` for a sheet that names people."""
        entry = entry_of(request._request, name, importing=False)
        if entry.resource_class.personal:
            require_step_up(request._request)
        body = ExportFormSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        form, scope = body.validated_data["format"], request._request.scope
        return started(uploads.start_export(entry, request.query_params.dict(), form=form, by=scope))


class DeskView(APIView):
    """An upload of the caller; foreign and absent ones are 404."""

    allowed_roles = ALL_ROLES

    def found(self, request: Request, name: str, token: str) -> tuple[Registered, desks.Desk]:
        entry = entry_of(request._request, name)
        return entry, desk_of(request._request, entry, token)


class ImportDesk(DeskView):
    """Where an upload is."""

    @extend_schema(parameters=[SHEET], responses=DeskSerializer)
    def get(self, request: Request, name: str, token: str) -> Response:
        """Columns, preview and the job that runs or ran last."""
        return Response(DeskSerializer(shown(*self.found(request, name, token))).data)


class ImportColumns(DeskView):
    """Which column is what."""

    @extend_schema(parameters=[SHEET], request=ColumnsSerializer, responses={202: JobSerializer})
    def post(self, request: Request, name: str, token: str) -> Response:
        """Start the check; 400 with every column chosen twice or not at all, 409 once the check has begun."""
        entry, desk = self.found(request, name, token)
        body = ColumnsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        if desk.check_job is not None:
            raise Refusal(
                "columns_decided",
                "列已经对好，核对已开始",
                field="columns",
                source=uploads.SOURCE,
                status=409,
            )
        scope = request._request.scope
        return started(uploads.choose_columns(entry, desk, body.validated_data["columns"], by=scope))


class ImportWrite(DeskView):
    """Write what the preview shows."""

    @extend_schema(parameters=[SHEET], request=ConfirmSerializer, responses={202: JobSerializer})
    def post(self, request: Request, name: str, token: str) -> Response:
        """Start the writing, all rows or none; 400 unless `rows` and `digest` are those of a clean preview.

        403 `step_up_required` for a sheet that names people.
        """
        entry, desk = self.found(request, name, token)
        if entry.resource_class.personal:
            require_step_up(request._request)
        body = ConfirmSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        rows, digest = str(body.validated_data["rows"]), body.validated_data["digest"]
        return started(uploads.confirm(entry, desk, rows=rows, digest=digest, by=request._request.scope))


class ImportDiscard(DeskView):
    """Give an upload up."""

    @extend_schema(parameters=[SHEET], request=None, responses={204: None})
    def post(self, request: Request, name: str, token: str) -> Response:
        """The upload is gone; nothing of it is written."""
        _entry, desk = self.found(request, name, token)
        desks.discard(desk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class ImportMarked(DeskView):
    """The caller's own workbook with the bad cells marked."""

    @extend_schema(parameters=[SHEET], responses=BINARY)
    def get(self, request: Request, name: str, token: str) -> FileResponse:
        """404 while nothing is wrong."""
        _entry, desk = self.found(request, name, token)
        return marked_response(desk)
