"""Totals of a unit on a day, one row for each township, county, city and province. Derived: it can be made again."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.choices import BUSINESS_READERS, SYSTEM_ROLE, Role
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess
from reports.models.columns import FigureColumns

# The statement that makes a row has just joined what the row refers to, and no row here is written by hand: checking
# 123,000 references of a country's day once more took two of eleven seconds, and three indexes more of each write.
DERIVED = {"db_constraint": False, "db_index": False}


class RollupRow(models.Model):
    """Totals of `area` on `date`, from the newest filed revision of each township.

    A count is the sum over villages (null: nobody has it); a date is the number of villages whose date is filled.
    A township that has not filed the day stands with its last filed levels and with flows null; `filed` says for
    how many of `townships` the day itself is filed, `late` and `zero` how many of them filed late or a zero report.
    `voters_polled`: voters of the villages that gave the number of ballots, the denominator of the turnout.
    `gaps`: key → [未报, 不适用, 不详] villages. `extras`: the city's own items. `ranks`: key → rank by share
    of the villages due, among the units of the same superior (1 is best, ties share a rank).
    A township row names its source revision, so that every total opens down to the villages behind it.
    A province's row adds up the current rounds of its cities of one `year`; its `round` is null.
    """

    round = models.ForeignKey("elections.Round", models.PROTECT, null=True, related_name="+", **DERIVED)
    year = models.PositiveSmallIntegerField("年份")
    area = models.ForeignKey("accounts.Area", models.PROTECT, related_name="+", **DERIVED)
    level = models.SmallIntegerField("层级")
    date = models.DateField("日期")
    townships = models.IntegerField("应报乡镇", default=0)
    filed = models.IntegerField("已报乡镇", default=0)
    late = models.IntegerField("迟报乡镇", default=0)
    zero = models.IntegerField("零报告乡镇", default=0)
    voters_polled = models.BigIntegerField("已投票村选民", null=True)
    source_date = models.DateField("数据日", null=True)
    source_revision = models.ForeignKey(
        "reports.DailyRevision", models.PROTECT, null=True, related_name="+", **DERIVED
    )
    gaps = models.JSONField("缺项", default=dict)
    extras = models.JSONField("本市项目", default=dict)
    ranks = models.JSONField("位次", default=dict)
    folded_at = models.DateTimeField("汇总时间", db_default=Now())
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess(
        "own",
        readers=(*BUSINESS_READERS, Role.WALL),
        insert=(SYSTEM_ROLE,),
        update=(SYSTEM_ROLE,),
        delete=(SYSTEM_ROLE,),
        derived=True,
    )

    class Meta:
        verbose_name = "汇总"
        ordering = ["-date", "unit_path"]
        indexes = [models.Index(fields=["round", "date", "unit_path"], name="rollup_round_date_path")]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "date", "round"],
                condition=Q(round__isnull=False),
                name="rollup_once_per_round_day",
            ),
            models.UniqueConstraint(
                fields=["area", "date", "year"],
                condition=Q(round__isnull=True),
                name="rollup_once_per_year_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_id} {self.date}"


# One total per column of the daily table, wide enough for the whole country.
for _column in FigureColumns._meta.local_fields:
    RollupRow.add_to_class(_column.name, models.BigIntegerField(_column.verbose_name, null=True))
