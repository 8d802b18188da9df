"""What a dated change of the tree means for reports and totals (`accounts.area_moves`)."""

import datetime
from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.utils import timezone

from accounts import area_moves, audit
from accounts.area_moves import Change, Share
from accounts.choices import AreaOperationKind, Level
from accounts.errors import Refusal
from accounts.models import Area
from accounts.querysets import path_range
from elections.models import Round
from reports import audit_types
from reports.actions.rollup import rebuild
from reports.choices_comments import CommentState
from reports.models import Comment, DailyDraft, DailyRevision, DailySheet, RollupRow
from reports.rules import states
from reports.rules.comments import OPEN

if TYPE_CHECKING:
    from accounts.scope import Scope

UNCHANGED = (AreaOperationKind.RENAME, AreaOperationKind.RETYPE)


def tell(change: Change) -> list[str]:
    """The sentences of the preview: what happens to reports, drafts and totals, and which days are made again."""
    if change.kind in UNCHANGED:
        return []
    said = ["已报日报一字不改；生效日以前各日的汇总不变。"]
    for round, first, last in _spans(change):
        days = max((last - first).days + 1, 0)
        said.append(
            f"{round.name}：自 {first} 起重算 {days} 天的汇总。"
            if days
            else f"{round.name}：生效日起按新上级汇总。"
        )
    if change.roots and _level(change.roots) == Level.VILLAGE:
        said.append(
            "划出的村在新乡镇首次报送以前，仍按原乡镇最后一次报送计入原乡镇；首次报送以后只计入新乡镇。"
        )
    if change.closed and _level(change.closed) == Level.TOWNSHIP:
        said.append("合并后的乡镇首次报送以前，其数显示未报；被撤并的乡镇自生效日起不再应报。")
    if change.closed:
        refuse_filed(change)
    return [*said, *_open_matters(change)]


def _open_matters(change: Change) -> list[str]:
    """What is under way in the units that move or end: days open for correction, comments without an end."""
    units = Area.objects.filter(pk__in=(*change.roots, *change.closed)).values_list("path", flat=True)
    here, there = Q(pk__in=()), Q(pk__in=())
    for path in units:
        here |= path_range(path)
        there |= path_range(path, "recipient_path")
    open_days = DailySheet.objects.filter(here, state__in=(*states.OPENED, "correction_requested")).count()
    comments = Comment.objects.filter(there, state__in=OPEN).count()
    said = []
    if open_days:
        said.append(
            f"有 {open_days} 个乡镇日正在退回、重开或更正，变更后由新上级接着办；撤并单位的到时自行关闭。"
        )
    if comments:
        said.append(f"有 {comments} 件点评未办结：划出的单位照旧答复原发出单位，撤并单位的随即办结。")
    return said


def refuse_filed(change: Change) -> None:
    """A unit that has reported for a day cannot have ended before it."""
    last = (
        DailyRevision.objects.filter(area__in=change.closed, date__gte=change.day).order_by("-date").first()
    )
    if last is not None:
        raise Refusal(
            "area_has_filed",
            f"被撤并的单位已有 {last.date} 的日报，生效日须在这一天之后",
            field="effective_on",
            source="日报",
            status=409,
        )


def carry_out(change: Change, by: "Scope") -> list[str]:
    """Drafts follow their villages, comments follow the unit; what was filed is not touched."""
    if change.kind in UNCHANGED:
        return []
    refuse_filed(change)
    for round, first, last in _spans(change):
        audit.act(by, audit_types.ROLLUP_FOLDED, round, after={"first": first, "last": last})
        _move_drafts(round, change)
    return _settle_comments(change, by)


def finish(changes: list[Change], by: "Scope") -> list[str]:
    """Totals from the earliest of the days on are made again, once for each round."""
    spans: dict[int, tuple[Round, datetime.date, datetime.date]] = {}
    for change in changes:
        for round, first, last in [] if change.kind in UNCHANGED else _spans(change):
            known = spans.get(round.pk)
            spans[round.pk] = (round, min(first, known[1]) if known else first, last)
    said = []
    for round, first, last in spans.values():
        audit.act(by, audit_types.ROLLUP_FOLDED, round, after={"first": first, "last": last})
        RollupRow.objects.filter(round=round, date__gte=first).delete()
        made = rebuild(round, by=by, first=first, last=last)
        said.append(f"{round.name}：重算 {made:,} 个乡镇日")
    return said


def _settle_comments(change: Change, by: "Scope") -> list[str]:
    """Drafts to units that left or ended are not sent; open comments to or from units that ended are closed.

    Open comments to a unit that left follow it: it and its new superior read them, it goes on answering its sender.
    """
    ended = Q(recipient__in=change.closed) | Q(area__in=change.closed)
    drafts = Comment.objects.filter(ended | Q(recipient_left=True), state=CommentState.DRAFT)
    owed = Comment.objects.filter(ended, state__in=OPEN)
    said = []
    if number := drafts.count():
        audit.act(by, audit_types.COMMENT_SKIPPED, Comment, after={"drafts": number}, unit_path=change.city)
        reason = f"{change.day} 区划变更，收到单位已划出或撤并"
        drafts.update(state=CommentState.SKIPPED, skip_reason=reason, version=F("version") + 1)
        said.append(f"{number} 件点评草稿不再发出")
    if number := owed.count():
        audit.act(by, audit_types.COMMENT_CLOSED, Comment, after={"closed": number}, unit_path=change.city)
        owed.update(state=CommentState.CLOSED, closed_at=timezone.now(), version=F("version") + 1)
        said.append(f"{number} 件未办结的点评随单位撤并办结")
    return said


def _move_drafts(round: Round, change: Change) -> None:
    """Drafts of open days go to the township that now reports the village; those of villages that ended are dropped."""
    drafts = DailyDraft.objects.filter(round=round, date__gte=change.day)
    drafts.filter(area__in=change.closed).delete()
    sheets = DailySheet.objects.filter(round=round, date__gte=change.day)
    moved = Area.objects.filter(pk__in=change.roots, level=Level.VILLAGE)
    opened = Area.objects.filter(code__in=change.opened, level=Level.VILLAGE)
    for village in (*moved, *opened):
        drafts.filter(area=village).update(township=village.parent_id)
        missing = sheets.filter(area=village.parent_id).exclude(
            date__in=drafts.filter(area=village).values("date")
        )
        DailyDraft.objects.bulk_create(
            DailyDraft(round=round, township_id=village.parent_id, area=village, date=sheet.date)
            for sheet in missing
        )


def _spans(change: Change) -> list[tuple[Round, datetime.date, datetime.date]]:
    """Current rounds of the city with the days whose totals are made again."""
    today = timezone.localdate()
    rounds = Round.objects.current().filter(area__path=change.city).select_related("area").order_by("pk")
    return [
        (round, max(change.day, round.reporting_from), min(today, round.reporting_to)) for round in rounds
    ]


def _level(units: tuple[int, ...]) -> int | None:
    return Area.objects.filter(pk__in=units).values_list("level", flat=True).first()


def declare() -> None:
    area_moves.register(20, Share("reports", "日报与汇总", tell, carry_out, finish))
