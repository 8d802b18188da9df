"""Long work on records, run by the job ledger."""

from accounts.choices import Role
from accounts.jobs import JobContext, register_job
from elections.actions import open_orgs
from elections.models import Round


@register_job("orgs.open", label="开立村情档案", roles=(Role.CITY_OFFICE,))
def open_records(ctx: JobContext) -> None:
    """Open the records of one round; running it twice adds nothing."""
    round = Round.objects.visible_to(ctx.scope).select_related("area").get(pk=ctx.params["round"])
    ctx.progress(0, 1, "按区划开立")
    created = open_orgs(round, by=ctx.scope)
    ctx.progress(1, 1, "完成")
    ctx.finish(f"新开立 {created:,} 个村(社区)的档案")
