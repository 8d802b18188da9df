"""What was given out: a table as it stood, frozen with its question, its tree and its rules, and later looks at it."""

from django.db import models
from django.db.models.functions import Now

from accounts.choices import OFFICE_ROLES, SYSTEM_ROLE
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess
from reports.choices import PublicationKind
from reports.models.comment_parts import unit_key

SHA256 = "^[0-9a-f]{64}$"


class Publication(models.Model):
    """One bulletin or export. Never changed; `area` is the unit the table is of.

    `query`: what was asked, the recorded moment included. `tree`: digest and number of units of the day's tree.
    `rules`: digests of the metric and rule catalogues. `tables`: the figures as given out (`reports/rules/published.py`).
    `digest` covers all four. `audit_head` is the head of the audit chain at that time.
    """

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = unit_key("单位")
    date = models.DateField("数据日")
    kind = models.CharField("种类", max_length=10, choices=PublicationKind)
    year = models.PositiveSmallIntegerField("年份")
    number = models.PositiveIntegerField("编号")
    title = models.CharField("标题", max_length=120)
    as_of = models.DateTimeField("记录时刻")
    query = models.JSONField("所问", default=dict)
    tree = models.JSONField("区划", default=dict)
    rules = models.JSONField("指标和规则", default=dict)
    tables = models.JSONField("数表", default=list)
    digest = models.CharField("校验码", max_length=64)
    digest_method = models.CharField("校验算法", max_length=20, default="sha256-table-1")
    audit_head = models.CharField("审计链头", max_length=40)
    published_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="公布人", related_name="+"
    )
    published_by_name = models.CharField("公布人", max_length=60)
    published_by_office = models.CharField("公布单位", max_length=120)
    published_at = models.DateTimeField("公布时间", db_default=Now())
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess("own", insert=OFFICE_ROLES, frozen=True, server_time=("published_at",))

    class Meta:
        verbose_name = "公布"
        ordering = ["-published_at", "-id"]
        indexes = [models.Index(fields=["round", "unit_path"], name="publication_round_path")]
        constraints = [
            models.UniqueConstraint(
                fields=["area", "year", "number"],
                name="publication_number_once",
                violation_error_code="publication_exists",
                violation_error_message="这个编号已经用过，请再发布一次",
            ),
            models.CheckConstraint(
                condition=models.Q(digest__regex=SHA256),
                name="publication_digest_is_sha256",
                violation_error_code="digest_malformed",
                violation_error_message="校验码格式不对",
            ),
            refuse_personal_numbers("title", table="publication"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def code(self) -> str:
        """Number as printed: unit, year and the running number of the unit in that year."""
        return f"GB-{self.area.code}-{self.year}-{self.number:04}"


class PublicationCheck(models.Model):
    """One recomputation of a publication: whether it still says the same, and each figure that differs."""

    publication = models.ForeignKey(Publication, models.PROTECT, verbose_name="公布", related_name="checks")
    area = unit_key("单位")
    same = models.BooleanField("一致")
    differences = models.JSONField("不同之处", default=list)
    digest = models.CharField("重算校验码", max_length=64)
    checked_at = models.DateTimeField("重算时间", db_default=Now())
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess("own", insert=(*OFFICE_ROLES, SYSTEM_ROLE), frozen=True, server_time=("checked_at",))

    class Meta:
        verbose_name = "公布核对"
        ordering = ["-checked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(digest__regex=SHA256),
                name="publicationcheck_digest_is_sha256",
                violation_error_code="digest_malformed",
                violation_error_message="校验码格式不对",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.publication_id} {self.checked_at:%Y-%m-%d %H:%M}"
