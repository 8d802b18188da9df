"""The job ledger: PostgreSQL knows what must be done, Redis only carries the wake-up.

Rows are written by the functions of `accounts/protection/jobs*.sql` only; the web and worker roles may read
them under the policies of that file.
"""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.choices import OFFICE_ROLES, SYSTEM_ROLE, Role
from accounts.querysets import path_end
from accounts.scope import Scope, TableAccess


class JobState(models.TextChoices):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "进行中"
    DONE = "done", "已完成"
    FAILED = "failed", "未完成"
    CANCELLED = "cancelled", "已停止"
    PARKED = "parked", "已搁置"


ACTIVE_STATES = (JobState.QUEUED, JobState.RUNNING)


# Who sees the shared jobs of the unit, besides the one who asked.
SHARED_WITH = (*OFFICE_ROLES, Role.ADMIN, SYSTEM_ROLE)
SHARED_SQL = ", ".join(f"'{role}'" for role in SHARED_WITH)


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, scope: Scope) -> "JobQuerySet":
        """Own jobs; for offices also the shared jobs of their area.

        The row policy repeats this; here it keeps the query on its index.
        """
        own = Q(requested_by_id=scope.assignment_id)
        if scope.role not in SHARED_WITH:
            return self.filter(own)
        return self.filter(
            own | Q(shared=True, unit_path__gte=scope.path, unit_path__lt=path_end(scope.path))
        )

    def active(self) -> "JobQuerySet":
        return self.filter(state__in=ACTIVE_STATES)


