"""What the retention of the ground floor registers: its job, its alarm, and the rules of the ground floor."""

import datetime as dt

from django.utils import timezone

from accounts import alarms, audit
from accounts.alarms import Level, Reading
from accounts.jobs.context import JobContext
from accounts.jobs.registry import Timer, register_job, register_timer
from accounts.models.retention import RetentionRun
from accounts.retention.registry import rules
from accounts.retention.run import run

SYSTEM_SCOPE = "retention"
KIND = "retention.run"
LATE_AFTER = dt.timedelta(hours=26)  # a night and two hours: due data is gone within a day


def carry_out(ctx: JobContext) -> None:
    """Carry out every rule and leave one act with the figures."""
    done = list(run(timezone.now()))
    audit.act(
        ctx.scope, KIND, after={outcome.rule.code: outcome.error or outcome.removed for outcome in done}
    )
    failed = [outcome.rule.label for outcome in done if outcome.error]
    said = f"清理 {sum(outcome.removed for outcome in done)} 项"
    ctx.finish(f"{said}，未完成：{'、'.join(failed)}" if failed else said)


def late() -> Reading:
    """Rules that failed last time or have not run for a day."""
    found = {row.rule: row for row in RetentionRun.objects.all()}
    limit = timezone.now() - LATE_AFTER
    bad = [rule for rule in rules() if is_late(found.get(rule.code), limit)]
    if not bad:
        return Reading(Level.OK, f"{len(found)} 条规则按期")
    return Reading(Level.ALARM, f"{len(bad)} 条", "在“数据保留”页查看；修复后运行 manage.py retention")


def is_late(row: RetentionRun | None, limit: dt.datetime) -> bool:
    """A rule nobody has run yet is not late: the first night comes."""
    return row is not None and (bool(row.error) or row.at < limit)


def register() -> Timer:
    audit.register(KIND, "到期清理")
    register_job(KIND, label="到期清理")(carry_out)
    alarms.register("retention_late", "数据保留", late)
    return register_timer(
        "retention",
        kind=KIND,
        every=dt.timedelta(days=1),
        offset=dt.timedelta(hours=18, minutes=20),  # 02:20 in China
        system_scope=SYSTEM_SCOPE,
    )
