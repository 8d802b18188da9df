"""A table of villages made for the sheet tests alone, protected as a real one, and its resource."""

from __future__ import annotations

from django.db import connections, models
from django.db.models import F, Q

from accounts import audit
from accounts.choices import Level, Role
from accounts.protection import apply, policies
from accounts.querysets import ScopedQuerySet
from accounts.scope.access import TableAccess
from accounts.spreadsheets import (
    AreaField,
    BoolField,
    ChoiceField,
    CodeField,
    DateField,
    IntField,
    SheetResource,
    TextField,
)


class Kind(models.TextChoices):
    VILLAGE = "village", "村"
    COMMUNITY = "community", "社区"
    CONVERTED = "converted", "村改居"


class SheetVillage(models.Model):
    access = TableAccess("own", insert=(Role.TOWNSHIP,), update=(Role.TOWNSHIP,))

    round = models.IntegerField()
    area = models.ForeignKey("accounts.Area", models.DO_NOTHING, related_name="+")
    unit_path = models.CharField(max_length=64, db_collation="C", default="", editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    population = models.PositiveIntegerField(null=True)
    voters = models.PositiveIntegerField(null=True)
    members = models.PositiveSmallIntegerField(null=True)
    secretary = models.CharField(max_length=20, blank=True)
    id_number = models.CharField(max_length=18, blank=True)
    founded = models.DateField(null=True)
    is_pilot = models.BooleanField(default=False)
    remark = models.CharField(max_length=200, blank=True)
    extra = models.CharField(max_length=20, default="无")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = models.Manager.from_queryset(ScopedQuerySet)()

    class Meta:
        app_label = "accounts"
        managed = False
        db_table = "test_sheet_village"
        constraints = [
            models.UniqueConstraint(fields=["round", "area"], name="test_village_once"),
            models.CheckConstraint(
                condition=Q(voters__isnull=True)
                | Q(population__isnull=True)
                | Q(voters__lte=F("population")),
                name="test_voters_within_population",
                violation_error_code="voters_over_population",
                violation_error_message="登记选民数不能超过户籍人口",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class VillageResource(SheetResource):
    label = "村(社区)底册"
    audit_type = "test.villages_imported"
    title = "村(社区)基本情况表"
    unit = "人"

    area = AreaField(level=Level.VILLAGE)
    kind = ChoiceField("kind", "类型", choices=Kind, required=True, words={"行政村": "village"})
    population = IntField("population", "户籍人口", aliases=("人口", "户籍人口数"))
    voters = IntField("voters", "登记选民", aliases=("选民", "选民数"))
    members = IntField("members", "党员", max=5000)
    secretary = TextField("secretary", "书记", aliases=("书记姓名",))
    id_number = CodeField("id_number", "身份证号", pattern="^[0-9]{17}[0-9X]$")
    founded = DateField("founded", "成立日期")
    is_pilot = BoolField("is_pilot", "试点")
    remark = TextField("remark", "备注", in_template=False)

    class Meta:
        model = SheetVillage
        import_id_fields = ("round", "area")

    def constants(self, scope):
        return {"round": 1}

    def export_queryset(self, scope):
        return SheetVillage.objects.visible_to(scope).filter(round=1).order_by("unit_path")


audit.register("test.villages_imported", "导入测试底册")


def create_table() -> None:
    """Create the table as the owner, protected by the same steps as `manage.py migrate`."""
    connection = connections["owner"]
    table = SheetVillage._meta.db_table
    with connection.schema_editor() as editor:
        editor.create_model(SheetVillage)
    with connection.cursor() as cursor:
        apply._protect_table(cursor, SheetVillage)
        apply._add_policies(cursor, SheetVillage)
        cursor.execute(f"GRANT USAGE ON SEQUENCE {table}_id_seq TO {policies.APPLICATION}")


def drop_table() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {SheetVillage._meta.db_table} CASCADE")
