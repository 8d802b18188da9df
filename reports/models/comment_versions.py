"""What a comment was before each change, and comments as of any moment."""

from django.db import models

from accounts.choices import OFFICE_ROLES
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import AddressedQuerySet
from accounts.scope import TableAccess
from reports.choices_comments import CommentChannel, CommentState


class CommentFields(models.Model):
    """What a comment says and how far it has come; the same columns in the comment, in what it was before, and in both
    together. `pinned_key`: metric of the roll-up's cell it stands on.
    """

    date = models.DateField("数据日")
    pinned_key = models.CharField("所在格", max_length=32, blank=True, default="")
    state = models.CharField("状态", max_length=16, choices=CommentState, default=CommentState.DRAFT)
    version = models.PositiveIntegerField("版本", default=1)
    title = models.CharField("标题", max_length=80)
    demand = models.CharField("要求", max_length=600, blank=True, default="")
    channel = models.CharField("方式", max_length=10, choices=CommentChannel, default=CommentChannel.LETTER)
    year = models.PositiveSmallIntegerField("年份", null=True, blank=True)
    number = models.PositiveIntegerField("号", null=True, blank=True)
    due_at = models.DateTimeField("回复时限", null=True, blank=True)
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    sent_by_name = models.CharField("发出人", max_length=60, blank=True, default="")
    acknowledged_at = models.DateTimeField("签收时间", null=True, blank=True)
    replied_at = models.DateTimeField("回复时间", null=True, blank=True)
    closed_at = models.DateTimeField("办结时间", null=True, blank=True)
    escalated_at = models.DateTimeField("上提时间", null=True, blank=True)
    skip_reason = models.CharField("不发的理由", max_length=200, blank=True, default="")

    class Meta:
        abstract = True


def _key(to: str, label: str, *, null: bool = False) -> models.ForeignKey:
    return models.ForeignKey(
        to, models.DO_NOTHING, verbose_name=label, null=null, blank=null, related_name="+"
    )


class CommentVersion(CommentFields):
    """One state that a change of a comment has replaced: it held from `known_from` until `known_until` (not included).

    Rows are written by the trigger `keep_versions` alone, in the transaction of the change; nobody changes them. A state
    before the sending is its sender's alone, as the draft was.
    """

    comment = models.ForeignKey(
        "reports.Comment", models.PROTECT, verbose_name="点评", related_name="versions"
    )
    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    comment_round = _key("reports.CommentRound", "轮次", null=True)
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="发出单位", related_name="+")
    recipient = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="收到单位", related_name="+")
    sent_by = _key("accounts.Assignment", "发出人", null=True)
    escalated_to = _key("accounts.Area", "上提到", null=True)
    merged_into = _key("reports.Comment", "并入", null=True)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)
    recipient_path = models.CharField(max_length=64, db_collation="C", editable=False)
    recipient_left = models.BooleanField("收到单位已划出", default=False, editable=False)
    created_at = models.DateTimeField("起草时间")
    updated_at = models.DateTimeField("修改")
    known_from = models.DateTimeField("记录自")
    known_until = models.DateTimeField("记录至")

    objects = AddressedQuerySet.as_manager()
    # Unaudited: the change itself is audited.
    access = TableAccess("addressed", readers=OFFICE_ROLES, audited=False, gatekeeper="SID")

    class Meta:
        verbose_name = "点评原貌"
        ordering = ["comment", "-known_until"]
        indexes = [
            models.Index(fields=["comment", "-known_until"], name="comment_version_until"),
            models.Index(fields=["unit_path", "-date"], name="comment_version_sender"),
            models.Index(fields=["recipient_path", "-date"], name="comment_version_recipient"),
        ]
        constraints = [
            refuse_personal_numbers("title", table="comment_version"),
            refuse_personal_numbers("demand", table="comment_version"),
            refuse_personal_numbers("skip_reason", table="comment_version"),
        ]

    def __str__(self) -> str:
        return f"{self.title} 第 {self.version} 版"


class CommentThen(CommentFields):
    """Comments as of any moment: rows of the view over comments and what they were before (migration 0011).

    Of one moment (`known_from <= moment < known_until`) a comment has one row at most; `id` is the comment's.
    """

    round = _key("elections.Round", "届次")
    comment_round = _key("reports.CommentRound", "轮次", null=True)
    area = _key("accounts.Area", "发出单位")
    recipient = _key("accounts.Area", "收到单位")
    sent_by = _key("accounts.Assignment", "发出人", null=True)
    escalated_to = _key("accounts.Area", "上提到", null=True)
    merged_into = _key("reports.Comment", "并入", null=True)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)
    recipient_path = models.CharField(max_length=64, db_collation="C", editable=False)
    recipient_left = models.BooleanField("收到单位已划出", default=False, editable=False)
    created_at = models.DateTimeField("起草时间")
    updated_at = models.DateTimeField("修改")
    known_from = models.DateTimeField("记录自")
    known_until = models.DateTimeField("记录至")

    objects = AddressedQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "reports_commentthen"
        verbose_name = "当时的点评"
        ordering = ["-date", "-id"]

    def __str__(self) -> str:
        return self.title
