"""What the register of exports shows."""

from accounts.models.exports import ExportRecord, pk_of
from accounts.scope import Scope

PAGE = 50


def export_page(scope: Scope, *, before: int | None = None) -> tuple[list[ExportRecord], int | None]:
    """(entries of the reader's area, newest first; the key of the next page or None). One query."""
    found = ExportRecord.objects.visible_to(scope).select_related("area").order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: PAGE + 1])
    return rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None


def export_with(scope: Scope, number: str) -> ExportRecord | None:
    """The entry of a number (DC0000123), or None where the reader sees none. One query."""
    pk = pk_of(number)
    if pk is None:
        return None
    return ExportRecord.objects.visible_to(scope).select_related("area").filter(pk=pk).first()
