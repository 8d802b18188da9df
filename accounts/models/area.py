"""The tree of units: province > city > county > township > village."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from accounts.choices import AreaKind, Level, Role
from accounts.querysets import AreaQuerySet, path_end
from accounts.scope.access import TableAccess
from accounts.search import search_pieces


class Area(models.Model):
    """One unit. `path` follows the managing tree; names are never keys.

    A unit counts once per tree: scope and roll-up follow `parent`; `statistical_parent` is set only where the
    statistical yearbook puts the unit elsewhere than the office that manages it (functional zones).

    The row is the unit as it is now, since `version_from` (null: since `valid_from`). What it was before is kept in
    `AreaVersion`; only a dated operation changes name, kind, parent or span (docs/areas.md).
    """

    access = TableAccess("reference", insert=(Role.ADMIN,), update=(Role.ADMIN,))

    code = models.CharField("代码", max_length=12, unique=True)
    name = models.CharField("名称", max_length=60)
    short_name = models.CharField("简称", max_length=60)
    level = models.SmallIntegerField("层级", choices=Level.choices)
    kind = models.CharField("类型", max_length=20, choices=AreaKind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name="管理上级"
    )
    statistical_parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="统计上级"
    )
    path = models.CharField("路径", max_length=64, unique=True, db_collation="C", editable=False)
    pinyin = models.CharField("拼音", max_length=240, db_collation="C", blank=True)
    initials = models.CharField("拼音首字母", max_length=60, db_collation="C", blank=True)
    sort_order = models.IntegerField("法定顺序", default=0)
    in_electorate = models.BooleanField("参加换届", default=False)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期", null=True, blank=True)
    version_from = models.DateField("现状自", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = models.Manager.from_queryset(AreaQuerySet)()

    class Meta:
        verbose_name = "区划"
        ordering = ["path"]
        indexes = [
            models.Index(fields=["parent", "path"], name="area_children"),
            models.Index(fields=["level", "path"], name="area_level_path"),
            models.Index(fields=["initials"], name="area_initials"),
            models.Index(fields=["pinyin"], name="area_pinyin"),
            GinIndex(search_pieces(), name="area_search"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(level__range=(Level.PROVINCE, Level.VILLAGE)),
                name="area_level_known",
                violation_error_code="area_level_unknown",
                violation_error_message="区划层级须为省、市、县、乡、村之一",
            ),
            models.CheckConstraint(
                condition=Q(level=Level.PROVINCE) | Q(parent__isnull=False),
                name="area_has_parent",
                violation_error_code="area_parent_required",
                violation_error_message="省以下区划须有管理上级",
            ),
            models.CheckConstraint(
                condition=Q(in_electorate=False) | Q(level=Level.VILLAGE),
                name="area_electorate_is_village",
                violation_error_code="electorate_villages_only",
                violation_error_message="只有村(社区)参加换届",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gt=F("valid_from")),
                name="area_dates_in_order",
                violation_error_code="dates_not_in_order",
                violation_error_message="停用日期须晚于启用日期",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def path_end(self) -> str:
        """Exclusive upper bound of the paths at or below this unit."""
        return path_end(self.path)
