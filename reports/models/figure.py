"""The figures of a filed report: one row a village, wide, partitioned by month, only ever added to."""

from django.db import models

from accounts.choices import Role
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess
from reports.models.columns import FigureColumns, at_most, not_negative


class DailyFigure(FigureColumns):
    """One village in one revision. `area` is the village; `extras` holds the city's own items by key."""

    pk = models.CompositePrimaryKey("date", "revision_id", "area_id")
    date = models.DateField("日期")
    revision = models.ForeignKey("reports.DailyRevision", models.PROTECT, related_name="rows")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="村(社区)", related_name="+")
    township = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="乡镇", related_name="+")
    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    extras = models.JSONField("本市项目", default=dict)
    marks = models.JSONField("标记", default=dict)
    note = models.CharField("备注", max_length=200, blank=True, default="")
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess("own", insert=(Role.TOWNSHIP,), frozen=True, audit_key="revision_id")

    class Meta:
        verbose_name = "日报数"
        ordering = ["date", "revision_id", "unit_path"]
        indexes = [
            models.Index(fields=["area", "date"], name="figure_area_date"),
            models.Index(fields=["round", "date", "unit_path"], name="figure_round_date_path"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=not_negative(),
                name="figure_counts_not_negative",
                violation_error_code="DR-014",
                violation_error_message="日报数不能为负数",
            ),
            models.CheckConstraint(
                condition=at_most("objections_handled", "objections"),
                name="figure_handled_within_objections",
                violation_error_code="DR-040",
                violation_error_message="已处理的申诉多于申诉",
            ),
            models.CheckConstraint(
                condition=at_most("ballots", "voters"),
                name="figure_ballots_within_voters",
                violation_error_code="DR-041",
                violation_error_message="参加投票人数多于选民",
            ),
            refuse_personal_numbers("note", table="figure"),
        ]

    def __str__(self) -> str:
        return f"{self.area_id} {self.date}"
