"""退回 and 重开: the level above opens a filed day again, with a reason. Insert-only."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.choices import Role
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess
from reports.choices import OpeningKind


class Opening(models.Model):
    """One return or re-opening of what `author` handed up as number `number`.

    `ends_at`: until when a re-opened day may be corrected, that moment included; a return has no end.
    """

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    date = models.DateField("日期")
    kind = models.CharField("方式", max_length=12, choices=OpeningKind)
    number = models.PositiveSmallIntegerField("第几稿")
    reason = models.CharField("理由", max_length=200)
    ends_at = models.DateTimeField("截止", null=True, blank=True)
    opened_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="经办人", related_name="+"
    )
    opened_by_name = models.CharField("经办人", max_length=60)
    opened_by_office = models.CharField("经办单位", max_length=120)
    opened_at = models.DateTimeField("时间", db_default=Now())
    author = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="原上报人", related_name="+"
    )
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.date}"


def opening_constraints(table: str) -> list[Any]:
    """What holds for every return and re-opening; `table` begins the names."""
    return [
        models.CheckConstraint(
            condition=~Q(reason=""),
            name=f"{table}_has_reason",
            violation_error_code="reason_required",
            violation_error_message="退回和重开要写明理由",
        ),
        models.CheckConstraint(
            condition=Q(kind=OpeningKind.RETURNED, ends_at__isnull=True)
            | Q(kind=OpeningKind.REOPENED, ends_at__isnull=False, ends_at__gt=F("opened_at")),
            name=f"{table}_reopening_has_end",
            violation_error_code="end_required",
            violation_error_message="重开要写明到什么时候为止，且在现在以后",
        ),
        models.CheckConstraint(
            condition=~Q(opened_by=F("author")),
            name=f"{table}_opener_is_second_person",
            violation_error_code="second_person_required",
            violation_error_message="上报人不能退回或重开自己报的数",
        ),
        refuse_personal_numbers("reason", table=table),
    ]


class SheetOpening(Opening):
    """The county opens a township's (`area`) filed day."""

    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="乡镇", related_name="+")

    access = TableAccess("own", insert=(Role.COUNTY_OFFICE,), frozen=True, server_time=("opened_at",))

    class Meta:
        verbose_name = "退回和重开"
        ordering = ["-opened_at"]
        indexes = [models.Index(fields=["round", "area", "date"], name="sheet_opening_day")]
        constraints = opening_constraints("sheet_opening")


class CountyOpening(Opening):
    """The city opens a county's (`area`) forwarded day."""

    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="县", related_name="+")

    access = TableAccess("own", insert=(Role.CITY_OFFICE,), frozen=True, server_time=("opened_at",))

    class Meta:
        verbose_name = "县级日报退回和重开"
        ordering = ["-opened_at"]
        indexes = [models.Index(fields=["round", "area", "date"], name="county_opening_day")]
        constraints = opening_constraints("county_opening")


class SheetRecall(models.Model):
    """收回: the county closed what it had opened; revision `number` of the township (`area`) stands. Insert-only."""

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="乡镇", related_name="+")
    date = models.DateField("日期")
    number = models.PositiveSmallIntegerField("第几稿")
    reason = models.CharField("理由", max_length=200)
    recalled_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="经办人", related_name="+"
    )
    recalled_at = models.DateTimeField("时间", db_default=Now())
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess("own", insert=(Role.COUNTY_OFFICE,), frozen=True, server_time=("recalled_at",))

    class Meta:
        verbose_name = "收回"
        ordering = ["-recalled_at"]
        indexes = [models.Index(fields=["round", "area", "date"], name="sheet_recall_day")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(reason=""),
                name="sheet_recall_has_reason",
                violation_error_code="reason_required",
                violation_error_message="收回要写明理由",
            ),
            refuse_personal_numbers("reason", table="sheet_recall"),
        ]

    def __str__(self) -> str:
        return f"收回 {self.date}"
