"""Alarms of the job machinery."""

from django.db import connections

from accounts import alarms
from accounts.alarms import Level, Reading, grade

WORKER_WARN, WORKER_ALARM = 90, 180
QUEUE_WARN, QUEUE_ALARM = 120, 600


def figures() -> dict[str, int | None]:
    """Figures of job_health(): seconds since a worker's sign of life, queue length and age, stuck, parked."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT * FROM job_health()")
        return dict(zip([column.name for column in cursor.description], cursor.fetchone(), strict=True))


def worker() -> Reading:
    seconds = figures()["worker_seconds"]
    level = grade(seconds, warn=WORKER_WARN, alarm=WORKER_ALARM)
    value = "从未" if seconds is None else f"{seconds} 秒前"
    return Reading(level, value, "" if level == Level.OK else "检查 worker 与 beat 是否运行")


def oldest_queued() -> Reading:
    found = figures()
    seconds = found["oldest_queued_seconds"] or 0
    level = grade(seconds, warn=QUEUE_WARN, alarm=QUEUE_ALARM)
    return Reading(
        level, f"{seconds} 秒，排队 {found['queued']} 个", "" if level == Level.OK else "增加 worker"
    )


def stuck() -> Reading:
    count = figures()["stuck"] or 0
    level = Level.ALARM if count else Level.OK
    return Reading(level, f"{count} 个", "租约已过期 2 分钟仍未重新排队，检查 beat" if count else "")


def parked() -> Reading:
    count = figures()["parked"] or 0
    level = Level.WARNING if count else Level.OK
    return Reading(level, f"{count} 个（7 日内）", "在任务页查看原因，修复后重新执行" if count else "")


def register() -> None:
    alarms.register("worker_silent", "工作进程心跳", worker)
    alarms.register("queue_old", "最久排队", oldest_queued)
    alarms.register("jobs_stuck", "卡住的任务", stuck)
    alarms.register("job_parked", "搁置的任务", parked)
