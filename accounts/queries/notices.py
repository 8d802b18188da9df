"""What the bell and its list read. One query each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache

from accounts.models.notices import Notice, NoticeSetting

if TYPE_CHECKING:
    from accounts.scope import Scope

PAGE_ROWS = 50
KEPT_SECONDS = 90


def unread_key(scope: "Scope") -> str:
    """Where the last count of a person is kept."""
    return f"notices-unread:{scope.assignment_id}"


@dataclass(frozen=True)
class NoticePage:
    rows: list[Notice]
    older_than: int | None


def notice_page(scope: "Scope", *, unread: bool, before: int | None) -> NoticePage:
    """One page of own notices, newest first; `older_than` is the key of the next page."""
    found = Notice.objects.visible_to(scope)
    if unread:
        found = found.unread()
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-pk")[: PAGE_ROWS + 1])
    more = len(rows) > PAGE_ROWS
    rows = rows[:PAGE_ROWS]
    return NoticePage(rows, rows[-1].pk if more else None)


def count_unread(scope: "Scope") -> int:
    """How many were not read; the frame of every page shows the number until it is counted again."""
    count = Notice.objects.visible_to(scope).unread().count()
    if getattr(settings, "WAITING_SECONDS", 1):
        cache.set(unread_key(scope), count, KEPT_SECONDS)
    return count


def known_unread(scope: "Scope") -> int | None:
    """The number as last counted; None lets the page fetch it. No query: every page asks."""
    return cache.get(unread_key(scope))


def wants_digest(scope: "Scope") -> bool:
    """Whether this person is told once a day. One query."""
    return NoticeSetting.objects.visible_to(scope).filter(digest=True).exists()
