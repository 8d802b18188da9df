"""Long work on reports, run by the job ledger."""

import datetime
from collections.abc import Iterator

from django.utils import timezone

from accounts import alarms, audit
from accounts.choices import OFFICE_ROLES, Level, Role
from accounts.errors import Refusal
from accounts.exports import save_export
from accounts.jobs import JobContext, register_job, register_timer
from accounts.models import Area
from accounts.scope import system_scoped
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets.layout import Sheet
from elections.models import Round
from reports import audit_types, metrics
from reports.actions.exports import Place
from reports.actions.lifecycle import end_openings
from reports.actions.offers import OFFER, offer_days
from reports.actions.publications import look_again, publish, publish_grid, publish_villages
from reports.actions.rollup import fold
from reports.choices import PublicationKind
from reports.collecting import RESOURCE, kept
from reports.comparison_sheets import notes_sheet
from reports.exports import (
    all_villages_sheet,
    completeness_sheets,
    villages_sheet,
    workbook_sheets,
    workbook_tables,
)
from reports.models import Publication
from reports.queries.as_of import Past
from reports.queries.clock import database_now
from reports.queries.comparison import Asked, publications_of, then_of, window_of
from reports.queries.completeness import completeness
from reports.queries.drift import drift_of
from reports.queries.late_reports import late_reports
from reports.queries.receipts import altered
from reports.queries.rollup import Table
from reports.queries.season import Season
from reports.queries.settings import table_on
from reports.queries.statistical import MANAGING, STATISTICAL, townships_of
from reports.queries.village_lines import village_lines
from reports.queries.villages import villages_behind
from reports.rules.rollup_layouts import layouts, own_items

SYSTEM_SCOPE = "rollup"
LIFECYCLE_SCOPE = "lifecycle"


def fold_rounds(ctx: JobContext, rounds: list[Round]) -> int:
    """Fold all rounds up to today (or their last reporting day); gives the number of township days made again."""
    ctx.progress(0, len(rounds), f"汇总 {len(rounds):,} 个届次")
    changed = fold(*rounds, by=ctx.scope, until=timezone.localdate())
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
        changed = fold(round, by=scope, until=timezone.localdate())
    ctx.finish(f"更新 {changed:,} 个乡镇日")


@register_job("rollup.check", label="核对汇总")
def check_totals(ctx: JobContext) -> None:
    """Every ten minutes: the last folded day of each current round, added up again; a difference sounds an alarm."""
    found = 0
    for round in Round.objects.filter(is_current=True).select_related("area").order_by("unit_path"):
        day = min(timezone.localdate(), round.reporting_to)
        for drift in drift_of(round, day) or []:
            found += 1
            alarms.sound("rollup_drift", round=round.pk, day=day.isoformat(), key=drift.key)
    ctx.finish(f"不一致 {found} 项" if found else "与各乡镇上报一致")


@register_job("reports.verify", label="核对已报日报")
def verify_revisions(ctx: JobContext) -> None:
    """Every night: each filed revision of the last week against its figures and its keyed mark (T24)."""
    found = 0
    rounds = list(Round.objects.filter(is_current=True).order_by("unit_path"))
    for done, round in enumerate(rounds):
        ctx.progress(done, len(rounds), f"核对 {round.name}")
        today = timezone.localdate()
        for revision in altered(round, today - datetime.timedelta(days=7), today):
            found += 1
            alarms.sound("revision_altered", revision=revision.pk, area=revision.area_id)
    ctx.finish(f"被改动 {found} 稿" if found else "与上报时一致")


@register_job(OFFER, label="送乡镇日报表", roles=(Role.CITY_OFFICE, Role.COUNTY_OFFICE), shared=False)
def offer_collected(ctx: JobContext) -> None:
    """Lay the good files of an upload before their townships: all of them or none."""
    desk = desks.find(ctx.params["desk"], resource=RESOURCE, assignment=ctx.scope.assignment_id)
    if desk is None:
        raise Refusal("upload_expired", "上传的文件已到期删除，请重新选文件")
    files = kept(desk)
    good = sum(1 for one in files if one.is_good)
    ctx.progress(0, good, "送到乡镇面前")
    sent = offer_days(Round.objects.visible_to(ctx.scope).get(pk=ctx.params["round"]), files, by=ctx.scope)
    ctx.progress(sent, good, "完成")
    ctx.finish(f"已送 {sent} 个乡镇，由乡镇核对后采用、上报；不送的 {len(files) - sent} 个")


