"""导出登记: every file that leaves the system by an export, entered before the file exists."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.choices import ALL_ROLES, Role
from accounts.free_text import refuse_personal_numbers
from accounts.querysets import ScopedQuerySet
from accounts.scope import TableAccess

# The wall exports nothing; a hotline has no list of its own yet.
EXPORTERS = tuple(role for role in ALL_ROLES if role not in (Role.WALL, Role.HOTLINE))
READERS = (*EXPORTERS,)


class ExportRecord(models.Model):
    """One exported file: who took what of which unit, when, how many rows, until when it can be fetched.

    The file carries `number` on every sheet (footer, document properties), so that a leaked copy leads back here.
    `sha256` is that of the file as it was handed out; null until it is written.
    """

    job = models.ForeignKey("accounts.Job", models.SET_NULL, null=True, db_constraint=False, related_name="+")
    area = models.ForeignKey(
        "accounts.Area", models.PROTECT, null=True, verbose_name="单位", related_name="+"
    )
    made_by = models.ForeignKey(
        "accounts.Assignment", models.PROTECT, verbose_name="导出人", related_name="+"
    )
    holder_name = models.CharField("导出人", max_length=60)
    office_name = models.CharField("导出单位", max_length=120)
    filename = models.CharField("文件名", max_length=160)
    holds = models.CharField("内容", max_length=200, blank=True, default="")
    personal = models.BooleanField("含个人信息", default=False)
    rows = models.PositiveIntegerField("行数", null=True)
    size = models.PositiveBigIntegerField("字节", null=True)
    sha256 = models.CharField("校验码", max_length=64, blank=True, default="")
    made_at = models.DateTimeField("导出时间", db_default=Now())
    expires_at = models.DateTimeField("到期", null=True)
    downloads = models.PositiveIntegerField("下载次数", default=0)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = ScopedQuerySet.as_manager()
    access = TableAccess("own", readers=READERS, insert=EXPORTERS, update=EXPORTERS, server_time=("made_at",))

    class Meta:
        verbose_name = "导出登记"
        ordering = ["-id"]
        indexes = [models.Index(fields=["unit_path", "-id"], name="export_record_unit")]
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256="", size__isnull=True)
                | Q(sha256__regex="^[0-9a-f]{64}$", size__isnull=False),
                name="export_record_file_complete",
                violation_error_code="export_incomplete",
                violation_error_message="导出登记须同时有校验码和大小",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("made_at")),
                name="export_record_expires_later",
                violation_error_code="export_expiry_wrong",
                violation_error_message="到期时间须晚于导出时间",
            ),
            refuse_personal_numbers("filename", table="export_record"),
            refuse_personal_numbers("holds", table="export_record"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """导出号 as it stands on the sheets: DC and at least seven digits."""
        return number_of(self.pk)


def number_of(pk: int) -> str:
    return f"DC{pk:07d}"


def pk_of(number: str) -> int | None:
    """The entry that a number names, in whatever case and with blanks; None when it is none."""
    text = "".join(number.split()).upper()
    digits = text.removeprefix("DC")
    return (
        int(digits)
        if text.startswith("DC") and digits.isascii() and digits.isdigit() and len(digits) < 16
        else None
    )
