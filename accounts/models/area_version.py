"""What a unit was before a dated operation changed it."""

from django.db import models
from django.db.models import F, Q

from accounts.scope.access import TableAccess


class AreaVersion(models.Model):
    """Name, kind, parent and path of a unit from `valid_from` (null: from its beginning) until the day before
    `valid_to`. The state in force is the unit's own row: a unit that never changed has no version.

    Written by `area_move()` alone. Read through `accounts.queries.trees` or the SQL function `area_on(day)`.
    """

    access = TableAccess("reference")

    area = models.ForeignKey("accounts.Area", models.PROTECT, related_name="versions", verbose_name="区划")
    name = models.CharField("名称", max_length=60)
    short_name = models.CharField("简称", max_length=60)
    kind = models.CharField("类型", max_length=20)
    parent = models.ForeignKey(
        "accounts.Area", models.PROTECT, null=True, related_name="former_children", verbose_name="管理上级"
    )
    path = models.CharField("路径", max_length=64, db_collation="C")
    valid_from = models.DateField("自", null=True)
    valid_to = models.DateField("至(不含)")

    class Meta:
        verbose_name = "区划旧况"
        ordering = ["area", "valid_to"]
        constraints = [
            models.UniqueConstraint(fields=["area", "valid_to"], name="area_version_once_per_end"),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True) | Q(valid_from__lt=F("valid_to")),
                name="area_version_days_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} 至 {self.valid_to}"
