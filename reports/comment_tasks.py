"""Jobs of the comments: drafting after the cut-offs, what is overdue, the list as a workbook."""

import datetime
from dataclasses import replace

from accounts import audit
from accounts.audit.anchors import short_head
from accounts.choices import OFFICE_ROLES, Level
from accounts.exports import save_export
from accounts.jobs import JobContext, register_job, register_timer
from accounts.models import Area
from accounts.moments import read_moment
from accounts.scope import system_scoped
from elections.models import Round
from reports import audit_types
from reports.actions.comment_drafting import open_comments, senders_without_round
from reports.actions.comment_replies import escalate
from reports.actions.rollup import fold
from reports.comment_documents import require_document
from reports.comment_export import comments_sheet, counts_sheet
from reports.comment_letter import letter_of
from reports.comment_pdf import comment_pdf
from reports.models import Comment
from reports.queries.clock import database_now
from reports.queries.comment_checks import sentences_of
from reports.queries.comment_counts import WAYS, Counting, comment_counts
from reports.queries.comment_rules import setting_of, writing_levels
from reports.queries.comments import Wanted, list_rows, numbered, side_in
from reports.queries.settings import cut_offs
from reports.rules.days import local_day, why_not_asked
from reports.rules.timing import due_at

SYSTEM_SCOPE = "comments"
DAYS = ("date", "from", "to")


def cut_off_level(level: int) -> int:
    """Whose cut-off a sender waits for: a city that of its counties, the others that of the townships."""
    return Level.COUNTY if level == Level.CITY else Level.TOWNSHIP


def draft_due(ctx: JobContext, round: Round, now: datetime.datetime) -> int:
    """Open every round whose cut-off has passed today and that is not open yet; returns the number of drafts."""
    day = local_day(now)
    if why_not_asked(round, day):
        return 0
    times, made, folded = cut_offs(round), 0, False
    for level in writing_levels(setting_of(round)):
        at = times[cut_off_level(level)]
        if now <= due_at(day, at):
            continue
        senders = senders_without_round(round, level, day)
        if senders and not folded:
            fold(round, by=ctx.scope, until=day)
            folded = True
        made += open_comments(round, senders, day, at, by=ctx.scope, now=now)
    return made


@register_job("comments.draft", label="起草点评、催办逾期")
def draft_comments(ctx: JobContext) -> None:
    """Every five minutes: what is due for each current round, then what is overdue. Run again it finds nothing left."""
    rounds = list(Round.objects.filter(is_current=True).select_related("area").order_by("unit_path"))
    now, made, raised = database_now(), 0, 0
    for done, round in enumerate(rounds):
        ctx.progress(done, len(rounds), f"起草 {round.area.name}")
        made += draft_due(ctx, round, now)
        raised += escalate(round, by=ctx.scope, now=now)
    ctx.progress(len(rounds), len(rounds), "完成")
    ctx.finish(f"起草 {made:,} 件，上提 {raised:,} 件")


@register_job("comments.draft-now", label="立即起草点评", roles=OFFICE_ROLES)
def draft_own(ctx: JobContext) -> None:
    """On demand: the asker's own round of today, under the scope of the timer; nothing before the cut-off."""
    round = Round.objects.visible_to(ctx.scope).select_related("area").get(pk=ctx.params["round"])
    own, now = ctx.scope.area, database_now()
    day, at = local_day(now), cut_offs(round)[cut_off_level(own.level)]
    if own.level not in writing_levels(setting_of(round)):
        ctx.finish("本级没有开点评起草，到点评设置里打开")
    elif why := why_not_asked(round, day):
        ctx.finish(f"{why}，不起草")
    elif now <= due_at(day, at):
        ctx.finish(f"{at:%H:%M} 截止后才能起草")
    else:
        with system_scoped(SYSTEM_SCOPE) as scope:
            fold(round, by=scope, until=day)
            senders = [unit for unit in senders_without_round(round, own.level, day) if unit.pk == own.pk]
            made = open_comments(round, senders, day, at, by=scope, now=now)
        ctx.finish(f"起草 {made} 件" if senders else "今天已经起草过")


def moment_asked(ctx: JobContext) -> datetime.datetime | None:
    """The recorded moment of the address; None for none, and in jobs asked for before there were moments."""
    text = ctx.params.get("as_of", "")
    return read_moment(text, database_now()) if text else None


@register_job("comments.export", label="导出点评清单", roles=OFFICE_ROLES, shared=False)
def export_comments(ctx: JobContext) -> None:
    """Write a filtered list of comments as a workbook."""
    params = ctx.params
    unit = Area.objects.visible_to(ctx.scope).get(code=params["unit"])
    days = [datetime.date.fromisoformat(text) if text else None for text in map(params.get, DAYS)]
    day, first, last = days
    words = [params.get(name, "") for name in ("box", "state", "of")]
    step, moment = params.get("step", ""), moment_asked(ctx)
    wanted = Wanted(unit, *words, day, params["channel"], first, last, step, moment)
    rows = list_rows(ctx.scope, wanted, database_now())
    audit.act(ctx.scope, audit_types.COMMENTS_EXPORTED, Comment, after={"unit": unit.code, "rows": len(rows)})
    save_export(ctx, [comments_sheet(rows, wanted, scope=ctx.scope)], f"{unit.name}点评清单.xlsx", unit=unit)
    ctx.finish(f"{len(rows):,} 件")


@register_job("comments.counts", label="导出点评统计", roles=OFFICE_ROLES, shared=False)
def export_counts(ctx: JobContext) -> None:
    """Write the counts of one unit as a workbook, a worksheet for each way of counting."""
    params = ctx.params
    unit = Area.objects.visible_to(ctx.scope).get(code=params["unit"])
    _, first, last = (datetime.date.fromisoformat(text) if text else None for text in map(params.get, DAYS))
    wanted = Counting(unit, "sender", first, last, params["channel"], moment_asked(ctx))
    now = database_now()
    tables = [comment_counts(ctx.scope, replace(wanted, by=by), now) for by in WAYS]
    rows = sum(len(table.lines) for table in tables)
    audit.act(
        ctx.scope, audit_types.COMMENT_COUNTS_EXPORTED, Comment, after={"unit": unit.code, "rows": rows}
    )
    sheets = [counts_sheet(table, scope=ctx.scope) for table in tables]
    save_export(ctx, sheets, f"{unit.name}点评统计.xlsx", unit=unit)
    ctx.finish(f"{tables[0].total['sent']:,} 件")


@register_job("comments.pdf", label="做成 PDF", roles=OFFICE_ROLES, shared=False)
def make_comment_pdf(ctx: JobContext) -> None:
    """Set a letter or bulletin as a PDF, for the unit that sent it or the one that received it."""
    rows = Comment.objects.visible_to(ctx.scope).select_related("area", "recipient", "round")
    comment = rows.get(pk=ctx.params["comment"])
    require_document(comment, side_in(ctx.scope, comment))
    letter = letter_of(comment, numbered(sentences_of([comment])[comment.pk]), audit_head=short_head())
    path = ctx.work_file(".pdf")
    path.write_bytes(comment_pdf(letter, comment.sent_at))
    ctx.save_result(path, f"{letter.number}.pdf")
    ctx.finish(f"{letter.number} {letter.title}")


register_timer(
    "comments.draft", kind="comments.draft", every=datetime.timedelta(minutes=5), system_scope=SYSTEM_SCOPE
)
