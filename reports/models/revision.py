"""A filed report of one township's day. Never changed: a correction is another revision."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.choices import Role
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess


class DailyRevision(models.Model):
    """One filing. `filed_at` is the database's clock whatever the application sends; `late` follows."""

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="乡镇", related_name="+")
    date = models.DateField("日期")
    number = models.PositiveSmallIntegerField("第几稿")
    sheet_version = models.PositiveIntegerField("依据的版本")
    filed_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="上报人", related_name="+"
    )
    filed_by_name = models.CharField("上报人", max_length=60)
    filed_by_office = models.CharField("上报单位", max_length=120)
    filed_at = models.DateTimeField("上报时间", db_default=Now())
    due_at = models.DateTimeField("截止时间")
    late = models.GeneratedField(
        expression=Q(filed_at__gt=F("due_at")),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name="迟报",
    )
    reason = models.CharField("更正理由", max_length=200, blank=True, default="")
    request = models.ForeignKey(
        "reports.CorrectionRequest", models.PROTECT, null=True, blank=True, related_name="+"
    )
    opening = models.ForeignKey(
        "reports.SheetOpening", models.PROTECT, null=True, blank=True, related_name="+"
    )
    consented_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, null=True, blank=True, related_name="+"
    )
    consented_by_name = models.CharField("同意人", max_length=60, blank=True, default="")
    villages = models.PositiveSmallIntegerField("村(社区)数")
    figures = models.PositiveIntegerField("填报项数")
    is_zero = models.BooleanField("零报告", default=False)
    warnings = models.JSONField("已说明的提醒", default=list)
    changes = models.JSONField("与上一稿不同", default=list)
    digest = models.CharField("校验码", max_length=64)
    mac = models.CharField("防改标记", max_length=72, default="", editable=False)
    digest_method = models.CharField("校验算法", max_length=20, default="sha256-rows-1")
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess("own", insert=(Role.TOWNSHIP,), frozen=True, server_time=("filed_at",))

    class Meta:
        verbose_name = "日报稿"
        ordering = ["-date", "-number"]
        indexes = [models.Index(fields=["round", "date", "unit_path"], name="revision_round_date_path")]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "area", "date", "number"],
                name="revision_number_once",
                violation_error_code="revision_exists",
                violation_error_message="这一稿已经上报",
            ),
            models.UniqueConstraint(
                fields=["round", "area", "date", "sheet_version"],
                name="revision_once_per_version",
                violation_error_code="already_filed",
                violation_error_message="这一版已经上报",
            ),
            models.CheckConstraint(
                condition=Q(number=1, request__isnull=True, opening__isnull=True)
                | Q(number__gt=1, consented_by__isnull=False)
                & ~Q(reason="")
                & (
                    Q(request__isnull=False, opening__isnull=True)
                    | Q(request__isnull=True, opening__isnull=False)
                ),
                name="revision_correction_has_consent",
                violation_error_code="correction_needs_consent",
                violation_error_message="更正稿要有理由，并经县级同意、退回或重开",
            ),
            models.CheckConstraint(
                condition=Q(consented_by__isnull=True) | ~Q(consented_by=F("filed_by")),
                name="revision_consent_is_second_person",
                violation_error_code="second_person_required",
                violation_error_message="上报人不能同意自己的更正",
            ),
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"),
                name="revision_digest_is_sha256",
                violation_error_code="digest_malformed",
                violation_error_message="校验码格式不对",
            ),
            refuse_personal_numbers("reason", table="revision"),
        ]

    def __str__(self) -> str:
        return f"{self.area.name} {self.date} 第 {self.number} 稿"
