"""Long work on records, run by the job ledger."""

import datetime

from accounts import audit
from accounts.choices import OFFICE_ROLES, Role
from accounts.exports import save_export
from accounts.jobs import JobContext, register_job
from accounts.models import Area
from accounts.moments import settle
from elections.actions import open_orgs
from elections.audit_types import ORGS_EXPORTED
from elections.exports import counts_sheet
from elections.models import Round
from elections.queries.counts import count_table


@register_job("orgs.open", label="开立村情档案", roles=(Role.CITY_OFFICE,))
def open_records(ctx: JobContext) -> None:
    """Open the records of one round; running it twice adds nothing."""
    round = Round.objects.visible_to(ctx.scope).select_related("area").get(pk=ctx.params["round"])
    ctx.progress(0, 1, "按区划开立")
    created = open_orgs(round, by=ctx.scope)
    ctx.progress(1, 1, "完成")
    ctx.finish(f"新开立 {created:,} 个村(社区)的档案")


@register_job("orgs.counts", label="导出村数表", roles=OFFICE_ROLES, shared=False)
def export_counts(ctx: JobContext) -> None:
    """Write the counts table of one unit; the same parameters give the same rows."""
    round = Round.objects.visible_to(ctx.scope).get(pk=ctx.params["round"])
    unit = Area.objects.visible_to(ctx.scope).get(code=ctx.params["unit"])
    asked = ctx.params.get("as_of", "")  # jobs asked for before there were moments have none
    moment = datetime.datetime.fromisoformat(asked) if asked else None
    ctx.progress(0, 1, "统计")
    if moment is not None:
        settle(("elections_org",), moment)
    with ctx.reading():
        table = count_table(ctx.scope, round, unit, moment)
    audit.act(ctx.scope, ORGS_EXPORTED, round, after={"unit": unit.code, "rows": len(table.rows)})
    save_export(
        ctx, [counts_sheet(table, scope=ctx.scope, moment=moment)], f"{unit.name}村数表.xlsx", unit=unit
    )
    ctx.progress(1, 1, "完成")
    ctx.finish(f"{unit.name}村数表已生成")
