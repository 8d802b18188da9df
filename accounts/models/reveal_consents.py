"""同意查看: one look more than the quota of the day, asked by one person and consented to by a second."""

from django.db import models
from django.db.models import Q

from accounts.choices import SYSTEM_ROLE
from accounts.free_text import refuse_personal_numbers
from accounts.models.reveals import READERS, REVEALERS, Reveal
from accounts.models.two_persons import TwoPersonRequest, second_person
from accounts.scope.access import TableAccess


class RevealConsent(TwoPersonRequest):
    """One masked value of one person, opened once for who asked, for a while after the consent.

    `area` is the unit of who asked: it and the units above it read the request, and decide it. That it is used is the
    entry of the register that names it (`Reveal.consent`).
    """

    access = TableAccess(
        "own",
        readers=READERS,
        insert=REVEALERS,
        update=REVEALERS,
        delete=(SYSTEM_ROLE,),
        self_column="asked_by_id",
        server_time=("asked_at",),
    )

    what = models.CharField("项目", max_length=40, db_collation="C")
    subject_id = models.BigIntegerField("对象")
    whose = models.CharField("谁的", max_length=60)
    purpose = models.CharField("用途", max_length=12, choices=Reveal.Purpose.choices)
    note = models.CharField("说明", max_length=200)
    case_number = models.CharField("事由编号", max_length=60)
    area = models.ForeignKey(
        "accounts.Area", models.PROTECT, null=True, blank=True, verbose_name="单位", related_name="+"
    )
    unit_path = models.CharField(max_length=64, db_collation="C", default="", editable=False)

    class Meta:
        verbose_name = "同意查看"
        indexes = [models.Index(fields=["unit_path", "decision"], name="reveal_consent_unit")]
        constraints = [
            refuse_personal_numbers("note", table="reveal_consent"),
            refuse_personal_numbers("case_number", table="reveal_consent"),
            *second_person("reveal_consent", "申请人不能同意自己的申请，请由另一名有权查看的人办理"),
            models.CheckConstraint(
                condition=~Q(note="") & ~Q(case_number=""),
                name="reveal_consent_says_why",
                violation_error_code="reveal_without_reason",
                violation_error_message="请写明说明和事由编号",
            ),
            models.UniqueConstraint(
                fields=["asked_by_account", "what", "subject_id"],
                condition=Q(decision="pending"),
                name="reveal_consent_one_open",
                violation_error_code="consent_already_asked",
                violation_error_message="同样的申请已在等第二人同意",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.whose} {self.what}"
