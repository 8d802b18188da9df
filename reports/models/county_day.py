"""A county's day: its state, and each time it was forwarded to the city."""

from django.db import models
from django.db.models import F, Q, TextField
from django.db.models.functions import Cast, Now
from django.db.models.lookups import Regex

from accounts.choices import BUSINESS_READERS, SYSTEM_ROLE, Role
from accounts.free_text import CODE, MESSAGE, PERSONAL_NUMBER, refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess
from reports.choices import CountyState

READERS = (*BUSINESS_READERS, Role.WALL)


class CountyDay(models.Model):
    """One county on one day. No row: nobody has forwarded it. `version` counts state changes.

    `open_until`: the moment after which a re-opened day is closed again by itself.
    """

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="县", related_name="+")
    date = models.DateField("日期")
    state = models.CharField("状态", max_length=12, choices=CountyState, default=CountyState.OPEN)
    version = models.PositiveIntegerField("版本", default=1)
    forwards = models.PositiveSmallIntegerField("已上报次数", default=0)
    first_forwarded_at = models.DateTimeField("首次上报", null=True, blank=True)
    opening = models.ForeignKey(
        "reports.CountyOpening", models.PROTECT, null=True, blank=True, related_name="+"
    )
    open_until = models.DateTimeField("开放至", null=True, blank=True)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)
    created_at = models.DateTimeField("建立", auto_now_add=True)
    updated_at = models.DateTimeField("修改", auto_now=True)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess(
        "own",
        readers=READERS,
        insert=(Role.COUNTY_OFFICE,),
        update=(Role.COUNTY_OFFICE, Role.CITY_OFFICE, SYSTEM_ROLE),
    )

    class Meta:
        verbose_name = "县级日报"
        ordering = ["-date", "unit_path"]
        indexes = [models.Index(fields=["round", "date", "unit_path"], name="county_day_round_date_path")]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "area", "date"],
                name="county_day_once",
                violation_error_code="county_day_exists",
                violation_error_message="这一天的县级日报已经开过",
            ),
            models.CheckConstraint(
                condition=Q(state=CountyState.OPEN, forwards=0, first_forwarded_at__isnull=True)
                | ~Q(state=CountyState.OPEN) & Q(forwards__gte=1, first_forwarded_at__isnull=False),
                name="county_day_forwarded_has_forward",
                violation_error_code="county_day_without_forward",
                violation_error_message="上报过的县级日报必须有上报记录",
            ),
            models.CheckConstraint(
                condition=Q(state__in=(CountyState.RETURNED, CountyState.REOPENED), opening__isnull=False)
                | Q(state__in=(CountyState.OPEN, CountyState.FORWARDED), opening__isnull=True),
                name="county_day_opened_has_opening",
                violation_error_code="opening_missing",
                violation_error_message="退回和重开要有经办人和理由",
            ),
            models.CheckConstraint(
                condition=Q(state=CountyState.REOPENED, open_until__isnull=False)
                | ~Q(state=CountyState.REOPENED) & Q(open_until__isnull=True),
                name="county_day_reopened_has_end",
                violation_error_code="end_required",
                violation_error_message="重开要写明到什么时候为止",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area.name} {self.date}"


class CountyForward(models.Model):
    """One forwarding: the revisions it confirms and the townships it goes without. Never changed.

    `lines`: one {code, name, number, digest, late, zero} a township, by code. `missing`: {code, name, reason}.
    `forwarded_at` is the database's clock whatever the application sends; `late` follows.
    `opened_by` is who had returned or re-opened the day before this forwarding.
    """

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="县", related_name="+")
    date = models.DateField("日期")
    number = models.PositiveSmallIntegerField("第几次")
    day_version = models.PositiveIntegerField("依据的版本")
    forwarded_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="上报人", related_name="+"
    )
    forwarded_by_name = models.CharField("上报人", max_length=60)
    forwarded_by_office = models.CharField("上报单位", max_length=120)
    forwarded_at = models.DateTimeField("上报时间", db_default=Now())
    due_at = models.DateTimeField("截止时间")
    late = models.GeneratedField(
        expression=Q(forwarded_at__gt=F("due_at")),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name="迟报",
    )
    reason = models.CharField("再次上报的理由", max_length=200, blank=True, default="")
    opening = models.ForeignKey(
        "reports.CountyOpening", models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, null=True, blank=True, related_name="+"
    )
    townships = models.PositiveSmallIntegerField("应报乡镇")
    lines = models.JSONField("确认的各稿", default=list)
    missing = models.JSONField("未报乡镇", default=list)
    digest = models.CharField("校验码", max_length=64)
    digest_method = models.CharField("校验算法", max_length=20, default="sha256-forward-1")
    mac = models.CharField("防改标记", max_length=72, default="", editable=False)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess("own", insert=(Role.COUNTY_OFFICE,), frozen=True, server_time=("forwarded_at",))

    class Meta:
        verbose_name = "县级上报"
        ordering = ["-date", "-number"]
        indexes = [models.Index(fields=["round", "date", "unit_path"], name="forward_round_date_path")]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "area", "date", "number"],
                name="forward_number_once",
                violation_error_code="forward_exists",
                violation_error_message="这一次已经上报",
            ),
            models.UniqueConstraint(
                fields=["round", "area", "date", "day_version"],
                name="forward_once_per_version",
                violation_error_code="already_forwarded",
                violation_error_message="这一版已经上报",
            ),
            models.CheckConstraint(
                condition=Q(number=1, opening__isnull=True, reason="") | Q(number__gt=1) & ~Q(reason=""),
                name="forward_again_has_reason",
                violation_error_code="reason_required",
                violation_error_message="再次上报要有理由",
            ),
            models.CheckConstraint(
                condition=Q(opening__isnull=True, opened_by__isnull=True)
                | Q(opening__isnull=False, opened_by__isnull=False) & ~Q(opened_by=F("forwarded_by")),
                name="forward_opener_is_second_person",
                violation_error_code="second_person_required",
                violation_error_message="上报人不能退回或重开自己报的数",
            ),
            models.CheckConstraint(
                condition=Q(digest__regex="^[0-9a-f]{64}$"),
                name="forward_digest_is_sha256",
                violation_error_code="digest_malformed",
                violation_error_message="校验码格式不对",
            ),
            models.CheckConstraint(
                condition=~Q(Regex(Cast("missing", TextField()), PERSONAL_NUMBER)),
                name="forward_missing_no_personal_number",
                violation_error_code=CODE,
                violation_error_message=MESSAGE,
            ),
            refuse_personal_numbers("reason", table="forward"),
        ]

    def __str__(self) -> str:
        return f"{self.area.name} {self.date} 第 {self.number} 次上报"
