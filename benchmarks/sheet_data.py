"""Two tables and one workbook for the sheet benchmarks: ours protected and audited, the peers' plain."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

from django.db import connections, models, transaction

from accounts import audit
from accounts.choices import AreaKind, Level, Role
from accounts.models import Area, Assignment
from accounts.protection import apply, policies
from accounts.querysets import ScopedQuerySet
from accounts.scope.access import TableAccess
from accounts.spreadsheets import (
    AreaField,
    BoolField,
    ChoiceField,
    DateField,
    IntField,
    SheetResource,
    TextField,
)
from accounts.spreadsheets.writers import Column, Sheet, write_workbook

PER_TOWNSHIP, PER_COUNTY = 25, 2_500
HEADINGS = [
    "区划代码", "乡镇(街道)", "村(社区)", "类型", "户籍人口", "户数", "登记选民", "党员", "代表", "成立日期", "试点", "备注",
]  # fmt: skip
audit.register("bench.imported", "导入测试数据")


class Kind(models.TextChoices):
    VILLAGE = "village", "村"
    COMMUNITY = "community", "社区"


class Village(models.Model):
    area = models.ForeignKey("accounts.Area", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    population = models.PositiveIntegerField(null=True)
    households = models.PositiveIntegerField(null=True)
    voters = models.PositiveIntegerField(null=True)
    members = models.PositiveIntegerField(null=True)
    representatives = models.PositiveIntegerField(null=True)
    founded = models.DateField(null=True)
    is_pilot = models.BooleanField(default=False)
    remark = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "accounts"
        abstract = True


class BenchVillage(Village):
    """Ours: unit path, row-level security, audit."""

    access = TableAccess("own", insert=(Role.CITY_OFFICE,), update=(Role.CITY_OFFICE,))
    unit_path = models.CharField(max_length=64, db_collation="C", default="", editable=False)
    objects = models.Manager.from_queryset(ScopedQuerySet)()

    class Meta:
        app_label = "accounts"
        managed = False
        db_table = "bench_village"
        constraints = [models.UniqueConstraint(fields=["area"], name="bench_village_once")]

    def __str__(self) -> str:
        return str(self.pk)


class PeerVillage(Village):
    """The peers': the same columns, no protection at all."""

    area = models.OneToOneField("accounts.Area", models.PROTECT, related_name="+")

    class Meta:
        app_label = "accounts"
        managed = False
        db_table = "peer_village"

    def __str__(self) -> str:
        return str(self.pk)


class BenchResource(SheetResource):
    label = "村(社区)"
    audit_type = "bench.imported"
    area = AreaField(level=Level.VILLAGE)
    kind = ChoiceField("kind", "类型", choices=Kind, required=True)
    population = IntField("population", "户籍人口")
    households = IntField("households", "户数")
    voters = IntField("voters", "登记选民")
    members = IntField("members", "党员")
    representatives = IntField("representatives", "代表")
    founded = DateField("founded", "成立日期")
    is_pilot = BoolField("is_pilot", "试点")
    remark = TextField("remark", "备注")

    class Meta:
        model = BenchVillage
        import_id_fields = ("area",)


def prepare_tables(rows: int) -> None:
    """Areas for `rows` villages under one city, its office, and both tables empty."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_village, peer_village CASCADE")
    with connections["owner"].schema_editor() as editor:
        editor.create_model(BenchVillage)
        editor.create_model(PeerVillage)
    with connections["owner"].cursor() as cursor:
        apply._protect_table(cursor, BenchVillage)
        apply._add_policies(cursor, BenchVillage)
        cursor.execute(
            f"GRANT ALL ON SEQUENCE bench_village_id_seq, peer_village_id_seq TO {policies.APPLICATION};"
            f"GRANT ALL ON peer_village TO {policies.APPLICATION}"
        )
    with transaction.atomic(using="owner"):
        audit.act(None, "areas.loaded", using="owner")
        _areas(rows)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE accounts_area")


def _areas(rows: int) -> None:
    manager = Area.objects.using("owner")
    city = _make(manager, [_area("98", "基准省", Level.PROVINCE, AreaKind.PROVINCE, None)])
    city = _make(manager, [_area("9801", "基准市", Level.CITY, AreaKind.CITY, city["98"])])
    counties = -(-rows // PER_COUNTY)
    level = _make(
        manager,
        [
            _area(f"9801{n + 1:02}", f"第{n + 1}县", Level.COUNTY, AreaKind.COUNTY, city["9801"])
            for n in range(counties)
        ],
    )
    townships = [
        _area(f"{code}{n + 100}", f"第{code}{n}镇", Level.TOWNSHIP, AreaKind.TOWN, parent)
        for code, parent in level.items()
        for n in range(PER_COUNTY // PER_TOWNSHIP)
    ]
    level = _make(manager, townships)
    villages = [
        _area(f"{code}{n + 200}", f"第{n}和平村", Level.VILLAGE, AreaKind.VILLAGE, parent)
        for code, parent in level.items()
        for n in range(PER_TOWNSHIP)
    ]
    _make(manager, villages[:rows])
    office = {"user_id": 0, "role": Role.CITY_OFFICE, "area": city["9801"]}
    if not Assignment.objects.using("owner").filter(**office).exists():
        Assignment.objects.using("owner").create(
            holder_name="基准", office_name="基准市换届办", valid_from=datetime.date(2020, 1, 1), **office
        )


def _area(code: str, name: str, level: int, kind: str, parent: Area | None) -> Area:
    path = f"{parent.path if parent else ''}{code}/"
    return Area(
        code=code, name=name, short_name=name, level=level, kind=kind, parent=parent, path=path,
        in_electorate=level == Level.VILLAGE,
    )  # fmt: skip


def _make(manager: models.Manager, areas: list[Area]) -> dict[str, Area]:
    manager.bulk_create(areas, batch_size=5_000, ignore_conflicts=True)
    parents = {area.code for area in areas}
    if areas and areas[0].level == Level.VILLAGE:
        return {}
    return {area.code: area for area in manager.filter(code__in=parents).order_by("code")}


def office() -> Assignment:
    return Assignment.objects.using("login").select_related("area").get(user_id=0, role=Role.CITY_OFFICE)


def workbook(rows: int) -> Path:
    """The workbook of `rows` villages that every side imports; made once."""
    path = Path(tempfile.gettempdir()) / f"cunxuan-bench-{rows}.xlsx"
    if not path.exists():
        kinds = ["text", "text", "text", "text", *["int"] * 5, "date", "text", "text"]
        columns = [Column(h, k) for h, k in zip(HEADINGS, kinds, strict=True)]
        areas = Area.objects.using("owner").filter(level=Level.VILLAGE, path__startswith="98/")
        named = areas.order_by("path").values_list("code", "parent__name", "name")[:rows]
        day = datetime.date(1980, 1, 1)
        lines = (
            [*area, "村", 800 + n % 3000, 200 + n % 900, 600 + n % 2000, n % 90, n % 60,
             day + datetime.timedelta(n % 9000), "是" if n % 10 == 0 else "否", f"备注{n}"]
            for n, area in enumerate(named)
        )  # fmt: skip
        write_workbook(path, [Sheet("村", columns, lines)])
    return path


def empty(table: str) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"TRUNCATE {table}")
