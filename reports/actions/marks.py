"""Telling the roll-up that a township's day has changed."""

from typing import TYPE_CHECKING

from django.db import connections

if TYPE_CHECKING:
    from reports.models import DailyRevision

# Nothing is asked back: with RETURNING the row policies of reading would be computed beside those of writing, and the
# scope looked up twice as often. The path is filled by trigger.
MARK = "INSERT INTO reports_dirtymark (round_id, area_id, date, revision_id, unit_path) VALUES (%s, %s, %s, %s, '')"


def mark_dirty(revision: "DailyRevision") -> None:
    """Append the mark of a filed revision, in its transaction; the next fold takes it."""
    with connections["default"].cursor() as cursor:
        cursor.execute(MARK, [revision.round_id, revision.area_id, revision.date, revision.pk])
