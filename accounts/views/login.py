"""Sign in, sign out, change one's password."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.abilities import powers_of
from accounts.actions import people
from accounts.auth import rules
from accounts.auth.devices import set_device_cookie
from accounts.auth.signin import sign_in, sign_out
from accounts.auth.stages import pending_stage
from accounts.choices import OFFICE_ROLES
from accounts.doors import allow_all, ends_session, public
from accounts.errors import Refusal
from accounts.forms import PasswordForm, SignInForm
from accounts.typed_again import say_no


@public
@ends_session
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def login_page(request: HttpRequest) -> HttpResponse:
    """The sign-in page; afterwards the page that was asked for, if it is ours."""
    onward = safe_next(request)
    if request.method == "GET" and getattr(request, "scope", None) is not None:
        return redirect(onward)
    form = SignInForm(request.POST or None)
    ended = rules.ENDED.get(request.GET.get("ended", ""), "")
    status = 200
    if form.is_valid():
        try:
            mark = sign_in(request, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal)
            status = refusal.status
        else:
            if not mark:
                return redirect(f"{reverse('second-factor')}?{urlencode({'next': onward})}")
            response = redirect(onward)
            set_device_cookie(response, mark)
            return response
    return render(
        request, "accounts/login.html", {"form": form, "next": onward, "ended": ended}, status=status
    )


@public
@ends_session
@require_POST
def logout_page(request: HttpRequest) -> HttpResponse:
    sign_out(request)
    return redirect("login")


@allow_all
@ends_session
@never_cache
@sensitive_post_parameters("old", "new", "again")
@require_http_methods(["GET", "POST"])
def password_page(request: HttpRequest) -> HttpResponse:
    """Change one's own password; every other session of the account ends."""
    form = PasswordForm(request.user, request.POST or None)
    if form.is_valid():
        try:
            people.change_password(request, old=form.cleaned_data["old"], new=form.cleaned_data["new"])
        except Refusal as refusal:
            form.add_error(refusal.field or None, refusal)
        else:
            messages.success(request, "密码已修改，其他设备上的登录已退出")
            return redirect("today")
    facts = {"form": form, "stage": pending_stage(request.user, request)}
    return render(request, "accounts/password.html", facts, status=400 if form.errors else 200)


@allow_all
@require_GET
def own_account(request: HttpRequest) -> HttpResponse:
    """What one's own account may do and where, and how it signs in."""
    held = getattr(request, "assignments", [])
    idle = rules.idle_limit(row.role for row in held)
    facts = {
        "account": request.user,
        "setters": OFFICE_ROLES,
        "powers": powers_of(held),
        "idle_minutes": int(idle.total_seconds() // 60) if idle else None,
    }
    return render(request, "accounts/own_account.html", facts)


@allow_all
@require_POST
def own_phone(request: HttpRequest) -> HttpResponse:
    """Give, change or take back (empty) one's own telephone number."""
    try:
        user = people.set_own_phone(request, phone=request.POST.get("phone", ""))
    except Refusal as refusal:
        say_no(request, refusal)
    else:
        messages.success(request, f"联系电话已登记：{user.phone}" if user.phone else "联系电话已删去")
    return redirect("account")


@allow_all
@never_cache
@require_http_methods(["GET", "POST"])
def session_clock(request: HttpRequest) -> HttpResponse:
    """Seconds until the session ends by itself, null if it does not. GET only looks; POST is 继续."""
    return JsonResponse({"left": request.session.seconds_left})


def safe_next(request: HttpRequest) -> str:
    """The `next` address if it is on this site, else the first page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if ours else resolve_url("today")
