"""What the last run of each retention rule did."""

from django.db import models
from django.db.models.functions import Now

from accounts.scope.access import TableAccess


class RetentionRun(models.Model):
    """One row per rule, written by `retention_note()` alone."""

    access = TableAccess(
        kind="system",
        audited=False,
        application_reads="(SELECT scope_role()) IN ('admin', 'security_admin', 'system')",
    )

    rule = models.CharField("规则", max_length=64, primary_key=True)
    at = models.DateTimeField("最近执行", db_default=Now())
    removed = models.BigIntegerField("清理数", default=0)
    error = models.CharField("错误", max_length=64, blank=True, default="")

    class Meta:
        verbose_name = "数据保留执行情况"

    def __str__(self) -> str:
        return f"{self.rule} {self.at:%m-%d %H:%M}"
