"""Before a sensitive act the password or the second factor is asked for again, unless it was given within 5 minutes.

On a screen a security key does as well as a password or a code; a program proves it with a password or a code.

A screen keeps what was typed: the page that asks carries the form's values and sends them on with the proof, so the
act goes on where it stood. The API answers 403 `step_up_required` and says where to prove it.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters

from accounts import audit, audit_types
from accounts.auth import factors, rules, security_keys
from accounts.auth.attempts import Caller, open_attempt, pass_attempt
from accounts.auth.devices import known_device
from accounts.errors import Refusal
from accounts.idempotency import NOT_CONTENT
from accounts.models import ApiToken, User

if TYPE_CHECKING:
    from accounts.doors import View

STEP_UP_KEY = "stepped_up"
PROOF, KEY_PROOF = "step_up_proof", "step_up_key"
HIDDEN = frozenset({*NOT_CONTENT, PROOF, KEY_PROOF})
HOW = "请先再次确认本人：向 /api/v1/auth/step-up/ 提交 proof（密码，或已启用的验证码），5 分钟内有效"


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person proved it within the last five minutes, in this session or with this token."""
    token: ApiToken | None = getattr(request, "api_token", None)
    now = timezone.now()
    if token is not None:
        return now - token.stepped_up_at <= rules.STEP_UP
    at = request.session.get(STEP_UP_KEY)
    return at is not None and 0 <= now.timestamp() - at <= rules.STEP_UP.total_seconds()


def note_step_up(request: HttpRequest) -> None:
    """The person has just proved it: at sign-in, or when asked again."""
    token: ApiToken | None = getattr(request, "api_token", None)
    if token is not None:
        with transaction.atomic(using="login"):
            audit.act(None, audit_types.STEPPED_UP, token.user, using="login", unit_path="")
            ApiToken.objects.filter(pk=token.pk).update(stepped_up_at=Now())
        return
    request.session[STEP_UP_KEY] = int(timezone.now().timestamp())


def require_step_up(request: HttpRequest) -> None:
    """Refuse the act (403 `step_up_required`) unless the person has proved it within five minutes."""
    if not is_fresh(request):
        request.asks_step_up = True
        raise Refusal("step_up_required", HOW, status=403)


def prove(request: HttpRequest, proof: str) -> None:
    """The password, or a code of the second factor where there is one; tries count like tries to sign in."""
    user = User.objects.get(pk=request.user.pk)
    if user.second_factor_since is not None and _looks_like_code(proof):
        factors.verify(request, user, proof)
    else:
        device = known_device(request, user)
        address = request.META.get("REMOTE_ADDR") or None
        attempt = open_attempt(Caller(user.username, user.pk, device.pk if device else None, address))
        if not check_password(proof, user.password):
            raise Refusal("proof_wrong", "密码或验证码不正确", field=PROOF)
        pass_attempt(attempt)
    note_step_up(request)


def prove_by_key(request: HttpRequest, answer: str) -> None:
    """What one of the account's security keys signed over the challenge of the page that asks."""
    user = User.objects.get(pk=request.user.pk)
    security_keys.verify_key(request, user, answer, state_key=security_keys.PROOF_STATE_KEY)
    note_step_up(request)


def steps_up(view: View) -> View:
    """A page whose POST needs step-up: asks on the way, keeps what was typed, and goes on with the same act."""

    return _asking(view, reading=False)


def steps_up_to_read(view: View) -> View:
    """What is asked for before it is shown: a GET needs step-up, too, and its page posts the proof to the same address."""
    return _asking(view, reading=True)


def _asking(view: View, *, reading: bool) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if (request.method != "POST" and not reading) or is_fresh(request):
            return view(request, *args, **kwargs)
        error = ""
        if PROOF in request.POST or KEY_PROOF in request.POST:
            try:
                _prove_on_screen(request)
            except Refusal as refusal:
                error = refusal.messages[0]
            else:
                return view(request, *args, **kwargs)
        return _ask(request, error)

    return sensitive_post_parameters(PROOF)(guarded)


def _prove_on_screen(request: HttpRequest) -> None:
    if answer := request.POST.get(KEY_PROOF, ""):
        prove_by_key(request, answer)
    else:
        prove(request, request.POST.get(PROOF, ""))


def _ask(request: HttpRequest, error: str) -> HttpResponse:
    """The page that asks, with every typed value (a file cannot be kept: pages that take one ask beforehand)."""
    user = User.objects.get(pk=request.user.pk)
    held = factors.held_factors(user)
    facts = {
        "key_options": security_keys.begin_signing(request, user, state_key=security_keys.PROOF_STATE_KEY),
        "keys_work": security_keys.works_at(request),
        "key_field": KEY_PROOF,
        "kept": [
            (name, value) for name, values in request.POST.lists() if name not in HIDDEN for value in values
        ],
        "error": error,
        "has_code": bool(held["totp"]),
        "has_recovery": bool(held["recovery_codes"]),
        "minutes": int(rules.STEP_UP.total_seconds() // 60),
    }
    return render(request, "accounts/step_up.html", facts, status=401)


def _looks_like_code(proof: str) -> bool:
    plain = "".join(proof.split())
    return plain.isascii() and plain.isdigit() and len(plain) in (6, 8)
