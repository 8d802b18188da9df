"""A township's day while it is worked on: the sheet (its state) and the draft (its figures so far)."""

import datetime

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.choices import BUSINESS_READERS, SYSTEM_ROLE, Role
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess
from reports.choices import SheetState


class DailySheet(models.Model):
    """One township on one day. `version` counts state changes: a filing names the version it saw.

    `opening`: the return or re-opening in force. `open_until`: the moment after which an opened day is closed again
    by itself, whether or not the timer has run yet. `confirmed`: the revision the county last forwarded.
    """

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="乡镇", related_name="+")
    date = models.DateField("日期")
    state = models.CharField("状态", max_length=24, choices=SheetState, default=SheetState.DRAFT)
    version = models.PositiveIntegerField("版本", default=1)
    revisions = models.PositiveSmallIntegerField("已报稿数", default=0)
    first_filed_at = models.DateTimeField("首次上报", null=True, blank=True)
    opening = models.ForeignKey(
        "reports.SheetOpening", models.PROTECT, null=True, blank=True, related_name="+"
    )
    open_until = models.DateTimeField("开放至", null=True, blank=True)
    confirmed = models.PositiveSmallIntegerField("县级确认稿", null=True, blank=True)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)
    created_at = models.DateTimeField("建立", db_default=Now(), editable=False)
    updated_at = models.DateTimeField("修改", auto_now=True)

    # Set when the row is locked: the end that has passed, if the timer has not written it down yet.
    ended_at: datetime.datetime | None = None

    objects = ScopedQuerySet.as_manager()
    access = TableAccess(
        "own",
        readers=(*BUSINESS_READERS, Role.WALL),
        insert=(Role.TOWNSHIP,),
        update=(Role.TOWNSHIP, Role.COUNTY_OFFICE, SYSTEM_ROLE),
        server_time=("created_at",),
    )

    class Meta:
        verbose_name = "日报"
        ordering = ["-date", "unit_path"]
        indexes = [models.Index(fields=["round", "date", "unit_path"], name="sheet_round_date_path")]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "area", "date"],
                name="sheet_once_per_day",
                violation_error_code="sheet_exists",
                violation_error_message="这一天的日报已经开过",
            ),
            models.CheckConstraint(
                condition=Q(state=SheetState.DRAFT, revisions=0, first_filed_at__isnull=True)
                | ~Q(state=SheetState.DRAFT) & Q(revisions__gte=1, first_filed_at__isnull=False),
                name="sheet_filed_has_revision",
                violation_error_code="sheet_state_without_revision",
                violation_error_message="已报的日报必须有一稿，草稿没有",
            ),
            models.CheckConstraint(
                condition=Q(version__gt=F("revisions")),
                name="sheet_version_above_revisions",
                violation_error_code="sheet_version_impossible",
                violation_error_message="日报版本号不对",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("returned", "reopened"), opening__isnull=False)
                | ~Q(state__in=("returned", "reopened")) & Q(opening__isnull=True),
                name="sheet_opened_has_opening",
                violation_error_code="opening_missing",
                violation_error_message="退回和重开要有经办人和理由",
            ),
            models.CheckConstraint(
                condition=Q(state="reopened", open_until__isnull=False)
                | Q(state__in=("returned", "correcting"))
                | Q(state__in=("draft", "filed", "correction_requested"), open_until__isnull=True),
                name="sheet_reopened_has_end",
                violation_error_code="end_required",
                violation_error_message="重开要写明到什么时候为止",
            ),
            models.CheckConstraint(
                condition=Q(confirmed__isnull=True) | Q(confirmed__gte=1, confirmed__lte=F("revisions")),
                name="sheet_confirmed_is_a_revision",
                violation_error_code="confirmed_impossible",
                violation_error_message="县级确认的稿不存在",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area.name} {self.date}"


class DailyDraft(models.Model):
    """One village's (`area`) figures of a day before they are filed; a correction starts from it.

    `values`: key → integer or ISO date; `marks`: key → na | unknown; a key in neither is 未报 (a date: 未到).
    `carried`: keys still as last filed, not yet confirmed.
    `stamps`: key → [number of the change, who made it], so that two people at one cell meet a conflict.
    `reasons`: rule code and key → the reason given for a warning.
    """

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="村(社区)", related_name="+")
    township = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="乡镇", related_name="+")
    date = models.DateField("日期")
    values = models.JSONField("数", default=dict)
    marks = models.JSONField("标记", default=dict)
    carried = models.JSONField("沿用未确认", default=list)
    stamps = models.JSONField("改动序号", default=dict)
    reasons = models.JSONField("理由", default=dict)
    note = models.CharField("备注", max_length=200, blank=True, default="")
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)
    created_at = models.DateTimeField("建立", auto_now_add=True)
    updated_at = models.DateTimeField("修改", auto_now=True)

    objects = ScopedQuerySet.as_manager()
    # Drafts are working paper: the audit chain holds the filing, not every keystroke before it.
    access = TableAccess(
        "own",
        insert=(Role.TOWNSHIP, SYSTEM_ROLE),
        update=(Role.TOWNSHIP, SYSTEM_ROLE),
        delete=(SYSTEM_ROLE,),
        audited=False,
    )

    class Meta:
        verbose_name = "日报草稿"
        ordering = ["date", "unit_path"]
        indexes = [models.Index(fields=["township", "date"], name="draft_township_date")]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "date", "area"],
                name="draft_once_per_village_day",
                violation_error_code="draft_exists",
                violation_error_message="这个村(社区)当天已有草稿",
            ),
            refuse_personal_numbers("note", table="draft"),
        ]

    def __str__(self) -> str:
        return f"{self.area.name} {self.date}"
