"""点评: what a unit is told about its day by the unit above, sentence by sentence with the figures cited."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.choices import OFFICE_ROLES, SYSTEM_ROLE
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import AddressedQuerySet, ScopedQuerySet
from accounts.scope import TableAccess
from reports.choices_comments import CommentState
from reports.models.comment_parts import unit_key
from reports.models.comment_versions import CommentFields

WRITERS = (*OFFICE_ROLES, SYSTEM_ROLE)


class CommentRound(models.Model):
    """The drafting of one sender (`area`) for one day: which rules, how many units, how many drafts."""

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = unit_key("发出单位")
    date = models.DateField("日期")
    cut_off = models.DateTimeField("截止时间")
    opened_at = models.DateTimeField("起草时间", db_default=Now())
    rules = models.JSONField("规则版本", default=dict)
    units = models.PositiveSmallIntegerField("单位数")
    drafted = models.PositiveSmallIntegerField("起草件数")
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess(
        "own", readers=OFFICE_ROLES, insert=(SYSTEM_ROLE,), frozen=True, server_time=("opened_at",)
    )

    class Meta:
        verbose_name = "点评轮次"
        ordering = ["-date", "unit_path"]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "area", "date"],
                name="commentround_once_per_day",
                violation_error_code="comment_round_exists",
                violation_error_message="这一天的点评已经起草过",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_id} {self.date} 点评"


class Comment(CommentFields):
    """One comment from `area` to `recipient` on a day's figures. `version` counts changes of draft and state.

    Each change keeps what it replaced (`CommentVersion`). `recipient_left`: the recipient was moved elsewhere since; it
    and those above it go on reading and answering. `number` runs without gaps per sender, year and channel.
    """

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    comment_round = models.ForeignKey(
        CommentRound, models.PROTECT, verbose_name="轮次", null=True, blank=True, related_name="comments"
    )
    area = unit_key("发出单位")
    recipient = unit_key("收到单位")
    sent_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="发出人", null=True, blank=True, related_name="+"
    )
    escalated_to = models.ForeignKey(
        "accounts.Area", models.PROTECT, verbose_name="上提到", null=True, blank=True, related_name="+"
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, verbose_name="并入", null=True, blank=True, related_name="merged"
    )
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)
    recipient_path = models.CharField(max_length=64, db_collation="C", editable=False)
    recipient_left = models.BooleanField("收到单位已划出", default=False, editable=False)
    created_at = models.DateTimeField("起草时间", db_default=Now(), editable=False)
    updated_at = models.DateTimeField("修改", auto_now=True)

    objects = AddressedQuerySet.as_manager()
    access = TableAccess(
        "addressed",
        readers=OFFICE_ROLES,
        insert=WRITERS,
        update=WRITERS,
        delete=(SYSTEM_ROLE,),
        guard="guard_comment",
        server_time=("created_at",),
        versions="reports_commentversion",
    )

    class Meta:
        verbose_name = "点评"
        ordering = ["-date", "-id"]
        indexes = [
            models.Index(fields=["unit_path", "-date"], name="comment_sender_date"),
            models.Index(fields=["recipient_path", "-date"], name="comment_recipient_date"),
            models.Index(fields=["area", "state"], name="comment_sender_state"),
            models.Index(fields=["recipient", "state", "due_at"], name="comment_recipient_due"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["comment_round", "recipient"],
                condition=Q(comment_round__isnull=False),
                name="comment_once_per_round",
                violation_error_code="comment_exists",
                violation_error_message="这一轮已给这个单位起草过点评",
            ),
            models.UniqueConstraint(
                fields=["area", "year", "channel", "number"],
                name="comment_number_once",
                violation_error_code="comment_number_taken",
                violation_error_message="这个号已经用过",
            ),
            models.UniqueConstraint(
                fields=["area", "recipient", "date", "pinned_key"],
                condition=~Q(pinned_key="") & ~Q(state=CommentState.SKIPPED),
                name="comment_once_per_cell",
                violation_error_code="cell_has_comment",
                violation_error_message="这一格已有点评，打开那一件改",
            ),
            models.CheckConstraint(
                condition=Q(recipient_left=True)
                | Q(recipient_path__startswith=F("unit_path")) & ~Q(recipient_path=F("unit_path")),
                name="comment_goes_down",
                violation_error_code="comment_not_below",
                violation_error_message="只能点评下级单位",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=(CommentState.DRAFT, CommentState.SKIPPED),
                    sent_at__isnull=True,
                    number__isnull=True,
                )
                | ~Q(state__in=(CommentState.DRAFT, CommentState.SKIPPED))
                & Q(sent_at__isnull=False, number__gte=1, year__isnull=False, due_at__isnull=False)
                & Q(sent_by__isnull=False),
                name="comment_sent_is_complete",
                violation_error_code="comment_sent_incomplete",
                violation_error_message="发出的点评要有号、时限和发出人",
            ),
            models.CheckConstraint(
                condition=~Q(state=CommentState.SKIPPED) | ~Q(skip_reason=""),
                name="comment_skip_has_reason",
                violation_error_code="reason_required",
                violation_error_message="不发要写明理由",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | Q(state=CommentState.SKIPPED),
                name="comment_merged_is_skipped",
                violation_error_code="comment_merged_open",
                violation_error_message="并入另一件的点评不再单独发出",
            ),
            models.CheckConstraint(
                condition=Q(state=CommentState.CLOSED, closed_at__isnull=False)
                | ~Q(state=CommentState.CLOSED) & Q(closed_at__isnull=True),
                name="comment_closed_has_moment",
                violation_error_code="comment_closed_incomplete",
                violation_error_message="办结要有时间",
            ),
            models.CheckConstraint(
                condition=Q(escalated_at__isnull=True, escalated_to__isnull=True)
                | Q(escalated_at__isnull=False, escalated_to__isnull=False),
                name="comment_escalation_complete",
                violation_error_code="escalation_incomplete",
                violation_error_message="上提要有单位和时间",
            ),
            models.CheckConstraint(
                condition=~Q(title=""),
                name="comment_has_title",
                violation_error_code="title_required",
                violation_error_message="点评要有标题",
            ),
            refuse_personal_numbers("title", table="comment"),
            refuse_personal_numbers("demand", table="comment"),
            refuse_personal_numbers("skip_reason", table="comment"),
        ]

    def __str__(self) -> str:
        return self.title
