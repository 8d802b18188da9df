"""How long comments are kept: what was sent for good, what was not for a year.

A letter, bulletin or phone note that was sent is the office's correspondence on filed reports, which are kept for good
themselves; database and audit refuse to lose it (guard_comment, frozen replies). A draft that never went out is none.
"""

import datetime as dt
from typing import Final

from django.db import connections
from django.db.models import Exists, OuterRef, QuerySet

from accounts import audit
from accounts.retention import Rule, register
from accounts.scope import Scope
from reports import audit_types
from reports.models import Comment

DRAFTS_KEPT: Final = dt.timedelta(days=365)
ARCHIVES: Final = "机关文件材料归档范围和文书档案保管期限规定（国家档案局令第8号）"


def old_drafts(now: dt.datetime) -> QuerySet[Comment]:
    """Drafts and skipped comments that nobody has touched for a year and no other one was merged into."""
    merged = Comment.objects.filter(merged_into=OuterRef("pk"))
    rows = Comment.objects.filter(sent_at__isnull=True, updated_at__lt=now - DRAFTS_KEPT)
    return rows.exclude(Exists(merged))


def forget_drafts(now: dt.datetime) -> int:
    """Delete them with their sentences under an act of its own; what was merged goes before what it went into."""
    removed = 0
    while rows := list(old_drafts(now).values_list("pk", flat=True)[:5000]):
        if not removed:
            audit.act(
                Scope(assignment=None, area=None, unit=None, system="retention"), audit_types.DRAFTS_FORGOTTEN
            )
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT comment_versions_forget(%s)", [rows])
        Comment.objects.filter(pk__in=rows).delete()
        removed += len(rows)
    return removed


def declare() -> None:
    register(
        Rule(
            code="reports.comment_drafts",
            label="没有发出的点评（草稿、不发），自最后一次改动起",
            age=DRAFTS_KEPT,
            kept="1 年",
            then="连同语句、原貌删除",
            place="reports_comment、reports_commentsentence、reports_commentversion",
            source=f"{ARCHIVES}第四条：一般性文件的历次修改稿不归档",
            due=lambda now: old_drafts(now).count(),
            apply=forget_drafts,
        )
    )
    register(
        Rule(
            code="reports.comments_sent",
            label="发出的点评和往来",
            age=dt.timedelta.max,
            kept="永久",
            then="不清理，随届次归档",
            place="reports_comment、reports_commentsentence、reports_commentreply",
            source=f"{ARCHIVES}第三条：本机关主要职能活动的文件；与所依据的日报同样保存",
            due=lambda now: 0,
            apply=lambda now: 0,
        )
    )
