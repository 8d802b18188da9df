"""What a record was before each change, and records as of any moment."""

from django.db import models

from accounts.free_text import refuse_personal_numbers
from accounts.scope import TableAccess
from elections.models.org import OrgFields
from elections.querysets import OrgQuerySet


class OrgVersion(OrgFields):
    """One state that a change of a record has replaced: it held from `known_from` until `known_until` (not included).

    Rows are written by the trigger `keep_versions` alone, in the transaction of the change; nobody changes them.
    """

    org = models.ForeignKey("elections.Org", models.PROTECT, verbose_name="档案", related_name="versions")
    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="+")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="村(社区)", related_name="+")
    created_at = models.DateTimeField("建立")
    updated_at = models.DateTimeField("修改")
    known_from = models.DateTimeField("记录自")
    known_until = models.DateTimeField("记录至")
    unit_path = models.CharField(max_length=64, db_collation="C", default="", editable=False)

    objects = models.Manager.from_queryset(OrgQuerySet)()
    # Derived: the change itself is audited, and no row trigger slows an import of 50,000 rows.
    access = TableAccess("own", derived=True, gatekeeper="SI")

    class Meta:
        verbose_name = "档案原貌"
        ordering = ["org", "-known_until"]
        indexes = [
            models.Index(fields=["org", "-known_until"], name="org_version_until"),
            models.Index(fields=["round", "unit_path"], name="org_version_round_path"),
        ]
        constraints = [
            refuse_personal_numbers("not_due_reason", table="org_version"),
            refuse_personal_numbers("note", table="org_version"),
        ]

    def __str__(self) -> str:
        return f"{self.area.name} 第 {self.version} 版"


class OrgThen(OrgFields):
    """Records as of any moment: rows of the view over records and what they were before (migration 0002).

    Of one moment (`known_from <= moment < known_until`) a record has one row at most; `id` is the record's.
    """

    round = models.ForeignKey("elections.Round", models.DO_NOTHING, verbose_name="届次", related_name="+")
    area = models.ForeignKey("accounts.Area", models.DO_NOTHING, verbose_name="村(社区)", related_name="+")
    created_at = models.DateTimeField("建立")
    updated_at = models.DateTimeField("修改")
    known_from = models.DateTimeField("记录自")
    known_until = models.DateTimeField("记录至")
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)

    objects = models.Manager.from_queryset(OrgQuerySet)()

    class Meta:
        managed = False
        db_table = "elections_orgthen"
        verbose_name = "当时的档案"
        ordering = ["unit_path"]

    def __str__(self) -> str:
        return self.area.name
