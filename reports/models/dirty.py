"""What the roll-up still has to fold in: one row per filing, only ever added to."""

from django.db import models
from django.db.models.functions import Now

from accounts.choices import SYSTEM_ROLE, Role
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess


class DirtyMark(models.Model):
    """A township's day has a newer revision than the roll-up knows of."""

    id = models.BigAutoField(primary_key=True)
    # No index of their own: a mark is written by every filing and found by round and day alone.
    round = models.ForeignKey("elections.Round", models.PROTECT, related_name="+", db_index=False)
    area = models.ForeignKey("accounts.Area", models.PROTECT, related_name="+", db_index=False)
    date = models.DateField("日期")
    revision = models.ForeignKey("reports.DailyRevision", models.PROTECT, related_name="+", db_index=False)
    marked_at = models.DateTimeField("标记时间", db_default=Now())
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess("own", insert=(Role.TOWNSHIP,), delete=(SYSTEM_ROLE,), audited=False)

    class Meta:
        verbose_name = "待汇总"
        ordering = ["id"]
        indexes = [models.Index(fields=["round", "date"], name="dirty_round_date")]

    def __str__(self) -> str:
        return f"{self.area_id} {self.date}"
