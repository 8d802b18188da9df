"""Who signs in (`User`) and what a person may do where and when (`Assignment`)."""

import datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.choices import Role
from accounts.free_text import refuse_personal_numbers
from accounts.masked import MaskedField, sealed_only
from accounts.querysets import AssignmentQuerySet
from accounts.scope.access import TableAccess


class UserManager(BaseUserManager):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """An account. Reached through the alias `login` alone; business rows refer to `Assignment`."""

    # Nobody works for a closed account: `job_requester_is_current` asks.
    access = TableAccess("login", audited=False, gatekeeper="S")

    last_login = None  # sessions and the audit trail know it; a sign-in must not change the account
    username = models.CharField("用户名", max_length=40, unique=True)
    display_name = models.CharField("姓名", max_length=40)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("下次登录须改密码", default=False)
    password_changed_at = models.DateTimeField("密码更改时间", null=True, blank=True)
    # Beside the authenticators themselves, so that a request of an account without one asks nothing more.
    second_factor_since = models.DateTimeField("第二因素启用时间", null=True, blank=True)
    # Given by the person, for calls about missing reports; shown masked (accounts/masked.py).
    phone = MaskedField("联系电话", shape="phone")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        verbose_name = "账号"
        constraints = [
            refuse_personal_numbers("username", table="user"),
            refuse_personal_numbers("display_name", table="user"),
            sealed_only("phone", table="user"),
        ]

    def __str__(self) -> str:
        return self.display_name


# Roles that hold for the whole system and so may have no area.
SYSTEM_WIDE = (Role.AUDITOR, Role.ADMIN, Role.SECURITY_ADMIN)


class Assignment(models.Model):
    """A role in an area from a day to a day. Name and office are copied: the record outlives the account."""

    access = TableAccess(
        "own",
        readers=(Role.ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR, Role.CITY_OFFICE, Role.COUNTY_OFFICE),
        insert=(Role.ADMIN, Role.SECURITY_ADMIN),
        update=(Role.ADMIN, Role.SECURITY_ADMIN),
        self_column="id",
        guard="guard_administrators",
        login_reads=True,
        gatekeeper_reads=True,
    )
    # guard_administrators(): two grants at once both pass the rule, the second one hears it from the trigger.
    trigger_constraints: ClassVar = {
        "assignment_administrators_separate": (
            "administrators_separate",
            "这个账号刚刚由别人授予了另一个管理员角色。系统、安全、审计管理员须由不同的账号担任，请另选账号",
            "三员分立",
        )
    }

    user_id = models.BigIntegerField("账号", db_index=True)
    holder_name = models.CharField("姓名", max_length=40)
    office_name = models.CharField("单位", max_length=60)
    role = models.CharField("角色", max_length=20, choices=Role.choices)
    area = models.ForeignKey("accounts.Area", models.PROTECT, null=True, blank=True, verbose_name="管辖区域")
    unit_path = models.CharField(max_length=64, db_collation="C", default="", editable=False)
    department = models.CharField("部门", max_length=40, blank=True)
    units = ArrayField(models.BigIntegerField(), null=True, blank=True, verbose_name="指定单位")
    valid_from = models.DateField("自")
    valid_to = models.DateField("至", null=True, blank=True)
    revoked_at = models.DateTimeField("收回时间", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = models.Manager.from_queryset(AssignmentQuerySet)()

    class Meta:
        verbose_name = "任职授权"
        constraints = [
            refuse_personal_numbers("office_name", table="assignment"),
            refuse_personal_numbers("department", table="assignment"),
            models.CheckConstraint(
                condition=Q(area__isnull=False) | Q(role__in=SYSTEM_WIDE),
                name="assignment_has_area",
                violation_error_code="area_required",
                violation_error_message="除三员外，授权须指定区域",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="assignment_dates_in_order",
                violation_error_code="dates_not_in_order",
                violation_error_message="截止日期不能早于起始日期",
            ),
            models.CheckConstraint(
                condition=~Q(role=Role.REVIEWER) | ~Q(department=""),
                name="assignment_reviewer_department",
                violation_error_code="department_required",
                violation_error_message="联审部门账号须指定部门",
            ),
        ]
        indexes = [models.Index(fields=["unit_path", "role"], name="assignment_unit")]

    def __str__(self) -> str:
        return f"{self.office_name} {self.holder_name}"

    def is_in_force(self, today: datetime.date) -> bool:
        """Whether the assignment holds on this day."""
        begun = self.valid_from <= today
        return self.revoked_at is None and begun and (self.valid_to is None or self.valid_to >= today)