@register_job("publications.verify", label="重算已公布的数表")
def verify_publications(ctx: JobContext) -> None:
    """Every night: everything published of the current rounds, made again; a difference sounds an alarm."""
    found = Publication.objects.filter(round__is_current=True).order_by("pk")
    total, drifted = found.count(), 0
    for done, one in enumerate(found.select_related("area", "round__area").iterator(chunk_size=20)):
        ctx.progress(done, total, one.code)
        drifted += not look_again(one, by=ctx.scope).same
    ctx.finish(f"有出入 {drifted} 件" if drifted else f"{total:,} 件与公布时一致")


@register_job("reports.openings", label="重开到期收回")
def close_openings(ctx: JobContext) -> None:
    """Every minute: close what was returned or re-opened until a moment that has passed."""
    ended = end_openings(by=ctx.scope)
    ctx.finish(f"收回 {ended:,} 个" if ended else "没有到期的")


alarms.register("revision_altered", "已报日报被改动")
register_timer(
    "reports.verify",
    kind="reports.verify",
    every=datetime.timedelta(days=1),
    offset=datetime.timedelta(hours=19),  # 03:00 in China
    system_scope=SYSTEM_SCOPE,
)
register_timer(
    "publications.verify",
    kind="publications.verify",
    every=datetime.timedelta(days=1),
    offset=datetime.timedelta(hours=18, minutes=30),  # 02:30 in China
    system_scope=SYSTEM_SCOPE,
)
register_timer(
    "reports.openings",
    kind="reports.openings",
    every=datetime.timedelta(minutes=1),
    system_scope=LIFECYCLE_SCOPE,
)
alarms.register("rollup_drift", "汇总与上报不一致")
register_timer(
    "rollup.check", kind="rollup.check", every=datetime.timedelta(minutes=10), system_scope=SYSTEM_SCOPE
)
register_timer(
    "rollup.fold", kind="rollup.fold", every=datetime.timedelta(minutes=1), system_scope=SYSTEM_SCOPE
)


@register_job("rollup.export", label="导出汇总表", roles=OFFICE_ROLES, shared=False)
def export_totals(ctx: JobContext) -> None:
    """Write the totals of a unit: one sheet for it and one for each unit below, or a .csv of units or of villages."""
    round, unit, day = asked_for(ctx)
    layout = layouts(own_items(table_on(round, day)))[ctx.params["table"]]
    below = Area.objects.filter(parent=unit).count() if unit.level < Level.TOWNSHIP else 0
    tree = ctx.params.get("tree", MANAGING)  # jobs asked for before there were two trees
    asked_moment, mode, form = moment_asked(ctx), ctx.params["mode"], ctx.params["format"]
    moment = asked_moment or database_now()
    past = Past(ctx.scope, Season((round,)), moment, latest=asked_moment is None)
    made = _counted(ctx, workbook_tables(ctx.scope, round, unit, day, layout, mode, tree, past), below + 1)
    tables = [next(made)] if form == "csv" else list(made)
    audit.act(ctx.scope, audit_types.ROLLUP_EXPORTED, round, after={"unit": unit.code, "date": day})
    place = Place(round, unit, day, tree, moment)
    villages = (
        list(village_lines(ctx.scope, round, unit, day, layout, tree, past, ctx.progress))
        if form == "villages"
        else []
    )
    given = publish(
        place, tables, kind=PublicationKind.EXPORT, mode=mode, form=form, by=ctx.scope, villages=villages
    )
    printed = printed_of(given)
    name = f"{unit.name}{layout.title}{'按统计区划' if tree == STATISTICAL else ''}{day:%m%d}"
    if form == "villages":
        name = f"{name}（逐村）"
        save_export(ctx, [all_villages_sheet(unit, layout, villages)], f"{name}.csv", unit=unit)
    elif form == "csv":
        save_export(ctx, workbook_sheets(tables, scope=ctx.scope), f"{name}.csv", unit=unit)
    else:
        sheets = list(workbook_sheets(tables, scope=ctx.scope, printed=printed))
        sheets[1:1] = _late_sheet(ctx, Asked(past.season, unit, day, layout, mode, tree), moment)
        save_export(ctx, sheets, f"{name}.xlsx", unit=unit)
    ctx.progress(below + 1, below + 1, "完成")
    ctx.finish(f"{name} 已生成，{given.code}")


