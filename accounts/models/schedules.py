"""定时导出: an export at a time of day on weekdays, as its owner, with the scope the owner has at that moment."""

from django.db import models
from django.db.models import Q

from accounts import saved
from accounts.choices import ALL_ROLES, SYSTEM_ROLE
from accounts.free_text import refuse_personal_numbers
from accounts.rules.schedules import weekdays_word
from accounts.scope.access import TableAccess


class ScheduleState(models.TextChoices):
    ACTIVE = "active", "在用"
    PAUSED = "paused", "暂停"
    STOPPED = "stopped", "已停"


class StopReason(models.TextChoices):
    FAILED = "failed", "连续三次没有做成"
    ROLE = "role", "授权已收回或已变更"


class ScheduledExportQuerySet(models.QuerySet["ScheduledExport"]):
    def visible_to(self, scope) -> "ScheduledExportQuerySet":
        """One's own."""
        return self.filter(assignment_id=scope.assignment_id)

    def due(self, now) -> "ScheduledExportQuerySet":
        return self.filter(state=ScheduleState.ACTIVE, next_at__lte=now)


class ScheduledExport(models.Model):
    """List `screen` under `query`, exported at `at` on `weekdays` (bits, Monday lowest).

    `last_job` is the newest run; `settled`: its end has been counted. `failures` counts those in a row.
    """

    assignment = models.ForeignKey(
        "accounts.Assignment", models.CASCADE, related_name="+", verbose_name="设定人"
    )
    name = models.CharField("名称", max_length=40, blank=True)
    screen = models.CharField("列表", max_length=60, db_collation="C")
    query = models.CharField("条件", max_length=500, blank=True)
    at = models.TimeField("时间")
    weekdays = models.PositiveSmallIntegerField("星期")
    state = models.CharField("状态", max_length=8, choices=ScheduleState, default=ScheduleState.ACTIVE)
    stopped_for = models.CharField("停下的原因", max_length=8, choices=StopReason, blank=True, default="")
    next_at = models.DateTimeField("下次")
    failures = models.PositiveSmallIntegerField("连续未成", default=0)
    last_job = models.ForeignKey(
        "accounts.Job", models.SET_NULL, null=True, blank=True, db_constraint=False, related_name="+"
    )
    last_at = models.DateTimeField("上次", null=True, blank=True)
    settled = models.BooleanField("已计", default=True)
    created_at = models.DateTimeField("设定时间", auto_now_add=True)

    objects = ScheduledExportQuerySet.as_manager()
    access = TableAccess(
        "personal",
        self_column="assignment_id",
        readers=ALL_ROLES,
        insert=ALL_ROLES,
        update=(*ALL_ROLES, SYSTEM_ROLE),
        delete=(*ALL_ROLES, SYSTEM_ROLE),
        gatekeeper="S",
    )

    class Meta:
        verbose_name = "定时导出"
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["next_at"], name="schedule_due", condition=Q(state="active")),
            models.Index(fields=["last_job"], name="schedule_open", condition=Q(settled=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name=""),
                name="schedule_has_name",
                violation_error_code="schedule_name_required",
                violation_error_message="给定时导出起一个名称",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__gte=1, weekdays__lte=127),
                name="schedule_has_weekday",
                violation_error_code="weekday_required",
                violation_error_message="至少选一天",
            ),
            models.CheckConstraint(
                condition=Q(state="stopped") & ~Q(stopped_for="") | ~Q(state="stopped") & Q(stopped_for=""),
                name="schedule_stop_has_reason",
                violation_error_code="stop_incomplete",
                violation_error_message="停下要有原因",
            ),
            refuse_personal_numbers("name", table="scheduledexport"),
            refuse_personal_numbers("query", table="scheduledexport"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def screen_label(self) -> str:
        screen = saved.screen_of(self.screen)
        return screen.label if screen else self.screen

    @property
    def url(self) -> str:
        """The list that is exported."""
        screen = saved.screen_of(self.screen)
        return screen.url(self.query) if screen else ""

    @property
    def when(self) -> str:
        """周一至周五 18:30."""
        return f"{weekdays_word(self.weekdays)} {self.at:%H:%M}"
