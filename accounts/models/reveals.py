"""查看登记: every look at a masked value, entered before it is shown."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.choices import OFFICE_ROLES, Role
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess

REVEALERS = (*OFFICE_ROLES, Role.REVIEWER, Role.ADMIN, Role.SECURITY_ADMIN)
READERS = (*REVEALERS, Role.AUDITOR)


class Reveal(models.Model):
    """One value of one person, shown once for sixty seconds: who looked, at whose, for what, under which case.

    Never the value itself. Read by the unit of the person concerned and those above it, and by the auditor.
    """

    class Purpose(models.TextChoices):
        CONTACT = "contact", "工作联系"
        IDENTITY = "identity", "核实身份"
        REVIEW = "review", "资格联审"
        COMPLAINT = "complaint", "信访举报办理"
        CHECK = "check", "检查核查"

    access = TableAccess(
        "own", readers=READERS, insert=REVEALERS, self_column="made_by_id", frozen=True,
        server_time=("revealed_at",),
    )  # fmt: skip

    what = models.CharField("项目", max_length=40, db_collation="C")
    subject_id = models.BigIntegerField("对象")
    whose = models.CharField("谁的", max_length=60)
    purpose = models.CharField("用途", max_length=12, choices=Purpose.choices)
    note = models.CharField("说明", max_length=200)
    case_number = models.CharField("事由编号", max_length=60)
    area = models.ForeignKey(
        "accounts.Area", models.PROTECT, null=True, blank=True, verbose_name="单位", related_name="+"
    )
    unit_path = models.CharField(max_length=64, db_collation="C", default="", editable=False)
    made_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="查看人", related_name="+"
    )
    # Persons count, not roles: one account with two roles has one quota.
    made_by_account = models.BigIntegerField("查看账号")
    holder_name = models.CharField("查看人", max_length=60)
    office_name = models.CharField("查看单位", max_length=120)
    # Beyond the quota of the day; one consent opens one look.
    consent = models.OneToOneField(
        "accounts.RevealConsent",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name="同意",
        related_name="look",
    )
    consented_by_name = models.CharField("同意人", max_length=60, blank=True)
    revealed_at = models.DateTimeField("查看时间", db_default=Now())

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "查看登记"
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["unit_path", "-id"], name="reveal_unit"),
            models.Index(fields=["made_by_account", "revealed_at"], name="reveal_quota"),
        ]
        constraints = [
            refuse_personal_numbers("note", table="reveal"),
            refuse_personal_numbers("case_number", table="reveal"),
            models.CheckConstraint(
                condition=~Q(note="") & ~Q(case_number=""),
                name="reveal_says_why",
                violation_error_code="reveal_without_reason",
                violation_error_message="请写明说明和事由编号",
            ),
            models.CheckConstraint(
                condition=Q(consent__isnull=True, consented_by_name="")
                | Q(consent__isnull=False) & ~Q(consented_by_name=""),
                name="reveal_names_who_consented",
                violation_error_code="consent_incomplete",
                violation_error_message="第二人同意的查看要写明同意人",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whose} {self.what}"
