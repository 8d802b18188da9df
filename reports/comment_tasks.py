"""Jobs of the comments: drafting after the cut-offs, what is overdue, the list as a workbook."""

import datetime

from accounts.choices import Level
from accounts.jobs import JobContext, register_job, register_timer
from elections.models import Round
from reports.actions.comment_drafting import open_comments, senders_without_round
from reports.actions.comment_replies import escalate
from reports.actions.rollup import fold
from reports.queries.clock import database_now
from reports.queries.comment_rules import setting_of, writing_levels
from reports.queries.settings import cut_offs
from reports.rules.days import local_day, why_not_asked
from reports.rules.timing import due_at

SYSTEM_SCOPE = "comments"


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


register_timer(
    "comments.draft", kind="comments.draft", every=datetime.timedelta(minutes=5), system_scope=SYSTEM_SCOPE
)
