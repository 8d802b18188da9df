"""Notices to one assignment: the bell. Written by the gatekeeper's functions alone (protection/notices.sql)."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.choices import ALL_ROLES, SYSTEM_ROLE
from accounts.free_text import refuse_personal_numbers
from accounts.scope.access import TableAccess


class NoticeKind(models.TextChoices):
    REMINDER = "reminder", "提醒"
    DUE = "due", "到期"
    CHASE = "chase", "催报"
    JOB = "job", "任务"
    DIGEST = "digest", "每日摘要"


class NoticeQuerySet(models.QuerySet):
    def visible_to(self, scope) -> "NoticeQuerySet":
        """Those addressed to the assignment in force."""
        return self.filter(assignment_id=scope.assignment_id)

    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """One thing told to one person in one office. `dedup` keeps anybody from hearing the same thing twice."""

    assignment = models.ForeignKey(
        "accounts.Assignment", models.CASCADE, related_name="+", verbose_name="收件人"
    )
    kind = models.CharField("种类", max_length=12, choices=NoticeKind)
    text = models.CharField("内容", max_length=240)
    url = models.CharField("去处", max_length=240, blank=True, default="")
    due_at = models.DateTimeField("时限", null=True, blank=True)
    created_at = models.DateTimeField("时间", db_default=Now())
    read_at = models.DateTimeField("已读", null=True, blank=True)
    dedup = models.CharField("同一件事", max_length=160)

    objects = NoticeQuerySet.as_manager()
    access = TableAccess(
        "personal",
        self_column="assignment_id",
        readers=ALL_ROLES,
        update=ALL_ROLES,
        delete=(SYSTEM_ROLE,),
        audited=False,
        gatekeeper="SI",
    )

    class Meta:
        verbose_name = "通知"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "dedup"],
                name="notice_once",
                violation_error_code="notice_exists",
                violation_error_message="这件事已经通知过",
            ),
            models.CheckConstraint(
                condition=Q(url="") | Q(url__regex="^/([^/]|$)"),
                name="notice_url_is_ours",
                violation_error_code="url_foreign",
                violation_error_message="去处只能是本平台的页面",
            ),
            refuse_personal_numbers("text", table="notice"),
        ]
        indexes = [
            models.Index(F("assignment"), F("id").desc(), name="notice_of_person"),
            models.Index(fields=["assignment"], name="notice_unread", condition=Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.text


class NoticeSettingQuerySet(models.QuerySet):
    def visible_to(self, scope) -> "NoticeSettingQuerySet":
        """One's own."""
        return self.filter(assignment_id=scope.assignment_id)


class NoticeSetting(models.Model):
    """How one person in one office wants to be told. `digest`: one notice each morning instead of each reminder."""

    assignment = models.ForeignKey(
        "accounts.Assignment", models.CASCADE, related_name="+", verbose_name="收件人"
    )
    digest = models.BooleanField("每日摘要", default=False)
    updated_at = models.DateTimeField("修改", auto_now=True)

    objects = NoticeSettingQuerySet.as_manager()
    access = TableAccess(
        "personal",
        self_column="assignment_id",
        readers=ALL_ROLES,
        insert=ALL_ROLES,
        update=ALL_ROLES,
        gatekeeper="S",
    )

    class Meta:
        verbose_name = "通知设置"
        constraints = [
            models.UniqueConstraint(
                fields=["assignment"],
                name="noticesetting_once",
                violation_error_code="setting_exists",
                violation_error_message="已有设置，刷新后再改",
            ),
        ]

    def __str__(self) -> str:
        return "每日摘要" if self.digest else "逐条提醒"
