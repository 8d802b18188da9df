"""Jobs of the audit: anchors every five minutes, verification every night and on demand."""

import datetime as dt

from django.db import connections

from accounts.audit import anchors
from accounts.audit.acts import act
from accounts.audit.verification import verify
from accounts.choices import Role
from accounts.errors import Refusal
from accounts.jobs import JobContext, register_job, register_timer

SYSTEM_SCOPE = "audit"


def verify_chain(ctx: JobContext) -> None:
    """Verify the whole chain and record the outcome as an act; the list of breaks is the job's result."""
    if ctx.scope.path:
        raise Refusal("whole_chain_only", "审计链是全系统一条，须由不限区域的审计管理员校验")
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT seq FROM audit_head()")
        total = cursor.fetchone()[0]
        ctx.progress(0, total, "导出审计链")
        report = verify(cursor.cursor, progress=lambda n: ctx.progress(min(n, total), total, "逐条校验"))
    outcome = {
        "entries": report.entries,
        "rows": report.rows,
        "anchors": report.anchors,
        "head": report.head,
        "breaks": len(report.breaks),
        "codes": sorted({found.code for found in report.breaks}),
    }
    act(ctx.scope, "audit.verify", after=outcome)
    if report.breaks:
        path = ctx.work_file(".txt")
        path.write_text("\n".join(map(str, report.breaks)), encoding="utf-8")
        ctx.save_result(path, "审计链异常.txt")
        ctx.finish(f"发现 {len(report.breaks)} 处异常，首处：{report.breaks[0].where}")
    else:
        ctx.finish(f"{report.entries} 条全部相符，链头 {report.head}")


def keep_anchor(ctx: JobContext) -> None:
    """Take the head, deliver what waits; an unreachable store shows as an alarm, the job does not fail."""
    with connections["default"].cursor() as cursor:
        done = anchors.anchor(cursor)
    if done.problem:
        ctx.finish(f"外部存储不可用（{done.problem}），{done.waiting} 个锚点待送")
    else:
        ctx.finish(f"送达锚点 {done.delivered} 个")


def register() -> None:
    """Declare the jobs and their timers."""
    register_job("audit.verify", label="校验审计链", roles=(Role.AUDITOR,))(verify_chain)
    register_job("audit.anchor", label="送出审计锚点")(keep_anchor)
    register_timer(
        "audit.anchor", kind="audit.anchor", every=dt.timedelta(minutes=5), system_scope=SYSTEM_SCOPE
    )
    register_timer(
        "audit.verify",
        kind="audit.verify",
        every=dt.timedelta(days=1),
        offset=dt.timedelta(hours=19),  # 03:00 in China
        system_scope=SYSTEM_SCOPE,
    )
