"""What a city sets for its round: cut-offs and its own items."""

import datetime

from django.db import models
from django.db.models import F, Q

from accounts.choices import BUSINESS_READERS, Role
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import InheritedQuerySet
from accounts.scope import TableAccess
from reports.choices import CutOffLevel, LocalNature


class CutOff(models.Model):
    """Time of day (Asia/Shanghai) by which a level is due. No row: 17:00 township, 18:00 county."""

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="cut_offs")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="市", related_name="+")
    level = models.PositiveSmallIntegerField("层级", choices=CutOffLevel)
    at = models.TimeField("截止")
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)
    updated_at = models.DateTimeField("修改", auto_now=True)

    objects = InheritedQuerySet.as_manager()
    access = TableAccess(
        "inherited",
        readers=(*BUSINESS_READERS, Role.WALL),
        insert=(Role.CITY_OFFICE,),
        update=(Role.CITY_OFFICE,),
    )

    class Meta:
        verbose_name = "截止时间"
        ordering = ["-level"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "level"],
                name="cutoff_once_per_level",
                violation_error_code="cutoff_exists",
                violation_error_message="这一层级已有截止时间",
            ),
            models.CheckConstraint(
                condition=Q(level__in=CutOffLevel.values),
                name="cutoff_level_known",
                violation_error_code="cutoff_level_unknown",
                violation_error_message="截止时间只分乡级和县级",
            ),
            models.CheckConstraint(
                condition=Q(at__gte=datetime.time(8), at__lte=datetime.time(23, 59)),
                name="cutoff_within_day",
                violation_error_code="cutoff_outside_day",
                violation_error_message="截止时间应在 8:00 至 23:59 之间",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()} {self.at:%H:%M}"


class LocalMetric(models.Model):
    """A city's own item of the daily table; its values stand in `extras` under `key`."""

    round = models.ForeignKey(
        "elections.Round", models.PROTECT, verbose_name="届次", related_name="local_metrics"
    )
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="市", related_name="+")
    key = models.CharField("代码", max_length=32)
    name = models.CharField("名称", max_length=20)
    unit = models.CharField("单位", max_length=10)
    nature = models.CharField("性质", max_length=8, choices=LocalNature)
    position = models.PositiveSmallIntegerField("次序", default=0)
    valid_from = models.DateField("自")
    valid_to = models.DateField("至", null=True, blank=True)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)
    updated_at = models.DateTimeField("修改", auto_now=True)

    objects = InheritedQuerySet.as_manager()
    access = TableAccess("inherited", insert=(Role.CITY_OFFICE,), update=(Role.CITY_OFFICE,))

    class Meta:
        verbose_name = "本市项目"
        ordering = ["position", "id"]
        constraints = [
            refuse_personal_numbers("name", table="local_metric"),
            refuse_personal_numbers("unit", table="local_metric"),
            models.UniqueConstraint(
                fields=["round", "key"],
                name="local_metric_key_once",
                violation_error_code="local_metric_exists",
                violation_error_message="本届已有同代码的项目",
            ),
            models.UniqueConstraint(
                fields=["round", "name"],
                name="local_metric_name_once",
                violation_error_code="local_metric_name_taken",
                violation_error_message="本届已有同名的项目",
            ),
            models.CheckConstraint(
                condition=Q(key__regex="^x_[a-z0-9_]{1,30}$"),
                name="local_metric_key_form",
                violation_error_code="local_metric_key_malformed",
                violation_error_message="项目代码以 x_ 开头，后接小写字母、数字或下划线",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="local_metric_dates_ordered",
                violation_error_code="local_metric_dates_reversed",
                violation_error_message="项目结束日早于开始日",
            ),
        ]

    def __str__(self) -> str:
        return self.name
