"""What the register of reveals shows, and how many looks an account has made today."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connections
from django.http import Http404

from accounts.models import Reveal
from accounts.reveals import Revealable, revealable
from accounts.scope import Scope

PAGE = 50


def revealable_row(scope: Scope, code: str, pk: int) -> tuple[Revealable, Any]:
    """The field and the row, through the field's own door: 403 for the role, 404 for a row or value not there."""
    what = revealable(code)
    if what is None:
        raise Http404
    if scope.role not in what.roles:
        raise PermissionDenied
    row = what.rows(scope).filter(pk=pk).first()
    if row is None or not getattr(row, what.field.attname):
        raise Http404
    return what, row


def made_today() -> int:
    """Looks of the caller's account since midnight in China, under whatever role. One query."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT reveals_today()")
        return cursor.fetchone()[0]


def reveal_page(scope: Scope, *, before: int | None = None) -> tuple[list[Reveal], int | None]:
    """(entries the reader may see, newest first; the key of the next page or None). One query."""
    found = Reveal.objects.visible_to(scope).select_related("area").order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None