class Job(models.Model):
    """One piece of long work: who asked for what, how far it is, what came out of it."""

    kind = models.CharField("种类", max_length=64)
    label = models.CharField("名称", max_length=80)
    subject = models.CharField("对象标识", max_length=200)
    detail = models.CharField("说明", max_length=160, blank=True, default="")
    requested_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, null=True, related_name="jobs", verbose_name="发起人"
    )
    system_scope = models.CharField("系统范围", max_length=64, blank=True, default="")
    area = models.ForeignKey(
        "accounts.Area", models.PROTECT, null=True, related_name="+", verbose_name="区域"
    )
    unit_path = models.CharField(max_length=64, db_collation="C", blank=True, default="")
    shared = models.BooleanField("同单位可见", default=True)
    owner_key = models.CharField(max_length=40, help_text="area:<id>, assignment:<id> or system:<scope>")
    params = models.JSONField("参数", default=dict)
    request_id = models.CharField(max_length=64, blank=True, default="")

    state = models.CharField("状态", max_length=10, choices=JobState, default=JobState.QUEUED)
    stage = models.CharField("阶段", max_length=60, blank=True, default="")
    done = models.BigIntegerField("已处理", default=0)
    total = models.BigIntegerField("总数", default=0)
    message = models.CharField("结果说明", max_length=400, blank=True, default="")

    result_path = models.CharField(max_length=120, blank=True, default="")
    result_name = models.CharField("结果文件", max_length=160, blank=True, default="")
    result_size = models.BigIntegerField("文件大小", default=0)
    result_expires_at = models.DateTimeField("文件到期", null=True)

    error_code = models.CharField("错误代码", max_length=64, blank=True, default="")
    error_message = models.CharField("错误说明", max_length=400, blank=True, default="")

    attempts = models.SmallIntegerField("执行次数", default=0)
    max_attempts = models.SmallIntegerField(default=5)
    not_before = models.DateTimeField(db_default=Now())
    woken_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True, default="")
    cancel_requested = models.BooleanField("已请求停止", default=False)

    created_at = models.DateTimeField("发起时间", db_default=Now())
    started_at = models.DateTimeField("开始时间", null=True)
    finished_at = models.DateTimeField("结束时间", null=True)
    updated_at = models.DateTimeField(db_default=Now())
    version = models.IntegerField(default=0)

    objects = JobQuerySet.as_manager()
    access = TableAccess(
        kind="system",
        audited=False,
        application_reads="requested_by_id = (SELECT scope_assignment()) OR (shared "
        "AND unit_path >= (SELECT scope_path()) AND unit_path < (SELECT scope_end()) "
        f"AND (SELECT scope_role()) IN ({SHARED_SQL}))",
    )

    class Meta:
        verbose_name = "后台任务"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject", "owner_key"],
                condition=Q(state__in=["queued", "running"]),
                name="job_one_active",
            ),
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=False, system_scope="")
                | (Q(requested_by__isnull=True) & ~Q(system_scope="")),
                name="job_person_or_system",
            ),
            models.CheckConstraint(
                condition=~Q(state="running") | Q(lease__isnull=False, lease_until__isnull=False),
                name="job_running_has_lease",
            ),
            models.CheckConstraint(condition=Q(done__gte=0, total__gte=0), name="job_counts_not_negative"),
        ]
        indexes = [
            models.Index(fields=["requested_by", "-id"], name="job_of_person"),
            models.Index(fields=["unit_path", "-id"], name="job_of_unit"),
            models.Index(F("not_before"), name="job_waiting", condition=Q(state__in=["queued", "running"])),
            models.Index(F("result_expires_at"), name="job_result_due", condition=~Q(result_path="")),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.subject} {self.get_state_display()}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def is_restartable(self) -> bool:
        return self.state in (JobState.FAILED, JobState.PARKED)

    @property
    def percent(self) -> int | None:
        """Whole percent done, or None while the total is not known."""
        if self.state == JobState.DONE:
            return 100
        if not self.total:
            return None
        return min(99, self.done * 100 // self.total)


class JobEvent(models.Model):
    """History of a job: queued, started, requeued, ended. Insert-only."""

    class Type(models.TextChoices):
        QUEUED = "queued", "已发起"
        STARTED = "started", "开始执行"
        REQUEUED = "requeued", "中断后重新排队"
        RETRY = "retry", "出错，稍后重试"
        RESTARTED = "restarted", "人工重新执行"
        CANCEL_REQUESTED = "cancel_requested", "请求停止"
        DONE = "done", "完成"
        FAILED = "failed", "未完成"
        CANCELLED = "cancelled", "已停止"
        PARKED = "parked", "多次未成，已搁置"
        RESULT_PURGED = "result_purged", "结果文件到期删除"

    job = models.ForeignKey(Job, models.CASCADE, related_name="events")
    at = models.DateTimeField(db_default=Now())
    type = models.CharField(max_length=20, choices=Type)
    attempt = models.SmallIntegerField(default=0)
    message = models.CharField(max_length=400, blank=True, default="")
    worker = models.CharField(max_length=120, blank=True, default="")

    access = TableAccess(
        kind="system",
        audited=False,
        application_reads="EXISTS (SELECT 1 FROM accounts_job j WHERE j.id = job_id)",
    )

    class Meta:
        verbose_name = "任务经过"
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.at:%m-%d %H:%M:%S}"


class JobTrace(models.Model):
    """Frames of an unexpected error, without values; no application role reads it."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())
    attempt = models.SmallIntegerField(default=0)
    trace = models.TextField()

    access = TableAccess(kind="system", audited=False)

    class Meta:
        verbose_name = "任务错误记录"

    def __str__(self) -> str:
        return f"{self.job_id} #{self.attempt}"


class JobPeriod(models.Model):
    """One row per timer and period: two schedulers cannot run a period twice."""

    name = models.CharField(max_length=64)
    period_start = models.DateTimeField()
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    access = TableAccess(
        kind="system", audited=False, application_reads="(SELECT scope_role()) IN ('admin', 'system')"
    )

    class Meta:
        verbose_name = "定时任务周期"
        constraints = [
            models.UniqueConstraint(fields=["name", "period_start"], name="job_period_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.period_start:%Y-%m-%d %H:%M}"


class WorkerBeat(models.Model):
    """Last sign of life of each worker that handled a timer message (the whole chain is alive)."""

    name = models.CharField(max_length=120, primary_key=True)
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    access = TableAccess(
        kind="system", audited=False, application_reads="(SELECT scope_role()) IN ('admin', 'system')"
    )

    class Meta:
        verbose_name = "工作进程"

    def __str__(self) -> str:
        return self.name
