"""The workbook of 与公布对照, run by the job ledger."""

from accounts import audit
from accounts.choices import OFFICE_ROLES
from accounts.exports import save_export
from accounts.jobs import JobContext, register_job
from reports import audit_types
from reports.actions.exports import Place
from reports.actions.publications import publish
from reports.choices import PublicationKind
from reports.comparison_sheets import comparison_sheets
from reports.queries.clock import database_now
from reports.queries.comparison import Asked, compared_with, comparison
from reports.queries.season import Season
from reports.queries.settings import table_on
from reports.rules.rollup_layouts import layouts, own_items
from reports.tasks import asked_for, moment_asked, printed_of


@register_job("rollup.comparison", label="导出与公布对照", roles=OFFICE_ROLES, shared=False)
def export_comparison(ctx: JobContext) -> None:
    """Write both sides of a table, and every report that came in between; what is known now is kept as given out."""
    round, unit, day = asked_for(ctx)
    layout = layouts(own_items(table_on(round, day)))[ctx.params["table"]]
    tree, mode = ctx.params["tree"], ctx.params["mode"]
    asked = Asked(Season((round,)), unit, day, layout, mode, tree)
    moment = moment_asked(ctx) or database_now()
    then = compared_with(ctx.scope, asked, moment, ctx.params["then"])
    ctx.progress(0, 1, f"对照 {unit.name}")
    found = comparison(ctx.scope, asked, then, moment)
    audit.act(ctx.scope, audit_types.ROLLUP_EXPORTED, round, after={"unit": unit.code, "date": day})
    place = Place(round, unit, day, tree, moment)
    given = publish(
        place, [found.table], kind=PublicationKind.EXPORT, mode=mode, form="comparison", by=ctx.scope
    )
    printed = printed_of(given)
    name = f"{unit.name}{layout.title}{day:%m%d}与公布对照"
    save_export(ctx, comparison_sheets(found, scope=ctx.scope, printed=printed), f"{name}.xlsx", unit=unit)
    ctx.progress(1, 1, "完成")
    ctx.finish(f"{name} 已生成，更正和补报 {len(found.late)} 件")
