"""System jobs of the job machinery itself."""

import datetime as dt
import logging

from accounts import alarms
from accounts.jobs import sweep
from accounts.jobs.context import JobContext
from accounts.jobs.registry import register_job, register_timer

logger = logging.getLogger(__name__)

SYSTEM_SCOPE = "housekeeping"


def purge_results(ctx: JobContext) -> None:
    """Delete result files that have expired."""
    ctx.finish(f"删除到期文件 {sweep.purge()} 个")


def watch(ctx: JobContext) -> None:
    """Run every probe and sound those that are not well."""
    bad = [(alarm, reading) for alarm, reading in alarms.readings() if reading.level != alarms.Level.OK]
    for alarm, reading in bad:
        alarms.sound(alarm.code, level=str(reading.level), value=reading.value)
    ctx.finish(f"异常 {len(bad)} 项")


def register() -> None:
    register_job("jobs.purge_results", label="清理到期文件")(purge_results)
    register_job("jobs.watch", label="运行状况检查")(watch)
    register_timer(
        "purge_results",
        kind="jobs.purge_results",
        every=dt.timedelta(days=1),
        offset=dt.timedelta(hours=18),  # 02:00 in China
        system_scope=SYSTEM_SCOPE,
    )
    register_timer("watch", kind="jobs.watch", every=dt.timedelta(minutes=5), system_scope=SYSTEM_SCOPE)
