"""A refused form keeps what was typed into it, whichever view refused it (docs/decisions/0016).

A view that refuses says so above its page: with a message and a redirect, with the page itself (400, 409), or with an
error page. Here, once for all of them, the form on the page that follows is filled as it was sent; what has no place
there is shown to be copied. What follows a redirect waits for that page in the session: sealed, for minutes, once.
"""

import json
import re
import time
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string

from accounts import sealed
from accounts.auth.step_up import HIDDEN
from accounts.errors import codes
from accounts.refill import refill

GetResponse = Callable[[HttpRequest], HttpResponse]

KEPT = "refused_form"
KEPT_SECONDS, KEPT_LENGTH = 600, 256 * 1024
OWN = tuple(HIDDEN)
# Beside what a view itself calls sensitive: never drawn again, nowhere kept.
SECRET = frozenset({*OWN, "password", "old", "new", "again", "code", "key", "phone"})
# Codes, numbers and choices are not worth copying; a sentence is.
SENTENCE = re.compile(r"[^\x00-\x7f]|\s")
# Under the messages of a page, else at its end.
PLACES = ("<!-- typed again -->", "</main>")
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class Told(FallbackStorage):
    """Messages of a request; of which levels they were, and what was refused (MESSAGE_STORAGE)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.levels: set[int] = set()
        self.refusals: list[str] = []

    def add(self, level: int, message: str, extra_tags: str = "") -> None:
        self.levels.add(int(level))
        if level == messages.ERROR:
            self.refusals.append(str(message))
        super().add(level, message, extra_tags)


def say_no(request: HttpRequest, error: ValidationError, lead: str = "") -> None:
    """Say above the next page why nothing was done, `lead` before it, with the code of each refusal.

    The only place that tells an error: `tests/security/test_typed_again.py` finds any other.
    """
    known = [code for code in dict.fromkeys(codes(error)) if code != "invalid"]
    messages.error(request, f"{lead}{'；'.join(error.messages)}", extra_tags="、".join(known))


def was_refused(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether nothing was done: an error's status, or a redirect with a message that says why not."""
    told = getattr(getattr(request, "_messages", None), "levels", set())
    return response.status_code >= 400 or (messages.ERROR in told and messages.SUCCESS not in told)


class TypedAgainMiddleware:
    """Fill the form of a refused submission again. No query but the session's, and that only after a refusal."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith("/api/") or getattr(request, "distrusted", False):
            return response
        if request.method == "POST":
            if was_refused(request, response) and (posted := _posted(request)):
                _answer(request, response, posted)
        elif request.method == "GET" and response.status_code == 200 and _is_page(response):
            _take_up(request, response)
        return response


def _answer(request: HttpRequest, response: HttpResponse, posted: QueryDict) -> None:
    """Fill the page that refuses, or keep what was typed for the page it leads to."""
    if not 300 <= response.status_code < 400:
        if _is_page(response):
            _fill(response, request.path, request.path, posted)
        return
    after = urlsplit(response["Location"])
    # A browser opens the page at the fragment, where the message at its top is out of sight.
    said = request._messages.refusals if after.fragment else []
    text = json.dumps([posted.urlencode(), said])
    if request.user.is_authenticated and len(text) <= KEPT_LENGTH:
        request.session[KEPT] = {
            "page": after.path,
            "form": request.path,
            "at": int(time.time()),
            "typed": sealed.seal_text(text, _name(request)),
        }


def _take_up(request: HttpRequest, response: HttpResponse) -> None:
    """The page that a refusal led to: once, and only where the session has been read anyway."""
    session = getattr(request, "session", None)
    if session is None or not session.accessed or not (kept := session.get(KEPT)):
        return
    if kept["page"] != request.path:
        return
    del session[KEPT]
    if time.time() - kept["at"] <= KEPT_SECONDS:
        try:
            typed, said = json.loads(sealed.unseal_text(kept["typed"], _name(request)))
        except sealed.SealBroken:  # the key was changed meanwhile
            return
        _fill(response, request.path, kept["form"], QueryDict(typed), said)


def _fill(
    response: HttpResponse, path: str, action: str, posted: QueryDict, said: Iterable[str] = ()
) -> None:
    head = "".join(str(render_to_string("components/refused.html", {"text": text})) for text in said)
    page, placed = refill(response.content.decode(), path, action, posted, OWN, head)
    left = [
        text
        for name, texts in posted.lists()
        if name not in placed
        for text in texts
        if len(text) > 4 and SENTENCE.search(text)
    ]
    if left:
        piece = render_to_string("components/typed.html", {"texts": left})
        place = next((mark for mark in PLACES if mark in page), "")
        page = page.replace(place, f"{piece}{place}", 1) if place else page
    response.content = page.encode()


def _posted(request: HttpRequest) -> QueryDict | None:
    """What was typed, without marks and secrets; None for what is no form, or was never read as one."""
    sensitive = getattr(request, "sensitive_post_parameters", ())
    if request.content_type not in FORMS or sensitive == "__ALL__" or not hasattr(request, "_post"):
        return None
    left = request.POST.copy()
    for name in (*SECRET, *sensitive):
        left.pop(name, None)
    return left


def _is_page(response: HttpResponse) -> bool:
    return not response.streaming and response.get("Content-Type", "").startswith("text/html")


def _name(request: HttpRequest) -> str:
    return f"refused form of {request.user.pk}"
