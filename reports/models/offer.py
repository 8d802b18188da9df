"""What a superior office collected for a township and offers it."""

from django.db import models
from django.db.models.functions import Now

from accounts.choices import Role
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess

OFFICES = (Role.COUNTY_OFFICE, Role.CITY_OFFICE)


class DailyOffer(models.Model):
    """A township's workbook as the county or city collected it: never its figures until the township takes them.

    `cells`: [village code, key, text] in the order of the file. A newer file of the same day replaces the older.
    """

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="乡镇", related_name="+")
    date = models.DateField("日期")
    cells = models.JSONField("格", default=list)
    sent_by_name = models.CharField("送来的人", max_length=60)
    sent_by_office = models.CharField("送来的单位", max_length=60)
    sent_at = models.DateTimeField("送来时间", db_default=Now())
    is_open = models.BooleanField("待乡镇采用", default=True)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess("own", insert=OFFICES, update=(*OFFICES, Role.TOWNSHIP))

    class Meta:
        verbose_name = "送来的日报表"
        ordering = ["date", "unit_path"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "area", "date"],
                name="offer_once_per_township_day",
                violation_error_code="offer_exists",
                violation_error_message="这个乡镇当天已有送来的表",
            ),
            refuse_personal_numbers("sent_by_name", table="offer"),
            refuse_personal_numbers("sent_by_office", table="offer"),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.area_id}"
