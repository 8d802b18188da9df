"""What two administrators do together: asked by one, decided by another account."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.choices import Role
from accounts.free_text import refuse_personal_numbers
from accounts.models.two_persons import TwoPersonRequest, second_person
from accounts.scope.access import TableAccess

MANAGERS = (Role.ADMIN, Role.SECURITY_ADMIN)


class GrantRequest(TwoPersonRequest):
    """A role above township, a role in a second unit, or the removal of somebody's second factor: needs two persons."""

    class Kind(models.TextChoices):
        GRANT = "grant", "授予角色"
        FACTOR = "factor", "解除第二因素"

    access = TableAccess(
        "own",
        readers=(*MANAGERS, Role.AUDITOR),
        insert=MANAGERS,
        update=MANAGERS,
        server_time=("asked_at",),
    )

    kind = models.CharField("事项", max_length=8, choices=Kind.choices)
    user_id = models.BigIntegerField("账号", db_index=True)
    holder_name = models.CharField("姓名", max_length=40)
    role = models.CharField("角色", max_length=20, choices=Role.choices, blank=True)
    area = models.ForeignKey(
        "accounts.Area", models.PROTECT, null=True, blank=True, verbose_name="管辖区域", related_name="+"
    )
    unit_path = models.CharField(max_length=64, db_collation="C", default="", editable=False)
    office_name = models.CharField("单位", max_length=60, blank=True)
    department = models.CharField("部门", max_length=40, blank=True)
    units = ArrayField(models.BigIntegerField(), null=True, blank=True, verbose_name="指定单位")
    valid_from = models.DateField("自", null=True, blank=True)
    valid_to = models.DateField("至", null=True, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)

    class Meta:
        verbose_name = "双人办理申请"
        constraints = [
            refuse_personal_numbers("office_name", table="grant"),
            refuse_personal_numbers("department", table="grant"),
            refuse_personal_numbers("reason", table="grant"),
            *second_person("grant", "申请人不能审批自己的申请，请由另一名管理员办理"),
            models.CheckConstraint(
                condition=~Q(user_id=F("asked_by_account"))
                & (Q(decided_by_account__isnull=True) | ~Q(user_id=F("decided_by_account"))),
                name="grant_not_about_oneself",
                violation_error_code="grant_to_oneself",
                violation_error_message="不能给自己授予角色，也不能审批关于自己的申请",
            ),
            models.CheckConstraint(
                condition=Q(kind="factor") | ~Q(role="") & Q(valid_from__isnull=False) & ~Q(office_name=""),
                name="grant_says_what",
                violation_error_code="grant_incomplete",
                violation_error_message="申请授予角色要写明角色、单位和起始日期",
            ),
            models.UniqueConstraint(
                fields=["kind", "user_id", "role", "area"],
                condition=Q(decision="pending"),
                nulls_distinct=False,
                name="grant_one_open",
                violation_error_code="grant_already_asked",
                violation_error_message="同样的申请已在等审批",
            ),
        ]
        indexes = [models.Index(fields=["unit_path", "decision"], name="grant_unit")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.holder_name}"

    @property
    def what(self) -> str:
        """The matter in words: 授予东塘区县级换届办 / 解除第二因素."""
        if self.kind == self.Kind.FACTOR:
            return self.get_kind_display()
        return f"授予{self.area.name if self.area else '全系统'}{self.get_role_display()}"
