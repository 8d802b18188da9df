"""申请更正: the township asks with a reason, the county answers."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.choices import Role
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess
from reports.choices import Decision


class CorrectionRequest(models.Model):
    """One request about one filed day; open until the county consents or declines."""

    sheet = models.ForeignKey(
        "reports.DailySheet", models.PROTECT, verbose_name="日报", related_name="requests"
    )
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="乡镇", related_name="+")
    date = models.DateField("日期")
    revision_number = models.PositiveSmallIntegerField("要更正的稿")
    reason = models.CharField("理由", max_length=200)
    asked_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="申请人", related_name="+"
    )
    asked_by_name = models.CharField("申请人", max_length=60)
    asked_at = models.DateTimeField("申请时间", db_default=Now())
    decision = models.CharField("答复", max_length=12, choices=Decision, blank=True, default="")
    decided_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="答复人", null=True, blank=True, related_name="+"
    )
    decided_by_name = models.CharField("答复人", max_length=60, blank=True, default="")
    decided_at = models.DateTimeField("答复时间", null=True, blank=True)
    answer = models.CharField("答复意见", max_length=200, blank=True, default="")
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess(
        "own", insert=(Role.TOWNSHIP,), update=(Role.COUNTY_OFFICE,), server_time=("asked_at",)
    )

    class Meta:
        verbose_name = "更正申请"
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["sheet"],
                condition=Q(decision=""),
                name="request_one_open_per_sheet",
                violation_error_code="correction_already_requested",
                violation_error_message="这一天已有一个更正申请在等答复",
            ),
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="request_has_reason",
                violation_error_code="reason_required",
                violation_error_message="申请更正要写明理由",
            ),
            models.CheckConstraint(
                condition=Q(decision="", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(decision="") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="request_decision_complete",
                violation_error_code="decision_incomplete",
                violation_error_message="答复要有答复人和时间",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="request_decider_is_second_person",
                violation_error_code="second_person_required",
                violation_error_message="申请人不能答复自己的申请",
            ),
            models.CheckConstraint(
                condition=~Q(decision=Decision.DECLINED) | ~Q(answer=""),
                name="request_declined_has_answer",
                violation_error_code="reason_required",
                violation_error_message="不同意更正要写明理由",
            ),
            refuse_personal_numbers("reason", table="request"),
            refuse_personal_numbers("answer", table="request"),
        ]

    def __str__(self) -> str:
        return f"{self.area.name} {self.date} 申请更正"
