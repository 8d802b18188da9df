"""What the back-ups register: their retention and their alarm."""

import datetime as dt

from django.conf import settings
from django.utils import timezone

from accounts import alarms, retention
from accounts.alarms import Level, Reading
from config.backup import drill, take

BASE_WARN, BASE_ALARM = dt.timedelta(hours=26), dt.timedelta(hours=50)
LOG_ALARM_SECONDS = 900


def age() -> Reading:
    """How old the newest base back-up and the newest received log are; without a folder nobody backs up here."""
    if not settings.BACKUP_DIR.is_dir():
        level = Level.WARNING if settings.PRODUCTION else Level.OK
        return Reading(level, "未设置", "运行 receive_wal 和 backup，见运维手册“备份”")
    found = take.listed()
    if not found:
        return Reading(Level.ALARM, "还没有备份", "运行 manage.py backup")
    old, log = timezone.now() - found[-1].at, drill.newest_log()
    level = Level.ALARM if old > BASE_ALARM else Level.WARNING if old > BASE_WARN else Level.OK
    if log is None or log > LOG_ALARM_SECONDS:
        return Reading(Level.ALARM, "日志未接收", "检查 receive_wal 是否运行")
    hours = old.total_seconds() / 3600
    return Reading(
        level,
        f"备份 {hours:.0f} 小时前，日志 {log:.0f} 秒前",
        "" if level == Level.OK else "检查每日备份任务",
    )


def _prune(now: dt.datetime, *, pretend: bool = False) -> int:
    return take.prune(now, pretend=pretend) if settings.BACKUP_DIR.is_dir() else 0


def register() -> None:
    alarms.register("backup_old", "备份", age)
    retention.register(
        retention.Rule(
            code="config.backups",
            label="备份，自完成起",
            age=dt.timedelta(days=take.KEPT_DAYS),
            kept=f"每日 {take.KEPT_DAYS} 天，每月第一份 {take.KEPT_MONTHS} 个月",
            then="删除备份和更早的日志",
            place="CUNXUAN_BACKUP_DIR",
            source="数据保留表：备份",
            due=lambda now: _prune(now, pretend=True),
            apply=_prune,
        )
    )
