"""What every request that one account makes and another decides has in common."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet


class TwoPersonRequest(models.Model):
    """Asked by one account, decided by another, with a reason.

    Persons are kept as accounts (`asked_by_account`, `decided_by_account`): one person with two roles is one person.
    """

    class Decision(models.TextChoices):
        PENDING = "pending", "待审批"
        APPROVED = "approved", "已同意"
        REFUSED = "refused", "未同意"

    asked_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="申请人", related_name="+"
    )
    asked_by_account = models.BigIntegerField("申请账号")
    asked_by_name = models.CharField("申请人", max_length=60)
    asked_at = models.DateTimeField("申请时间", db_default=Now())
    decision = models.CharField("答复", max_length=8, choices=Decision.choices, default=Decision.PENDING)
    decided_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, null=True, blank=True, verbose_name="审批人", related_name="+"
    )
    decided_by_account = models.BigIntegerField("审批账号", null=True, blank=True)
    decided_by_name = models.CharField("审批人", max_length=60, blank=True)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    answer = models.CharField("审批意见", max_length=200, blank=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True


def second_person(table: str, told: str) -> list[models.BaseConstraint]:
    """Constraints of such a request: never decided by who asked (`told`), never half decided."""
    return [
        refuse_personal_numbers("answer", table=table),
        models.CheckConstraint(
            condition=Q(decided_by_account__isnull=True) | ~Q(decided_by_account=F("asked_by_account")),
            name=f"{table}_approver_is_not_author",
            violation_error_code="second_person_required",
            violation_error_message=told,
        ),
        models.CheckConstraint(
            condition=Q(
                decision="pending",
                decided_by__isnull=True,
                decided_by_account__isnull=True,
                decided_at__isnull=True,
            )
            | ~Q(decision="pending")
            & Q(decided_by__isnull=False, decided_by_account__isnull=False, decided_at__isnull=False),
            name=f"{table}_decision_complete",
            violation_error_code="decision_incomplete",
            violation_error_message="审批要有审批人和时间",
        ),
    ]
