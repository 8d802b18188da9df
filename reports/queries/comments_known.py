"""Comments as known now, or as they stood at a past moment."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from django.db.models import QuerySet

from reports.models import Comment, CommentThen
from reports.queries.settled import COMMENTS, settle

if TYPE_CHECKING:
    from accounts.scope import Scope

LOST: Final = "（当时是草稿，文字以后改过，不留存）"


def comments_known(scope: "Scope", moment: datetime.datetime | None = None) -> QuerySet[Comment]:
    """Comments the scope reads; `moment`: as they stood then, one query more, once a request."""
    if moment is None:
        return Comment.objects.visible_to(scope)
    if ("comments_settled", moment) not in scope.memo:
        settle(COMMENTS, moment)
        scope.memo["comments_settled", moment] = True
    rows: Any = CommentThen.objects.filter(known_from__lte=moment, known_until__gt=moment)
    return rows.visible_to(scope)


def reworded(comments: Iterable[Comment]) -> set[int]:
    """Of comments as they stood at a moment, those unsent then whose draft has been changed since. One query."""
    unsent = {one.pk: one.version for one in comments if one.sent_at is None}
    if not unsent:
        return set()
    now = dict(Comment.objects.filter(pk__in=unsent).values_list("pk", "version"))
    return {pk for pk, version in unsent.items() if now.get(pk) != version}
