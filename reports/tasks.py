"""Long work on reports, run by the job ledger."""

import datetime

from django.utils import timezone

from accounts.choices import Role
from accounts.jobs import JobContext, register_job, register_timer
from accounts.scope import system_scoped
from elections.models import Round
from reports.actions.rollup import fold

SYSTEM_SCOPE = "rollup"


def fold_rounds(ctx: JobContext, rounds: list[Round]) -> int:
    """Fold each round up to today (or its last reporting day); gives the number of township days made again."""
    changed = 0
    for done, round in enumerate(rounds):
        ctx.progress(done, len(rounds), f"汇总 {round.area.name}")
        until = min(timezone.localdate(), round.reporting_to)
        if until >= round.reporting_from:
            changed += fold(round, by=ctx.scope, until=until)
    ctx.progress(len(rounds), len(rounds), "完成")
    return changed


@register_job("rollup.fold", label="汇总日报")
def fold_current(ctx: JobContext) -> None:
    """Every minute: take in what was filed since, for every current round."""
    rounds = list(Round.objects.filter(is_current=True).select_related("area").order_by("unit_path"))
    ctx.finish(f"更新 {fold_rounds(ctx, rounds):,} 个乡镇日")


@register_job("rollup.now", label="立即汇总", roles=(Role.CITY_OFFICE, Role.COUNTY_OFFICE))
def fold_now(ctx: JobContext) -> None:
    """On demand: the same fold for the round that covers the asker's unit, under the roll-up's own scope."""
    round = Round.objects.visible_to(ctx.scope).select_related("area").get(pk=ctx.params["round"])
    with system_scoped(SYSTEM_SCOPE) as scope:
        until = min(timezone.localdate(), round.reporting_to)
        changed = fold(round, by=scope, until=until) if until >= round.reporting_from else 0
    ctx.finish(f"更新 {changed:,} 个乡镇日")


register_timer(
    "rollup.fold", kind="rollup.fold", every=datetime.timedelta(minutes=1), system_scope=SYSTEM_SCOPE
)
