"""届: one term election of one city, with its dates."""

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.choices import BUSINESS_READERS, SYSTEM_ROLE, Role
from accounts.free_text import refuse_personal_numbers
from accounts.scope import TableAccess
from elections.querysets import RoundQuerySet


class Round(models.Model):
    """Dates that every other record of a term hangs on; read by the whole subtree of the city `area`."""

    name = models.CharField("届次", max_length=40)
    province = models.ForeignKey(
        "accounts.Area", models.PROTECT, verbose_name="省", related_name="provincial_rounds"
    )
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="市", related_name="rounds")
    year = models.PositiveSmallIntegerField("年份")
    starts_on = models.DateField("换届开始")
    ends_on = models.DateField("换届结束")
    reporting_from = models.DateField("日报开始")
    reporting_to = models.DateField("日报结束")
    excluded_dates = ArrayField(
        models.DateField(), verbose_name="不报日", default=list, blank=True, help_text="这些日子不要求上报"
    )
    law_profile = models.CharField("法规版本", max_length=40, blank=True)
    is_current = models.BooleanField("本届", default=False)
    practice = models.BooleanField("演练", default=False)
    version = models.PositiveIntegerField("版本", default=1, editable=False)
    unit_path = models.CharField(max_length=64, db_collation="C", default="", editable=False)
    created_at = models.DateTimeField("建立", auto_now_add=True)
    updated_at = models.DateTimeField("修改", auto_now=True)

    objects = models.Manager.from_queryset(RoundQuerySet)()
    # The wall of a province shows the totals of its cities' rounds.
    access = TableAccess(
        "inherited",
        readers=(*BUSINESS_READERS, Role.WALL),
        insert=(Role.CITY_OFFICE, SYSTEM_ROLE),
        update=(Role.CITY_OFFICE,),
    )

    class Meta:
        verbose_name = "届次"
        ordering = ["-starts_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["area"],
                condition=Q(is_current=True),
                name="round_one_current_per_area",
                violation_error_code="current_round_exists",
                violation_error_message="本市已有一个“本届”，先结束它再设新的",
            ),
            models.UniqueConstraint(
                fields=["area", "name"],
                name="round_name_once_per_area",
                violation_error_code="round_name_taken",
                violation_error_message="本市已有同名届次",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="round_ends_after_start",
                violation_error_code="round_dates_reversed",
                violation_error_message="换届结束日早于开始日",
            ),
            models.CheckConstraint(
                condition=Q(reporting_to__gte=F("reporting_from")),
                name="round_reporting_ends_after_start",
                violation_error_code="reporting_dates_reversed",
                violation_error_message="日报结束日早于开始日",
            ),
            models.CheckConstraint(
                condition=Q(reporting_from__gte=F("starts_on"), reporting_to__lte=F("ends_on")),
                name="round_reporting_within_round",
                violation_error_code="reporting_outside_round",
                violation_error_message="日报期间超出换届期间",
            ),
            models.CheckConstraint(
                condition=Q(year__gte=2000, year__lte=2100),
                name="round_year_plausible",
                violation_error_code="round_year_implausible",
                violation_error_message="年份应在 2000 至 2100 之间",
            ),
            refuse_personal_numbers("name", table="round"),
            refuse_personal_numbers("law_profile", table="round"),
        ]

    def __str__(self) -> str:
        return self.name

    def has_reporting_on(self, day: dt.date) -> bool:
        """Whether a daily report is asked for on `day`."""
        return self.reporting_from <= day <= self.reporting_to and day not in self.excluded_dates
