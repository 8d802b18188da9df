"""Is the system well? `/healthz` says one word to anybody, `/system/health/` gives administrators figures."""

import shutil
import time

from django.conf import settings
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import alarms
from accounts.alarms import Level, Reading, grade
from accounts.choices import Role
from accounts.doors import allow, public
from accounts.jobs import broker, probes
from config.room import database_has_room

ANCHOR_WARN, ANCHOR_ALARM = 420, 600
DISK_WARN, DISK_ALARM = 85, 95


@public
@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """ok, degraded (pages work, long jobs may wait) or down (503: no database). No detail for strangers."""
    try:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT 1")
        worker = probes.worker().level
    except DatabaseError:
        return JsonResponse({"status": "down"}, status=503)
    well = worker != Level.ALARM and broker.answers()
    return JsonResponse({"status": "ok" if well else "degraded"})


@allow(Role.ADMIN, Role.SECURITY_ADMIN)
@require_safe
def health_page(request: HttpRequest) -> HttpResponse:
    """Every probe with its figure and what to do."""
    rows = alarms.readings()
    worst = max((reading.level for _, reading in rows), key=list(Level).index, default=Level.OK)
    return render(request, "config/health.html", {"rows": rows, "worst": worst, "now": timezone.localtime()})


def database() -> Reading:
    started = time.monotonic()
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT 1")
    milliseconds = round((time.monotonic() - started) * 1000)
    return Reading(grade(milliseconds, warn=200, alarm=2000), f"{milliseconds} 毫秒")


def database_disk() -> Reading:
    if database_has_room():
        return Reading(Level.OK, "可写")
    return Reading(Level.ALARM, "已满", "马上腾出数据库所在磁盘的空间；上报会被拒绝，已上报的都在")


def message_broker() -> Reading:
    if broker.answers():
        return Reading(Level.OK, "应答")
    return Reading(Level.ALARM, "无应答", "检查 Redis；上报不受影响，后台任务会推迟")


def anchor_age() -> Reading:
    newest, waiting, _ = _audit_figures()
    if newest is None:
        return Reading(Level.WARNING, "从未", "检查审计锚定任务")
    age = max(newest, waiting or 0)
    level = grade(age, warn=ANCHOR_WARN, alarm=ANCHOR_ALARM)
    return Reading(level, f"{age:.0f} 秒前", "" if level == Level.OK else "检查外部存放处是否可写")


def denials() -> Reading:
    count = _audit_figures()[2]
    level = Level.ALARM if count else Level.OK
    return Reading(level, f"{count} 个账号超过 20 次", "在审计页查看被拒绝的访问" if count else "")


def disk() -> Reading:
    usage = shutil.disk_usage(settings.DATA_DIR if settings.DATA_DIR.exists() else settings.BASE_DIR)
    percent = round(usage.used / usage.total * 100)
    level = grade(percent, warn=DISK_WARN, alarm=DISK_ALARM)
    free = f"已用 {percent}%，余 {usage.free >> 30} GB"
    return Reading(level, free, "" if level == Level.OK else "清理或扩充数据盘")


def _audit_figures() -> tuple[float | None, float | None, int]:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT newest_anchor, oldest_waiting, denial_alarms FROM audit_health()")
        return cursor.fetchone()


def register() -> None:
    alarms.register("database_slow", "数据库", database)
    alarms.register("database_full", "数据库磁盘", database_disk)
    alarms.register("broker_silent", "消息服务", message_broker)
    alarms.register("anchor_old", "最近审计锚定", anchor_age)
    alarms.register("denials_many", "一小时内被拒访问", denials)
    alarms.register("disk_full", "数据盘", disk)
