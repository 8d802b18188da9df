"""A dated change of the tree of units: proposed by one person, approved by another, carried out by a job."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.choices import SYSTEM_ROLE, AreaOperationKind, AreaOperationState, Role
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope.access import TableAccess

PROPOSERS = (Role.ADMIN, Role.CITY_OFFICE, Role.COUNTY_OFFICE)
READERS = (*PROPOSERS, Role.SECURITY_ADMIN, Role.TOWNSHIP, SYSTEM_ROLE)
UNDECIDED = (AreaOperationState.PROPOSED, AreaOperationState.WITHDRAWN)


class AreaOperation(models.Model):
    """What changes in the tree from `effective_on` on (docs/areas.md).

    `area` is the lowest superior of everything concerned: whose scope covers it may propose and decide. `plan` is what
    was typed (codes and names); `steps` is what `area_move()` carries out, fixed when the proposal is made: the one who
    approves approves exactly that. `units` are the units whose row changes. `batch` names the workbook it came in.
    Columns after the approval are guarded by the database (`guard_area_operation`).
    """

    access = TableAccess(
        "own",
        readers=READERS,
        insert=PROPOSERS,
        update=(*PROPOSERS, SYSTEM_ROLE),
        guard="guard_area_operation",
        gatekeeper_reads=True,
    )

    kind = models.CharField("变更", max_length=10, choices=AreaOperationKind.choices)
    state = models.CharField(
        "状态", max_length=10, choices=AreaOperationState.choices, default=AreaOperationState.PROPOSED
    )
    effective_on = models.DateField("生效日")
    area = models.ForeignKey("accounts.Area", models.PROTECT, related_name="+", verbose_name="共同上级")
    unit_path = models.CharField(max_length=64, db_collation="C", default="", editable=False)
    units = ArrayField(models.BigIntegerField(), verbose_name="涉及单位")
    plan = models.JSONField("方案")
    steps = models.JSONField("步骤")
    summary = models.CharField("内容", max_length=400)
    reason = models.CharField("依据", max_length=200)
    proposed_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, related_name="+", verbose_name="提出人"
    )
    # The person, whatever role it acts in; who approves may not see the assignment of a higher office.
    proposed_by_account = models.BigIntegerField("提出账号")
    proposed_by_name = models.CharField("提出人姓名", max_length=40)
    decided_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审批人"
    )
    decided_by_name = models.CharField("审批人姓名", max_length=40, blank=True)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    note = models.CharField("审批意见", max_length=200, blank=True)
    cancelled_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="取消人"
    )
    cancelled_by_name = models.CharField("取消人姓名", max_length=40, blank=True)
    cancel_reason = models.CharField("取消理由", max_length=200, blank=True)
    batch = models.CharField("批次", max_length=40, blank=True)
    done_at = models.DateTimeField("办结时间", null=True, blank=True)
    outcome = models.JSONField("结果", default=dict, blank=True)
    created_at = models.DateTimeField("提出时间", auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = "区划变更"
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "effective_on"], name="area_operation_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="area_operation_two_persons",
                violation_error_code="second_person_required",
                violation_error_message="区划变更须由另一个人审批",
            ),
            models.CheckConstraint(
                condition=Q(state__in=UNDECIDED) | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="area_operation_decided",
            ),
            models.CheckConstraint(
                condition=Q(state=AreaOperationState.DONE, done_at__isnull=False)
                | (~Q(state=AreaOperationState.DONE) & Q(done_at__isnull=True)),
                name="area_operation_done",
            ),
            refuse_personal_numbers("summary", table="areaoperation"),
            refuse_personal_numbers("reason", table="areaoperation"),
            models.CheckConstraint(
                condition=Q(state=AreaOperationState.CANCELLED, cancelled_by__isnull=False)
                & ~Q(cancel_reason="")
                | ~Q(state=AreaOperationState.CANCELLED) & Q(cancelled_by__isnull=True),
                name="area_operation_cancelled",
                violation_error_code="reason_required",
                violation_error_message="取消要写明理由",
            ),
            refuse_personal_numbers("note", table="areaoperation"),
            refuse_personal_numbers("cancel_reason", table="areaoperation"),
        ]

    def __str__(self) -> str:
        return self.summary
