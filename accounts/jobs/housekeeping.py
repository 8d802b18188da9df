"""System jobs of the job machinery itself."""

import datetime as dt
import logging

from accounts import alarms, retention
from accounts.jobs import sweep
from accounts.jobs.context import JobContext
from accounts.jobs.registry import register_job, register_timer

logger = logging.getLogger(__name__)

SYSTEM_SCOPE = "housekeeping"
RESULTS = retention.Rule(
    code="jobs.results",
    label="导出和任务结果文件，自生成起",
    age=dt.timedelta(hours=24),
    kept="24 小时",
    then="删除文件，任务记录留存；系统任务记录 7 天、定时周期 40 天",
    place="results/、accounts_job、accounts_jobperiod、accounts_scopetoken",
    source="导出文件 24 小时失效",
    due=lambda now: sweep.purge_due(),
    apply=lambda now: sweep.purge(),
)


def watch(ctx: JobContext) -> None:
    """Run every probe and sound those that are not well."""
    bad = [(alarm, reading) for alarm, reading in alarms.readings() if reading.level != alarms.Level.OK]
    for alarm, reading in bad:
        alarms.sound(alarm.code, level=str(reading.level), value=reading.value)
    ctx.finish(f"异常 {len(bad)} 项")


def register() -> None:
    retention.register(RESULTS)
    register_job("jobs.watch", label="运行状况检查")(watch)
    register_timer("watch", kind="jobs.watch", every=dt.timedelta(minutes=5), system_scope=SYSTEM_SCOPE)
