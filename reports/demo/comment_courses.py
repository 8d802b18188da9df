"""What the demonstration's comments were before each step, as the trigger keeps it where people work."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reports.models import Comment, CommentVersion

# What a step changes; the rest of a comment stands as it is saved in the end.
CHANGED = (
    "state",
    "version",
    "channel",
    "year",
    "due_at",
    "sent_at",
    "sent_by_id",
    "sent_by_name",
    "acknowledged_at",
    "replied_at",
    "closed_at",
    "escalated_at",
    "escalated_to_id",
    "skip_reason",
)


@dataclass
class Courses:
    """States that were replaced, in the order of the steps."""

    kept: list[tuple[Comment, datetime.datetime, dict[str, Any]]] = field(default_factory=list)

    def keep(self, comment: Comment, until: datetime.datetime) -> None:
        """Keep what holds until the step of that moment; called before the step."""
        self.kept.append((comment, until, {name: getattr(comment, name) for name in CHANGED}))

    def versions(self) -> Iterator[CommentVersion]:
        """Rows for the saved comments. A number was given with the sending."""
        since: dict[int, datetime.datetime] = {}
        names = [column.attname for column in Comment._meta.local_concrete_fields if column.attname != "id"]
        for comment, until, was in self.kept:
            facts = {name: getattr(comment, name) for name in names} | was
            facts["number"] = comment.number if was["sent_at"] else None
            yield CommentVersion(
                **facts,
                comment_id=comment.pk,
                known_from=since.get(comment.pk, comment.created_at),
                known_until=until,
            )
            since[comment.pk] = until
