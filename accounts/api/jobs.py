"""/api/v1/jobs/: the same jobs, the same acts and refusals as the screens."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.pagination import KeysetPagination
from accounts.auth.step_up import require_step_up
from accounts.choices import ALL_ROLES
from accounts.exports import is_personal
from accounts.jobs.queries import may_download
from accounts.jobs.start import cancel_job, restart_job
from accounts.models import Job, JobEvent
from accounts.models.jobs import JobState
from accounts.views.jobs import may_act, result_response, visible_job


class JobEventSerializer(serializers.ModelSerializer):
    class Meta:
        model = JobEvent
        fields = ("at", "type", "attempt", "message")
        read_only_fields = fields


class JobSerializer(serializers.ModelSerializer):
    percent = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Job
        fields = (
            "id", "kind", "label", "subject", "detail", "state", "stage", "done", "total", "percent",
            "message", "error_code", "error_message", "attempts", "cancel_requested", "result_name",
            "result_size", "result_expires_at", "created_at", "started_at", "finished_at", "version",
        )  # fmt: skip
        read_only_fields = fields


class JobDetailSerializer(JobSerializer):
    events = JobEventSerializer(many=True, read_only=True)

    class Meta(JobSerializer.Meta):
        fields = (*JobSerializer.Meta.fields, "events")
        read_only_fields = fields


def started(job: Job) -> Response:
    """202 and the job that does the work; asked for twice, it is the same job."""
    return Response(JobSerializer(job).data, status=status.HTTP_202_ACCEPTED)


class JobFilter(filters.FilterSet):
    state = filters.MultipleChoiceFilter(choices=JobState.choices)

    class Meta:
        model = Job
        fields = ("kind", "subject", "state")


class NewestFirst(KeysetPagination):
    ordering = "-pk"


class JobList(generics.ListAPIView):
    """Jobs that this scope may see, newest first."""

    allowed_roles = ALL_ROLES
    serializer_class = JobSerializer
    filterset_class = JobFilter
    pagination_class = NewestFirst
    queryset = Job.objects.none()

    def get_queryset(self) -> QuerySet[Job]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return Job.objects.visible_to(self.request._request.scope)


class JobDetail(APIView):
    """One job with the history of its attempts."""

    allowed_roles = ALL_ROLES

    @extend_schema(responses=JobDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """404 for a job that the caller may not see."""
        return Response(JobDetailSerializer(visible_job(request._request, pk)).data)


class JobAct(APIView):
    """An act of the one who asked for the job, or of an administrator."""

    allowed_roles = ALL_ROLES
    act: Callable[..., None]

    @extend_schema(request=None, responses=JobDetailSerializer)
    def post(self, request: Request, pk: int) -> Response:
        """404 for a job that somebody else has asked for."""
        job = visible_job(request._request, pk)
        if not may_act(request._request, job):
            raise Http404
        type(self).act(job, by=request._request.scope)
        job.refresh_from_db()
        return Response(JobDetailSerializer(job).data)


class JobCancel(JobAct):
    """Stop a job: a waiting one at once, a running one at its next report of progress."""

    act = staticmethod(cancel_job)


class JobRestart(JobAct):
    """Put a failed or parked job back into the queue."""

    act = staticmethod(restart_job)


class JobResult(APIView):
    """The result file, to the account that asked for it and until it expires."""

    allowed_roles = ALL_ROLES

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        """403 `step_up_required` for a file that names people."""
        job = visible_job(request._request, pk)
        if may_download(job, request.user.pk) and is_personal(job):
            require_step_up(request._request)
        return result_response(request._request, job)
