"""/system/users/requests/: what two administrators do together."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.actions import grants
from accounts.auth.step_up import steps_up
from accounts.doors import allow
from accounts.models import GrantRequest
from accounts.queries.people import grant_requests, visible_users
from accounts.rules.people import MANAGERS
from accounts.typed_again import say_no


@allow(*MANAGERS)
@never_cache
@require_GET
def request_list(request: HttpRequest) -> HttpResponse:
    """Requests of the reader's area: those waiting, oldest first, then the last decided ones. Two queries."""
    waiting, decided = grant_requests(request.scope)
    facts = {
        "waiting": waiting,
        "decided": decided,
        "account": request.user.pk,
        "steps": [("账号", reverse("users:list")), ("双人办理", "")],
    }
    return render(request, "accounts/grant_requests.html", facts)


@allow(*MANAGERS)
@require_POST
@steps_up
def request_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """`approve` is 1 or 0; declining needs `answer`."""
    asked = get_object_or_404(GrantRequest.objects.visible_to(request.scope), pk=pk)
    approve = request.POST.get("approve") == "1"
    answer = request.POST.get("answer", "")
    try:
        grants.decide(asked, approve=approve, answer=answer, by=request.scope)
    except ValidationError as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, f"已同意：{asked.holder_name}，{asked.what}" if approve else "已答复不同意")
    return redirect("users:requests")


@allow(*MANAGERS)
@require_POST
@steps_up
def factor_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask to take away the second factor of somebody who has lost it."""
    user = get_object_or_404(visible_users(request.scope), pk=pk)
    try:
        grants.ask_factor_removal(user, reason=request.POST.get("reason", ""), by=request.scope)
    except ValidationError as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, "申请已提交，等另一名管理员审批")
    return redirect("users:detail", pk=pk)
