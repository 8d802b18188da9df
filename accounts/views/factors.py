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

from accounts.auth import factors, security_keys
from accounts.auth.devices import remember_device, set_device_cookie
from accounts.auth.signin import pass_second_factor
from accounts.auth.step_up import note_step_up, steps_up
from accounts.doors import allow_all
from accounts.errors import Refusal
from accounts.idempotency import shown_once
from accounts.models import User
from accounts.typed_again import say_no
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
        return _verify(request, user)
    if "add" in request.GET and not factors.held_factors(user)["totp"]:
        add = steps_up(_enrol) if request.method == "POST" else _enrol
        return add(request, user=user, forced=False)
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
def key_add(request: HttpRequest) -> HttpResponse:
    """Register a further security key."""
    user = User.objects.get(pk=request.user.pk)
    if user.second_factor_since is None:
        return redirect("second-factor")
    try:
        security_keys.add_key(
            request, user, answer=request.POST.get("key", ""), name=request.POST.get("name", "")
        )
    except Refusal as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, "安全密钥已登记")
    return redirect("second-factor")


@allow_all
@never_cache
@require_POST
@steps_up
def key_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename (`name`) or take away (`remove`) one's own security key."""
    user = User.objects.get(pk=request.user.pk)
    try:
        if "remove" in request.POST:
            security_keys.remove_key(request, user, pk)
            messages.success(request, "安全密钥已删去")
        else:
            security_keys.rename_key(user, pk, request.POST.get("name", ""))
            messages.success(request, "已改名")
    except Refusal as refusal:
        say_no(request, refusal)
    return redirect("second-factor")


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
            codes = _enrolled(request, user)
        except Refusal as refusal:
            error = refusal.messages[0]
        else:
            if not codes:
                messages.success(request, "手机验证码已启用")
                return redirect("second-factor")
            note_step_up(request)
            response = _codes_once(request, codes)
            set_device_cookie(response, remember_device(request, user))
            return response
    secret = factors.secret_of(request)
    adapter = get_adapter()
    svg = adapter.build_totp_svg(adapter.build_totp_url(user, secret))
    first = user.second_factor_since is None
    facts = {
        "first": first,
        "key_options": security_keys.begin_adding(request, user) if first else "",
        "keys_work": security_keys.works_at(request),
        "forced": forced,
        "error": error,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "picture": f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}",
    }
    return render(request, "accounts/factor_enrol.html", facts, status=400 if error else 200)


def _enrolled(request: HttpRequest, user: User) -> list[str]:
    if key := request.POST.get("key", ""):
        return security_keys.add_key(request, user, answer=key, name=request.POST.get("name", ""))
    return factors.enrol_totp(request, code=request.POST.get("code", ""))


def _verify(request: HttpRequest, user: User) -> HttpResponse:
    error, status = "", 200
    onward = safe_next(request)
    if request.method == "POST":
        try:
            mark = pass_second_factor(
                request, code=request.POST.get("code", ""), key=request.POST.get("key", "")
            )
        except Refusal as refusal:
            error, status = refusal.messages[0], refusal.status
        else:
            response = redirect(onward)
            set_device_cookie(response, mark)
            return response
    facts = {
        "error": error,
        "next": onward,
        "key_options": security_keys.begin_signing(request, user),
        "keys_work": security_keys.works_at(request),
        "has_code": bool(factors.held_factors(user)["totp"]),
    }
    return render(request, "accounts/factor_verify.html", facts, status=status)


def _overview(request: HttpRequest, user: User) -> HttpResponse:
    held = factors.held_factors(user)
    left = [len(RecoveryCodes(row).get_unused_codes()) for row in held["recovery_codes"]]
    facts: dict[str, Any] = {
        "account": user,
        "totp": held["totp"],
        "keys": [(row, row.wrap().name) for row in held["webauthn"]],
        "key_options": security_keys.begin_adding(request, user),
        "keys_work": security_keys.works_at(request),
        "codes_left": sum(left),
        "required": factors.required(user),
    }
    return render(request, "accounts/factor_overview.html", facts)


def _codes_once(request: HttpRequest, codes: list[str]) -> HttpResponse:
    shown = [f"{code[:4]} {code[4:]}" for code in codes]
    return shown_once(render(request, "accounts/factor_codes.html", {"codes": shown}, status=201))
