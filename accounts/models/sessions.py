"""Sessions, attempts to sign in, known devices and API tokens: reached through the alias `login` alone."""

from django.contrib.postgres.indexes import BTreeIndex
from django.db import models
from django.db.models.functions import Now

from accounts.free_text import refuse_personal_numbers
from accounts.scope.access import TableAccess


class KnownDevice(models.Model):
    """A browser from which this account has signed in before: nobody else's guesses lock it out."""

    access = TableAccess("login", audited=False)

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="devices", verbose_name="账号")
    token_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "常用设备"
        constraints = [models.UniqueConstraint(fields=["user", "token_hash"], name="device_once_per_user")]

    def __str__(self) -> str:
        return f"设备 {self.pk}"


class UserSession(models.Model):
    """A session; the browser's cookie holds the key, this row only its hash. An ended row keeps no data."""

    access = TableAccess("login", audited=False)

    key_hash = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(
        "accounts.User", models.CASCADE, null=True, related_name="sessions", verbose_name="账号"
    )
    data = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    idle_seconds = models.IntegerField("无操作时限(秒)", null=True, default=1800)
    ip = models.GenericIPAddressField(null=True)
    agent = models.CharField("浏览器", max_length=160, blank=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = "会话"
        indexes = [BTreeIndex(fields=["user", "ended_at"], name="session_of_user")]

    def __str__(self) -> str:
        return self.key_hash[:12]


class LoginAttempt(models.Model):
    """One try to sign in. Written before the password is checked, so that parallel guesses count too."""

    access = TableAccess("login", audited=False)

    class Outcome(models.TextChoices):
        FAILED = "failed", "未通过"
        PASSED = "passed", "通过"
        REFUSED = "refused", "锁定中"

    bucket = models.CharField("计数对象", max_length=64)
    user_id = models.BigIntegerField("账号", null=True)
    known_device = models.BooleanField("常用设备", default=False)
    ip = models.GenericIPAddressField(null=True)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.FAILED)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "登录尝试"
        indexes = [
            models.Index(fields=["bucket", "at"], name="attempt_of_bucket"),
            models.Index(fields=["ip", "at"], name="attempt_of_ip"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.get_outcome_display()}"


class ApiToken(models.Model):
    """A token for the API: for one assignment, opaque, stored hashed, dated, revocable."""

    access = TableAccess("login")

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="tokens", verbose_name="账号")
    assignment_id = models.BigIntegerField("授权")
    name = models.CharField("用途", max_length=60, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    second_factor = models.BooleanField("经第二因素签发", default=False)
    stepped_up_at = models.DateTimeField("再次确认时间", db_default=Now())
    expires_at = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        verbose_name = "接口令牌"
        constraints = [refuse_personal_numbers("name", table="token")]

    def __str__(self) -> str:
        return self.name or f"令牌 {self.pk}"
