"""/account/second-factor/: the second step of the sign-in, and one's own second factor."""

from __future__ import annotations

import base64
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.auth import factors
from accounts.auth.devices import remember_device, set_device_cookie
from accounts.auth.signin import pass_second_factor
from accounts.auth.step_up import note_step_up, steps_up
from accounts.doors import allow_all
from accounts.errors import Refusal
from accounts.models import User
from accounts.views.login import safe_next


@allow_all
@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def factor_page(request: HttpRequest) -> HttpResponse:
    """Show the code at sign-in; else enrol, or see what is enrolled."""
    user = User.objects.get(pk=request.user.pk)
    if user.second_factor_since is None:
        forced = factors.required(user)
        enrol = _enrol if forced or request.method == "GET" else steps_up(_enrol)
        return enrol(request, user=user, forced=forced)
    if not factors.has_passed(user, request):
        return _verify(request)
    return _overview(request, user)


@allow_all
@never_cache
@require_POST
@steps_up
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes, shown once; the old ones end."""
    user = User.objects.get(pk=request.user.pk)
    if user.second_factor_since is None:
        return redirect("second-factor")
    return _codes_once(request, factors.new_recovery_codes(request))


@allow_all
@never_cache
@require_POST
@steps_up
def factor_remove(request: HttpRequest) -> HttpResponse:
    """Take one's own second factor away; who must have one is asked to enrol at once."""
    factors.remove_own(request)
    messages.success(request, "已解除第二因素，接口令牌一并作废")
    return redirect("second-factor")


def _enrol(request: HttpRequest, *, user: User, forced: bool) -> HttpResponse:
    error = ""
    if request.method == "POST":
        try:
            codes = factors.enrol_totp(request, code=request.POST.get("code", ""))
        except Refusal as refusal:
            error = refusal.messages[0]
        else:
            note_step_up(request)
            response = _codes_once(request, codes)
            set_device_cookie(response, remember_device(request, user))
            return response
    secret = factors.secret_of(request)
    adapter = get_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    facts = {
        "forced": forced,
        "error": error,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "picture": f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}",
    }
    return render(request, "accounts/factor_enrol.html", facts, status=400 if error else 200)


def _verify(request: HttpRequest) -> HttpResponse:
    error, status = "", 200
    onward = safe_next(request)
    if request.method == "POST":
        try:
            mark = pass_second_factor(request, request.POST.get("code", ""))
        except Refusal as refusal:
            error, status = refusal.messages[0], refusal.status
        else:
            response = redirect(onward)
            set_device_cookie(response, mark)
            return response
    return render(request, "accounts/factor_verify.html", {"error": error, "next": onward}, status=status)


def _overview(request: HttpRequest, user: User) -> HttpResponse:
    held = factors.held_factors(user)
    left = [len(RecoveryCodes(row).get_unused_codes()) for row in held["recovery_codes"]]
    facts: dict[str, Any] = {
        "account": user,
        "totp": held["totp"],
        "codes_left": sum(left),
        "required": factors.required(user),
    }
    return render(request, "accounts/factor_overview.html", facts)


def _codes_once(request: HttpRequest, codes: list[str]) -> HttpResponse:
    shown = [f"{code[:4]} {code[4:]}" for code in codes]
    return render(request, "accounts/factor_codes.html", {"codes": shown}, status=201)
