"""Kinds of job for tests; real workers load this module with `-I tests.accounts.jobs.kinds`."""

import time

from celery import shared_task
from django.db import connections

from accounts.choices import ALL_ROLES, OFFICE_ROLES
from accounts.errors import Refusal
from accounts.jobs import JobContext, register_job
from accounts.models import Area, Assignment

MOBILE = "13800001111"


@register_job("test.import", label="测试导入", roles=OFFICE_ROLES)
def import_rows(ctx: JobContext) -> None:
    """Writes params.rows rows, one key each, as an import does: in portions, reporting after each."""
    rows, portion = ctx.params["rows"], ctx.params.get("portion", 50)
    for start in range(0, rows, portion):
        end = min(rows, start + portion)
        insert_effects(ctx.subject, start, end)
        time.sleep(ctx.params.get("pause", 0))
        ctx.progress(end, rows, "写入")
    ctx.finish(f"写入 {rows} 行")


def insert_effects(subject: str, start: int, end: int) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO job_effect (subject, key) SELECT %s, n FROM generate_series(%s, %s) n",
            [subject, start, end - 1],
        )


@shared_task(name="test.naive_import", acks_late=True, ignore_result=True)
def naive_import(subject: str, rows: int, portion: int, pause: float) -> None:
    """What the ledger replaces: an acknowledged-late task that writes as it goes."""
    for start in range(0, rows, portion):
        insert_effects(subject, start, min(rows, start + portion))
        time.sleep(pause)


@register_job("test.slow", label="测试慢任务", roles=ALL_ROLES)
def slow(ctx: JobContext) -> None:
    """Sleeps inside one statement, as a long roll-up does; only the heartbeat keeps its lease."""
    insert_effects(ctx.subject, 0, 1)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [ctx.params["seconds"]])


@register_job("test.patient", label="测试逐步任务", roles=ALL_ROLES)
def patient(ctx: JobContext) -> None:
    """Reports small steps until it is stopped."""
    insert_effects(ctx.subject, 0, 1)
    for step in range(1, 1000):
        ctx.progress(step, 1000, "逐步")
        time.sleep(0.05)


@register_job("test.fails", label="测试出错", roles=ALL_ROLES)
def fails(ctx: JobContext) -> None:
    insert_effects(ctx.subject, 0, 1)
    raise ValueError(f"somebody's number is {MOBILE}")


@register_job("test.refuses", label="测试拒绝", roles=ALL_ROLES)
def refuses(ctx: JobContext) -> None:
    insert_effects(ctx.subject, 0, 1)
    raise Refusal("rows_bad", "有 3 行不能写入，请下载标错的原表")


@register_job("test.eats_memory", label="测试耗内存", roles=ALL_ROLES)
def eats_memory(ctx: JobContext) -> None:
    hoard = []
    while True:
        hoard.append(bytearray(64 << 20))


@register_job("test.export", label="测试导出", roles=ALL_ROLES)
def export(ctx: JobContext) -> None:
    path = ctx.work_file(".xlsx")
    path.write_bytes(b"sheet")
    ctx.save_result(path, "汇总表 12月18日.xlsx")
    ctx.finish("导出 1 张表")


@register_job("test.build", label="测试成品", roles=ALL_ROLES)
def build(ctx: JobContext) -> None:
    """Reads the effects and writes their number into a file, half of it before the reading."""
    path = ctx.work_file(".txt")
    path.write_text("half")
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM job_effect")
        path.write_text(str(cursor.fetchone()[0]))
    ctx.save_result(path, "成品.txt")


@register_job("test.private", label="测试个人任务", roles=ALL_ROLES, shared=False)
def private(ctx: JobContext) -> None:
    ctx.finish("好")


@register_job("test.looks", label="测试范围", roles=ALL_ROLES)
def looks(ctx: JobContext) -> None:
    """Says which assignments it sees and as whom."""
    seen = Assignment.objects.count()
    ctx.finish(f"{ctx.scope.role} {seen} {Area.objects.count()}")


@register_job("test.system", label="测试系统任务")
def system(ctx: JobContext) -> None:
    insert_effects(ctx.subject, 0, 1)
    ctx.finish(ctx.scope.role)
