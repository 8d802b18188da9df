"""What a city sets for its comments: which levels write, how long an answer takes, by which rules drafts are made."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.choices import OFFICE_ROLES, SYSTEM_ROLE, Role
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import InheritedQuerySet, ScopedQuerySet
from accounts.scope import TableAccess
from reports.choices_comments import CommentChannel
from reports.models.comment_parts import unit_key


class CommentSetting(models.Model):
    """One row a round; without one the defaults of its fields hold."""

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = unit_key("市")
    by_city = models.BooleanField("市对县(市、区)", default=True)
    by_county = models.BooleanField("县对乡镇(街道)", default=True)
    by_township = models.BooleanField("乡镇对村(社区)", default=False)
    reply_hours = models.PositiveSmallIntegerField("回复时限（小时）", default=48)
    escalate_hours = models.PositiveSmallIntegerField("超时上提（小时）", default=24)
    demand = models.CharField(
        "要求", max_length=300, default="请逐项核实原因，列出办理时间，在回复时限前回复做了什么。"
    )
    praise = models.CharField("进度好时的话", max_length=300, default="请继续保持，总结可以推开的做法。")
    version = models.PositiveIntegerField("版本", default=1)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)
    updated_at = models.DateTimeField("修改", auto_now=True)

    objects = InheritedQuerySet.as_manager()
    access = TableAccess("inherited", insert=(Role.CITY_OFFICE,), update=(Role.CITY_OFFICE,))

    class Meta:
        verbose_name = "点评设置"
        constraints = [
            models.UniqueConstraint(
                fields=["round"],
                name="commentsetting_once_per_round",
                violation_error_code="comment_setting_exists",
                violation_error_message="本届已有点评设置",
            ),
            models.CheckConstraint(
                condition=Q(
                    reply_hours__gte=1, reply_hours__lte=720, escalate_hours__gte=1, escalate_hours__lte=720
                ),
                name="commentsetting_hours_plausible",
                violation_error_code="hours_out_of_range",
                violation_error_message="小时数应在 1 至 720 之间",
            ),
            refuse_personal_numbers("demand", table="commentsetting"),
            refuse_personal_numbers("praise", table="commentsetting"),
        ]

    def __str__(self) -> str:
        return f"{self.area_id} 点评设置"


class CommentRule(models.Model):
    """One version of one drafting rule. Never changed: another version follows; the newest holds."""

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = unit_key("市")
    code = models.CharField("规则", max_length=24)
    version = models.PositiveSmallIntegerField("版本")
    enabled = models.BooleanField("启用", default=True)
    params = models.JSONField("界限", default=dict)
    wording = models.CharField("措辞", max_length=300)
    made_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="修改人", related_name="+"
    )
    made_by_name = models.CharField("修改人", max_length=60)
    made_at = models.DateTimeField("修改时间", db_default=Now())
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = InheritedQuerySet.as_manager()
    access = TableAccess("inherited", insert=(Role.CITY_OFFICE,), frozen=True, server_time=("made_at",))

    class Meta:
        verbose_name = "起草规则"
        ordering = ["code", "-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "code", "version"],
                name="commentrule_version_once",
                violation_error_code="rule_changed",
                violation_error_message="这条规则刚被别人改过，重新打开再改",
            ),
            models.CheckConstraint(
                condition=Q(version__gte=2),  # version 1 is the one the product brings
                name="commentrule_follows_the_first",
                violation_error_code="rule_version_impossible",
                violation_error_message="规则版本不对",
            ),
            refuse_personal_numbers("wording", table="commentrule"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"


class CommentSeries(models.Model):
    """Last number given by a sender in a year by one channel; taken under its row's lock, so there are no gaps."""

    area = unit_key("发出单位")
    year = models.PositiveSmallIntegerField("年份")
    channel = models.CharField("方式", max_length=10, choices=CommentChannel)
    last = models.PositiveIntegerField("末号", default=0)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess(
        "own", readers=OFFICE_ROLES, insert=(*OFFICE_ROLES, SYSTEM_ROLE), update=(*OFFICE_ROLES, SYSTEM_ROLE)
    )

    class Meta:
        verbose_name = "点评编号"
        constraints = [
            models.UniqueConstraint(
                fields=["area", "year", "channel"],
                name="commentseries_once",
                violation_error_code="series_exists",
                violation_error_message="这个编号序列已有",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_id} {self.year} {self.get_channel_display()} {self.last}"
