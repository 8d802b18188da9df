"""Keyset pages: the next page starts after a key, so page 5,000 costs what page 1 costs."""

import re
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

PAGE_SIZE: Final = 100
_CURSOR: Final = re.compile(r"[0-9A-Za-z._-]{1,80}")


@dataclass(frozen=True)
class KeysetPage:
    """Rows in ascending order of the key, and the cursors of the neighbouring pages ('' = none)."""

    rows: list[Any]
    next: str
    previous: str


def path_cursor(path: str) -> str:
    """A path as it stands in a URL: dots for slashes."""
    return path.strip("/").replace("/", ".")


def cursor_path(cursor: str) -> str:
    """The path a cursor names; '' for anything that is not a cursor."""
    return cursor.replace(".", "/") + "/" if _CURSOR.fullmatch(cursor) else ""


def path_page(
    queryset: QuerySet, *, after: str = "", before: str = "", size: int = PAGE_SIZE, field: str = "unit_path"
) -> KeysetPage:
    """One page of a queryset ordered by the unique path `field`. One query.

    `after` / `before` are cursors; `after` wins when both are given, none means the first page.
    """
    low, high = cursor_path(after), cursor_path(before)
    if high and not low:
        rows = list(queryset.filter(**{f"{field}__lt": high}).order_by(f"-{field}")[: size + 1])
        more, rows = len(rows) > size, rows[:size][::-1]
        return KeysetPage(rows, _key(rows, -1, field), _key(rows, 0, field) if more else "")
    if low:
        queryset = queryset.filter(**{f"{field}__gt": low})
    rows = list(queryset.order_by(field)[: size + 1])
    more, rows = len(rows) > size, rows[:size]
    return KeysetPage(rows, _key(rows, -1, field) if more else "", _key(rows, 0, field) if low else "")


def capped_count(queryset: QuerySet, cap: int = 10_000) -> tuple[int, bool]:
    """(rows, exact): counts no further than `cap`, so that a count never scans a whole country."""
    found = queryset.order_by().values("pk")[: cap + 1].count()
    return min(found, cap), found <= cap


def _key(rows: list[Any], index: int, field: str) -> str:
    return path_cursor(getattr(rows[index], field)) if rows else ""
