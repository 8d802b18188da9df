"""存下的筛选: a list's filters under a name, one's own or shown to everybody of the same unit."""

from django.db import models
from django.db.models import Q

from accounts import saved
from accounts.choices import ALL_ROLES, SYSTEM_ROLE
from accounts.free_text import refuse_personal_numbers
from accounts.scope.access import TableAccess


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def visible_to(self, scope) -> "SavedFilterQuerySet":
        """One's own, and those that somebody of the very same unit shares; of lists that the role opens."""
        names = [screen.url_name for screen in saved.screens_for(scope.role)]
        own = Q(assignment_id=scope.assignment_id)
        return self.filter(own | Q(shared=True, unit_path=scope.path), screen__in=names)

    def owned_by(self, scope) -> "SavedFilterQuerySet":
        return self.filter(assignment_id=scope.assignment_id)


class SavedFilter(models.Model):
    """`query` of list `screen` (a route name) under `name`. Whoever opens it sees what they may see, no more."""

    assignment = models.ForeignKey(
        "accounts.Assignment", models.CASCADE, related_name="+", verbose_name="存的人"
    )
    holder_name = models.CharField("存的人", max_length=60)
    screen = models.CharField("列表", max_length=60, db_collation="C")
    name = models.CharField("名称", max_length=30, blank=True)
    query = models.CharField("条件", max_length=500, blank=True)
    shared = models.BooleanField("本单位共用", default=False)
    unit_path = models.CharField(max_length=64, db_collation="C", editable=False)
    created_at = models.DateTimeField("建立", auto_now_add=True)
    updated_at = models.DateTimeField("修改", auto_now=True)

    objects = SavedFilterQuerySet.as_manager()
    access = TableAccess(
        "personal",
        self_column="assignment_id",
        shared_column="shared",
        readers=ALL_ROLES,
        insert=ALL_ROLES,
        update=ALL_ROLES,
        delete=(*ALL_ROLES, SYSTEM_ROLE),
    )

    class Meta:
        verbose_name = "存下的筛选"
        ordering = ["screen", "shared", "name", "pk"]
        indexes = [
            models.Index(fields=["unit_path", "screen"], name="savedfilter_unit", condition=Q(shared=True)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "screen", "name"],
                name="savedfilter_name_once",
                violation_error_code="filter_name_taken",
                violation_error_message="这个列表已有同名的筛选，换一个名称",
            ),
            models.CheckConstraint(
                condition=~Q(name=""),
                name="savedfilter_has_name",
                violation_error_code="filter_name_required",
                violation_error_message="给筛选起一个名称",
            ),
            models.CheckConstraint(
                condition=~Q(query=""),
                name="savedfilter_has_query",
                violation_error_code="filter_empty",
                violation_error_message="没有选条件，先筛选再存",
            ),
            refuse_personal_numbers("name", table="savedfilter"),
            refuse_personal_numbers("query", table="savedfilter"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def url(self) -> str:
        """The list with the filter on; nothing once the list is gone."""
        screen = saved.screen_of(self.screen)
        return screen.url(self.query) if screen else ""

    @property
    def screen_label(self) -> str:
        screen = saved.screen_of(self.screen)
        return screen.label if screen else self.screen
