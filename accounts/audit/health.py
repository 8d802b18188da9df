"""The alarm of the audit chain itself; anchors and refusals are watched in config/health.py."""

from django.db import connections

from accounts import alarms
from accounts.alarms import Level, Reading, grade

VERIFY_WARN, VERIFY_ALARM = 26 * 3600, 50 * 3600  # seconds; verified every night


def chain_whole() -> Reading:
    """What the last verification found, and how long ago."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT verified, breaks FROM audit_health()")
        age, breaks = cursor.fetchone()
    if breaks:
        return Reading(Level.ALARM, f"{breaks} 处异常", "保留现场，由审计管理员查看校验结果")
    if age is None:
        return Reading(Level.WARNING, "从未校验", "由审计管理员立即校验")
    level = grade(age, warn=VERIFY_WARN, alarm=VERIFY_ALARM)
    value = f"{int(age // 3600)} 小时前校验相符"
    return Reading(level, value, "" if level == Level.OK else "由审计管理员立即校验")


def register() -> None:
    alarms.register("audit_chain_broken", "审计链校验", chain_whole)
