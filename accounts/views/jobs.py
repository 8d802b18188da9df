"""/jobs/: find long work again, see how far it is, stop it, fetch what came out of it."""

from collections.abc import Callable
from urllib.parse import quote, urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit
from accounts.auth.step_up import steps_up_to_read
from accounts.doors import allow_all
from accounts.errors import Refusal
from accounts.exports import is_personal, note_download
from accounts.jobs import queries, results
from accounts.jobs.start import cancel_job, restart_job
from accounts.models import Job
from accounts.typed_again import say_no
from accounts.whole_numbers import whole_number


@allow_all
@require_GET
def job_list(request: HttpRequest) -> HttpResponse:
    """Own jobs and, for offices, the shared ones of their area; newest first."""
    state, whose = request.GET.get("state", ""), request.GET.get("whose", "")
    choices = queries.choices_of_whose(request.scope)
    before = whole_number(request.GET.get("before", ""))
    if state not in queries.FILTERS or whose not in choices or (before is None and request.GET.get("before")):
        raise Http404
    page = queries.job_page(request.scope, state=state, whose=whose, before=before)
    link = _links(request, state, whose)
    return render(
        request,
        "accounts/job_list.html",
        {
            "page": page,
            "now": timezone.now(),
            "states": [(word, link(state=key), key == state) for key, (word, _) in queries.FILTERS.items()],
            "whose": [(word, link(whose=key), key == whose) for key, word in choices.items()],
            "next_url": link(before=page.older_than) if page.older_than else "",
            "first_url": link() if before else "",
        },
    )


@allow_all
@require_GET
def job_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One job; asked by htmx it answers with the part that moves."""
    job = visible_job(request, pk)
    context = {
        "job": job,
        "left": queries.time_left(job, timezone.now()),
        "may_act": may_act(request, job),
        "downloadable": queries.may_download(job, request.user.pk),
        "events": job.events.all(),
    }
    part = bool(request.headers.get("HX-Request"))
    return render(request, "accounts/job_panel.html" if part else "accounts/job_detail.html", context)


@allow_all
@require_POST
def job_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, cancel_job)


@allow_all
@require_POST
def job_restart(request: HttpRequest, pk: int) -> HttpResponse:
    return _act(request, pk, restart_job)


@allow_all
@require_http_methods(["GET", "POST"])
def job_result(request: HttpRequest, pk: int) -> HttpResponse:
    """The result file, to the account that asked for it and until it expires; else there is nothing here.

    A file that names people asks for step-up; POST brings the proof.
    """
    job = visible_job(request, pk)
    names_people = queries.may_download(job, request.user.pk) and is_personal(job)
    answer = steps_up_to_read(result_response) if names_people else result_response
    return answer(request, job)


def result_response(request: HttpRequest, job: Job) -> HttpResponse:
    """File of `job` for this request's account: audited, under its Chinese name, never cached."""
    path = results.open_path(job.result_path) if queries.may_download(job, request.user.pk) else None
    if path is None:
        raise Http404
    audit.act(request.scope, "job.result_downloaded", job, after={"job": job.pk, "size": job.result_size})
    note_download(job)
    response = FileResponse(path.open("rb"), content_type="application/octet-stream")
    response["Content-Disposition"] = (
        f"attachment; filename=\"job-{job.pk}{path.suffix}\"; filename*=UTF-8''{quote(job.result_name)}"
    )
    response["Content-Length"] = str(job.result_size)
    response["Cache-Control"] = "no-store"
    return response


def may_act(request: HttpRequest, job: Job) -> bool:
    """Only the one who asked stops or restarts a job; an administrator may do both."""
    return job.requested_by_id == request.scope.assignment_id or request.scope.has("admin")


def visible_job(request: HttpRequest, pk: int) -> Job:
    return get_object_or_404(
        Job.objects.visible_to(request.scope).select_related("requested_by", "area"), pk=pk
    )


def _act(request: HttpRequest, pk: int, action: Callable[..., None]) -> HttpResponse:
    job = visible_job(request, pk)
    if not may_act(request, job):
        raise Http404
    try:
        action(job, by=request.scope)
    except Refusal as refusal:
        say_no(request, refusal)
    return redirect("jobs:detail", pk=pk)


def _links(request: HttpRequest, state: str, whose: str) -> Callable[..., str]:
    """Builder of links that keep the filters and the unit in force."""

    def link(**changes: object) -> str:
        wanted = {"state": state, "whose": whose, "unit": request.GET.get("unit", ""), **changes}
        pairs = {key: value for key, value in wanted.items() if value}
        return f"{reverse('jobs:list')}?{urlencode(pairs)}" if pairs else reverse("jobs:list")

    return link