def _late_sheet(ctx: JobContext, asked: Asked, moment: datetime.datetime) -> list[Sheet]:
    """更正说明 as the second sheet, where something came after the table was published or due."""
    given = publications_of(ctx.scope, asked, moment)
    then = then_of(given, asked)
    if then is None or then.moment > moment:
        return []
    late = late_reports(ctx.scope, window_of(asked, then.moment, moment), asked.layout)
    title = f"{asked.unit.name}{asked.layout.title}"
    return [notes_sheet(late, then, moment, scope=ctx.scope, title=title)] if late else []


@register_job("rollup.villages", label="导出数字背后的村", roles=OFFICE_ROLES, shared=False)
def export_villages(ctx: JobContext) -> None:
    """Write exactly the villages behind one figure of the table."""
    round, _, day = asked_for(ctx)
    of = Area.objects.visible_to(ctx.scope).get(code=ctx.params["of"])
    key, what = ctx.params["open"], ctx.params["what"]
    townships = townships_of(of, day) if ctx.params.get("tree") == STATISTICAL else None
    ground = of if townships is None else round.area
    moment = moment_asked(ctx) or database_now()
    rows, count = villages_behind(
        ctx.scope, round, ground, day, key, what, townships=townships, moment=moment
    )
    audit.act(ctx.scope, audit_types.ROLLUP_EXPORTED, round, after={"unit": of.code, "date": day, "key": key})
    heading = metrics.by_key()[key].name
    title = f"{of.name}{heading} {count:,} 个村(社区)"
    place = Place(round, of, day, ctx.params.get("tree", MANAGING), moment)
    figure = {"open": key, "of": of.code, "what": what}
    given = publish_villages(place, figure, heading, rows, title=title, by=ctx.scope)
    sheet = villages_sheet(
        rows,
        title=title,
        heading=heading,
        day=day,
        scope=ctx.scope,
        moment=moment,
        printed=printed_of(given),
    )
    save_export(ctx, [sheet], f"{of.name}{heading}{day:%m%d}.xlsx", unit=of)
    ctx.finish(f"{count:,} 个村(社区)，{given.code}")


def printed_of(given: Publication) -> str:
    """What stands under a table that was given out."""
    return f"{given.code}，校验码 {given.digest[:12]}，审计 {given.audit_head}"


def _counted(ctx: JobContext, tables: Iterator[Table], total: int) -> Iterator[Table]:
    """The tables, each reported as it is made."""
    for done, table in enumerate(tables):
        ctx.progress(done, total, f"生成 {table.unit.name}")
        yield table


def moment_asked(ctx: JobContext) -> datetime.datetime | None:
    """The recorded moment asked for; None: as stored. Jobs asked for before there were moments have none."""
    asked = ctx.params.get("as_of", "")
    return datetime.datetime.fromisoformat(asked) if asked else None


def asked_for(ctx: JobContext) -> tuple[Round, Area, datetime.date]:
    """Round, unit and day of an export, as the asker sees them."""
    round = Round.objects.visible_to(ctx.scope).select_related("area").get(pk=ctx.params["round"])
    unit = Area.objects.visible_to(ctx.scope).get(code=ctx.params["unit"])
    return round, unit, datetime.date.fromisoformat(ctx.params["date"])


@register_job("completeness.export", label="导出完成度表", roles=OFFICE_ROLES, shared=False)
def export_completeness(ctx: JobContext) -> None:
    """Write the completeness grid of a unit over a span of days, every township on its own line; it is kept as given."""
    round = Round.objects.visible_to(ctx.scope).select_related("area").get(pk=ctx.params["round"])
    unit = Area.objects.visible_to(ctx.scope).get(code=ctx.params["unit"])
    first, last = (datetime.date.fromisoformat(ctx.params[name]) for name in ("first", "last"))
    days = [first + datetime.timedelta(days=n) for n in range((last - first).days + 1)]
    asked, title = moment_asked(ctx), f"{unit.name}日报完成度表"
    moment = asked or database_now()
    found = completeness(ctx.scope, round, unit, days, moment, past=True)
    audit.act(
        ctx.scope, audit_types.COMPLETENESS_EXPORTED, round, after={"unit": unit.code, "days": len(days)}
    )
    given = publish_grid(Place(round, unit, last, MANAGING, moment), found, title, by=ctx.scope)
    sheets = completeness_sheets(found, scope=ctx.scope, moment=asked, printed=printed_of(given))
    save_export(ctx, sheets, f"{unit.name}日报完成度{last:%m%d}.xlsx", unit=unit)
    ctx.finish(f"{unit.name} {len(days)} 天，{given.code}")
