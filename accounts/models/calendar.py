"""日历订阅: a secret address under which one's own deadlines are read by a calendar program."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.scope.access import TableAccess


class CalendarFeed(models.Model):
    """The address of one assignment: opaque, stored as hash, shown once, revocable. At most one is in force.

    `window_at` and `fetches` count how often it was asked for in the running ten minutes.
    """

    # Making and stopping one are acts; the row itself changes at every reading.
    access = TableAccess("login", audited=False)

    user = models.ForeignKey("accounts.User", models.CASCADE, related_name="feeds", verbose_name="账号")
    assignment_id = models.BigIntegerField("授权")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField("生成时间", db_default=Now())
    fetched_at = models.DateTimeField("最近读取", null=True, blank=True)
    window_at = models.DateTimeField(db_default=Now())
    fetches = models.PositiveIntegerField("近期读取次数", default=0)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = "日历订阅"
        constraints = [
            models.UniqueConstraint(
                fields=["assignment_id"],
                condition=Q(revoked_at__isnull=True),
                name="calendarfeed_one_in_force",
                violation_error_code="feed_exists",
                violation_error_message="已有一个订阅地址，先停用它",
            ),
        ]

    def __str__(self) -> str:
        return f"日历订阅 {self.pk}"
