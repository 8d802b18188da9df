"""催报: a superior has asked a township for its missing day. Insert-only."""

from django.db import models
from django.db.models.functions import Now

from accounts.choices import BUSINESS_READERS, Role
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess


class Chase(models.Model):
    """One chase of one township (`area`) for one day: by whom, when by the database's clock."""

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="乡镇", related_name="+")
    date = models.DateField("日期")
    number = models.PositiveSmallIntegerField("第几次")
    chased_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="经办人", related_name="+"
    )
    chased_by_name = models.CharField("经办人", max_length=60)
    chased_by_office = models.CharField("经办单位", max_length=120)
    chased_at = models.DateTimeField("时间", db_default=Now())
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess(
        "own",
        readers=BUSINESS_READERS,
        insert=(Role.CITY_OFFICE, Role.COUNTY_OFFICE),
        frozen=True,
        server_time=("chased_at",),
    )

    class Meta:
        verbose_name = "催报"
        ordering = ["-chased_at"]
        indexes = [models.Index(fields=["round", "date", "unit_path"], name="chase_round_date_path")]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "area", "date", "number"],
                name="chase_number_once",
                violation_error_code="chase_exists",
                violation_error_message="刚有人催过这个乡镇，请刷新后再看",
            )
        ]

    def __str__(self) -> str:
        return f"催报 {self.area.name} {self.date} 第 {self.number} 次"
