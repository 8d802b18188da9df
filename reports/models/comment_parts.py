"""What a comment is made of: sentences with their figures, notes of the day, and the correspondence after sending."""

from django.db import models
from django.db.models import F, Func, IntegerField, Q
from django.db.models.functions import Now
from django.db.models.lookups import Exact, GreaterThanOrEqual

from accounts.choices import OFFICE_ROLES, SYSTEM_ROLE
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess
from reports.choices_comments import ReplyKind


def unit_key(label: str) -> models.ForeignKey:
    """A foreign key to a unit."""
    return models.ForeignKey("accounts.Area", models.PROTECT, verbose_name=label, related_name="+")


class _FactsComplete(Func):
    """Whether every fact names its figure, its unit and day, and its door."""

    function = "jsonb_path_exists"
    template = (
        "(NOT jsonb_path_exists(%(expressions)s, "
        "'$[*] ? (!exists(@.value) || !exists(@.shown) || !exists(@.unit) || !exists(@.day) || !exists(@.url))'))"
    )
    output_field = models.BooleanField()


class CommentSentence(models.Model):
    """One sentence and the figures it cites; a sentence without a figure cannot be stored.

    `facts`: list of {key, what, unit, unit_name, day, label, measure, value, shown, url} as they were when drafted;
    `rule` and `rule_version` say what drafted it ('' = the officer); `drafted` is its first wording.
    """

    comment = models.ForeignKey("reports.Comment", models.CASCADE, related_name="sentences")
    area = unit_key("发出单位")
    position = models.PositiveSmallIntegerField("序")
    text = models.CharField("内容", max_length=400)
    drafted = models.CharField("原稿", max_length=400, blank=True, default="")
    facts = models.JSONField("依据")
    rule = models.CharField("规则", max_length=24, blank=True, default="")
    rule_version = models.PositiveSmallIntegerField("规则版本", null=True, blank=True)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess(
        "addressed",
        follows="comment",
        readers=OFFICE_ROLES,
        insert=(*OFFICE_ROLES, SYSTEM_ROLE),
        update=OFFICE_ROLES,
        delete=(*OFFICE_ROLES, SYSTEM_ROLE),
        guard="guard_sentence",
    )

    class Meta:
        verbose_name = "点评语句"
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=GreaterThanOrEqual(
                    Func(F("facts"), function="jsonb_array_length", output_field=IntegerField()), 1
                ),
                name="sentence_cites_a_figure",
                violation_error_code="sentence_without_figure",
                violation_error_message="每句点评都要引用数，从依据中勾选",
            ),
            models.CheckConstraint(
                condition=Exact(_FactsComplete(F("facts")), True),
                name="sentence_facts_complete",
                violation_error_code="fact_incomplete",
                violation_error_message="引用的数要有单位、日期和出处",
            ),
            models.CheckConstraint(
                condition=~Q(text=""),
                name="sentence_has_text",
                violation_error_code="text_required",
                violation_error_message="语句不能空着，不要就删去",
            ),
            refuse_personal_numbers("text", table="sentence"),
            refuse_personal_numbers("drafted", table="sentence"),
        ]

    def __str__(self) -> str:
        return self.text


class CommentNote(models.Model):
    """当日动态: something else that happened, with its figure, so that a comment can cite it."""

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = unit_key("记录单位")
    about = unit_key("涉及单位")
    date = models.DateField("日期")
    text = models.CharField("动态", max_length=200)
    figure = models.PositiveIntegerField("数")
    measure = models.CharField("计量单位", max_length=10)
    written_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="记录人", related_name="+"
    )
    written_by_name = models.CharField("记录人", max_length=60)
    created_at = models.DateTimeField("记录时间", db_default=Now())
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess(
        "own", readers=OFFICE_ROLES, insert=OFFICE_ROLES, frozen=True, server_time=("created_at",)
    )

    class Meta:
        verbose_name = "当日动态"
        ordering = ["-date", "-id"]
        indexes = [models.Index(fields=["area", "date"], name="note_area_date")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text="") & ~Q(measure=""),
                name="note_is_complete",
                violation_error_code="note_incomplete",
                violation_error_message="动态要写明内容和计量单位",
            ),
            refuse_personal_numbers("text", table="note"),
            refuse_personal_numbers("measure", table="note"),
        ]

    def __str__(self) -> str:
        return self.text


class CommentReply(models.Model):
    """One entry of the correspondence: the unit acknowledges or replies, the sender asks again or closes."""

    comment = models.ForeignKey("reports.Comment", models.PROTECT, related_name="replies")
    area = unit_key("单位")
    kind = models.CharField("事项", max_length=12, choices=ReplyKind)
    text = models.CharField("内容", max_length=600, blank=True, default="")
    author = models.ForeignKey("accounts.Assignment", models.PROTECT, verbose_name="经办人", related_name="+")
    author_name = models.CharField("经办人", max_length=60)
    author_office = models.CharField("经办单位", max_length=120)
    at = models.DateTimeField("时间", db_default=Now())
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess(
        "addressed",
        follows="comment",
        readers=OFFICE_ROLES,
        insert=OFFICE_ROLES,
        frozen=True,
        server_time=("at",),
    )

    class Meta:
        verbose_name = "点评往来"
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind=ReplyKind.ACKNOWLEDGE) | ~Q(text=""),
                name="reply_has_text",
                violation_error_code="text_required",
                violation_error_message="写明做了什么、结果如何",
            ),
            refuse_personal_numbers("text", table="reply"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.text}"
