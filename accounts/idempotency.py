"""One submission is one act: a second click, a retry after a lost answer, twenty at once (security T27, T28).

A program sends `Idempotency-Key`; a form carries the key its page was drawn with (`{% csrf_token %}`). The first
submission notes the key in its own transaction, so that the act and the note stand or fall together; another one
with the same key waits for the first and is then given its answer. Only answers that did something are kept.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from django.db import DatabaseError, OperationalError, connections, transaction
from django.http import HttpRequest, HttpResponse

from accounts import sealed
from accounts.errors import Refusal
from accounts.models import IdempotencyKey

if TYPE_CHECKING:
    from accounts.scope import Scope

HEADER, FIELD = "Idempotency-Key", "idempotency_key"
METHODS = ("POST", "PUT", "PATCH", "DELETE")
FORM = re.compile(r"[A-Za-z0-9._~-]{8,80}")
# A longer answer is not kept: a repeat of it is told to look at what the first one did.
ANSWER_LIMIT = 256 * 1024
# Besides these the answer's own headers are made anew (cookies above all).
KEPT_HEADERS = ("Content-Type", "Location")
NOT_CONTENT = (FIELD, "csrfmiddlewaretoken")
Answer = TypeVar("Answer", bound=HttpResponse)


@dataclass
class Claim:
    """The note of one submission; `replay` is the answer of an earlier one, if there was any."""

    row: int | None
    name: str
    replay: HttpResponse | None = None


def key_of(request: HttpRequest) -> str:
    """The submission's key, '' for none. Refusal key_malformed (400)."""
    if request.method not in METHODS:
        return ""
    key = request.headers.get(HEADER, "")
    if not key and request.method == "POST" and request.content_type != "application/json":
        key = request.POST.get(FIELD, "")
    if key and not FORM.fullmatch(key):
        raise Refusal(
            "key_malformed", "幂等键须为 8 至 80 个字母、数字或 . _ ~ -", field=HEADER, source="防重复提交"
        )
    return key


def claim(request: HttpRequest, scope: "Scope", *, apart: bool = False) -> Claim | None:
    """Note the submission; None when it carries no key. One query, three for a repeat.

    `apart`: the note is committed before the work (views that take a file), so a second one cannot wait for the
    first and is refused while it runs. Refusal key_reused (422), still_running (409), answer_gone (409).
    """
    key = key_of(request)
    if not key or scope.assignment_id is None:
        return None
    digest = content_digest(request)
    name = f"{scope.assignment_id} {key}"
    try:
        with connections["default"].cursor() as cursor:
            # Waits here while another transaction holds the same key.
            cursor.execute(
                "INSERT INTO accounts_idempotencykey (assignment_id, key, digest, headers, answer) "
                "VALUES (%s, %s, %s, '{}', '') ON CONFLICT DO NOTHING RETURNING id",
                [scope.assignment_id, key, digest],
            )
            made = cursor.fetchone()
    except OperationalError as error:
        raise _still_running() from error
    if made:
        return Claim(made[0], name)
    kept = IdempotencyKey.objects.get(assignment_id=scope.assignment_id, key=key)
    if kept.digest != digest:
        raise Refusal(
            "key_reused",
            "同一个幂等键提交了另一份内容，没有写入；刷新页面(程序请换一个键)后再提交",
            field=HEADER,
            source="防重复提交",
            status=422,
        )
    if kept.status is None:
        raise _still_running()
    return Claim(None, name, _replay(kept, name))


def shown_once(response: Answer) -> Answer:
    """Mark an answer that holds a secret: a repeat of the submission is told that it is done, and not told the secret."""
    response.shown_once = True  # type: ignore[attr-defined]
    return response


def keep(claimed: Claim | None, response: HttpResponse, *, done: bool) -> None:
    """Keep what a submission was answered, or forget the key when nothing was `done`. One query in a savepoint.

    A refusal is forgotten also where it is a redirect with a message: who goes back to the form and mends it, sends
    other content under the same key.
    What withdrew the caller's own access has ended this scope too: then nothing can be kept, and the act stands.
    """
    if claimed is None or claimed.row is None or connections["default"].needs_rollback:
        return
    try:
        with transaction.atomic(using="default"):
            _keep(claimed.row, claimed.name, response, done)
    except DatabaseError as error:
        if "unknown scope token" not in str(error):
            raise


def _keep(row: int, name: str, response: HttpResponse, done: bool) -> None:
    rows = IdempotencyKey.objects.filter(pk=row)
    if not done:
        rows.delete()
        return
    # What may be seen once is not kept to be seen again.
    once = getattr(response, "shown_once", False)
    whole = not once and not response.streaming and len(response.content) <= ANSWER_LIMIT
    rows.update(
        status=response.status_code,
        headers={
            name: value
            for name, value in response.items()
            if name in KEPT_HEADERS or name.upper().startswith("HX-")
        },
        answer=sealed.seal_bytes(response.content, name) if whole else b"",
    )


def forget(claimed: Claim | None) -> None:
    """Forget the key of a submission that was committed apart and then failed. One query."""
    if claimed is not None and claimed.row is not None:
        IdempotencyKey.objects.filter(pk=claimed.row).delete()


def content_digest(request: HttpRequest) -> str:
    """SHA-256 of method, path and content; how a form was encoded and its csrf mark do not count."""
    found = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type in ("multipart/form-data", "application/x-www-form-urlencoded"):
        for name, values in sorted(request.POST.lists()):
            if name not in NOT_CONTENT:
                found.update(repr((name, values)).encode())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                found.update(repr((name, file.name)).encode())
                for chunk in file.chunks():
                    found.update(chunk)
                file.seek(0)
    else:
        found.update(request.body)
    return found.hexdigest()


def _replay(kept: IdempotencyKey, name: str) -> HttpResponse:
    sealed_answer = bytes(kept.answer)
    if not sealed_answer:
        raise Refusal(
            "answer_gone",
            "这一步刚才已经办成，没有再办一次；请刷新页面查看",
            field=HEADER,
            source="防重复提交",
            status=409,
        )
    response = HttpResponse(
        sealed.unseal_bytes(sealed_answer, name), status=kept.status, headers=kept.headers
    )
    response["Idempotent-Replay"] = "true"
    return response


def _still_running() -> Refusal:
    return Refusal(
        "still_running",
        "同一次提交正在办理，请稍候；完成后刷新页面查看",
        field=HEADER,
        source="防重复提交",
        status=409,
    )
