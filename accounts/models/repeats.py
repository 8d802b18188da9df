"""幂等键: what a submission was answered, so that a second click or a retry gets the same answer and does nothing."""

from django.db import models
from django.db.models.functions import Now

from accounts.choices import ALL_ROLES, SYSTEM_ROLE
from accounts.scope import TableAccess


class IdempotencyKey(models.Model):
    """One submission of one assignment, under the key its sender made up.

    `digest` covers method, path and body: the same key with another body is a mistake of the sender (422).
    `answer` is sealed, because a page may show what only its reader may see; it is forgotten after a day.
    `status` is null while the first one still runs.
    """

    assignment = models.ForeignKey("accounts.Assignment", models.CASCADE, related_name="+")
    key = models.CharField("幂等键", max_length=80, db_collation="C")
    digest = models.CharField("内容摘要", max_length=64)
    status = models.PositiveSmallIntegerField("答复状态", null=True)
    headers = models.JSONField("答复头", default=dict)
    answer = models.BinaryField("答复", default=b"")
    created_at = models.DateTimeField("建立", db_default=Now())

    # Not audited: what the submission did is; this only remembers how it was answered.
    access = TableAccess(
        "personal",
        self_column="assignment_id",
        readers=ALL_ROLES,
        insert=ALL_ROLES,
        update=ALL_ROLES,
        delete=(*ALL_ROLES, SYSTEM_ROLE),
        audited=False,
    )

    class Meta:
        verbose_name = "幂等键"
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_age")]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "key"],
                name="idempotency_key_once",
                violation_error_code="key_in_use",
                violation_error_message="这个幂等键已经用过",
            ),
            models.CheckConstraint(
                condition=models.Q(key__regex=r"^[A-Za-z0-9._~-]{8,80}$"),
                name="idempotency_key_form",
                violation_error_code="key_malformed",
                violation_error_message="幂等键须为 8 至 80 个字母、数字或 . _ ~ -",
            ),
        ]

    def __str__(self) -> str:
        return self.key
