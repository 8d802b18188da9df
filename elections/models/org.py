"""村(社区) in one round: what it is, how many live there, and the team as imported head-counts."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.choices import SYSTEM_ROLE, Role
from accounts.free_text import refuse_personal_numbers
from accounts.scope import TableAccess
from elections.choices import OrgKind, PartyOrgType, Term
from elections.querysets import OrgQuerySet

TEAM_PARTS = (("women", "女性"), ("under_35", "35 岁以下"), ("college", "大专以上"))


def _count(label: str) -> models.PositiveIntegerField:
    """A head-count: null means 未报, 0 means none."""
    return models.PositiveIntegerField(label, null=True, blank=True)


def _seat(label: str) -> models.PositiveSmallIntegerField:
    return models.PositiveSmallIntegerField(label, null=True, blank=True)


def _part_within_total(term: str, part: str, label: str) -> models.CheckConstraint:
    total = f"{term}_total"
    return models.CheckConstraint(
        condition=Q(**{f"{term}_{part}__isnull": True})
        | Q(**{f"{total}__isnull": False, f"{term}_{part}__lte": F(total)}),
        name=f"org_{term}_{part}_within_total",
        violation_error_code="team_part_above_total",
        violation_error_message=f"{Term(term).label}班子：{label}多于班子人数，或班子人数未填",
    )


def _age_plausible(term: str) -> models.CheckConstraint:
    age = f"{term}_age_tenths"
    return models.CheckConstraint(
        condition=Q(**{f"{age}__isnull": True}) | Q(**{f"{age}__gte": 180, f"{age}__lte": 1000}),
        name=f"org_{term}_age_plausible",
        violation_error_code="average_age_implausible",
        violation_error_message=f"{Term(term).label}班子：平均年龄应在 18.0 至 100.0 岁之间",
    )


class OrgFields(models.Model):
    """What a record says of its village; the same columns in the record, in what it was before, and in both together.

    The team figures are imported head-counts of the two committees taken together, a person in both counted
    once: `total` persons; of these `women`; `under_35` = not yet 35 on the day of the record; `college` =
    大专 or above; `one_shoulder` = the party secretary is also head of the villagers' (residents') committee,
    the same person; `age_tenths` = arithmetic mean age in tenths of a year. Null is 未报, 0 is none.
    """

    kind = models.CharField("类型", max_length=12, choices=OrgKind)
    party_org_type = models.CharField("党组织类型", max_length=16, choices=PartyOrgType, blank=True)
    population = _count("户籍人口")
    households = _count("户数")
    registered_voters = _count("登记选民")
    party_members = _count("党员")
    representatives = _count("村(居)民代表")
    seats_party = _seat("党组织职数")
    seats_committee = _seat("村(居)委会职数")
    is_pilot = models.BooleanField("试点", default=False)
    is_large = models.BooleanField("大村", default=False)
    is_due = models.BooleanField("应换届", default=True)
    not_due_reason = models.CharField("不换届原因", max_length=100, blank=True)
    note = models.CharField("备注", max_length=200, blank=True)

    current_total = _seat("现任班子人数")
    current_women = _seat("现任女性")
    current_under_35 = _seat("现任 35 岁以下")
    current_college = _seat("现任大专以上")
    current_one_shoulder = models.BooleanField("现任一肩挑", null=True, blank=True)
    current_age_tenths = _seat("现任平均年龄")
    previous_total = _seat("上届班子人数")
    previous_women = _seat("上届女性")
    previous_under_35 = _seat("上届 35 岁以下")
    previous_college = _seat("上届大专以上")
    previous_one_shoulder = models.BooleanField("上届一肩挑", null=True, blank=True)
    previous_age_tenths = _seat("上届平均年龄")

    version = models.PositiveIntegerField("版本", default=1, editable=False)

    class Meta:
        abstract = True


class Org(OrgFields):
    """One village, community or converted community in one round."""

    round = models.ForeignKey("elections.Round", models.PROTECT, verbose_name="届次", related_name="orgs")
    area = models.ForeignKey("accounts.Area", models.PROTECT, verbose_name="村(社区)", related_name="orgs")
    unit_path = models.CharField(max_length=64, db_collation="C", default="", editable=False)
    created_at = models.DateTimeField("建立", db_default=Now(), editable=False)
    updated_at = models.DateTimeField("修改", auto_now=True)

    objects = models.Manager.from_queryset(OrgQuerySet)()
    access = TableAccess(
        "own",
        insert=(Role.CITY_OFFICE, SYSTEM_ROLE),
        update=(Role.TOWNSHIP, SYSTEM_ROLE),
        server_time=("created_at",),
        versions="elections_orgversion",
    )

    class Meta:
        verbose_name = "村(社区)"
        ordering = ["unit_path"]
        indexes = [models.Index(fields=["round", "unit_path"], name="org_round_path")]
        constraints = [
            models.UniqueConstraint(
                fields=["round", "area"],
                name="org_once_per_round",
                violation_error_code="org_exists",
                violation_error_message="这个村(社区)在本届已有记录",
            ),
            models.CheckConstraint(
                condition=Q(is_due=True) | ~Q(not_due_reason=""),
                name="org_not_due_has_reason",
                violation_error_code="not_due_needs_reason",
                violation_error_message="不换届的村(社区)要写明原因",
            ),
            models.CheckConstraint(
                condition=Q(is_due=False) | Q(not_due_reason=""),
                name="org_due_has_no_reason",
                violation_error_code="due_with_reason",
                violation_error_message="应换届的村(社区)不应再写不换届原因",
            ),
            *(_part_within_total(t.value, part, label) for t in Term for part, label in TEAM_PARTS),
            *(_age_plausible(term.value) for term in Term),
            refuse_personal_numbers("not_due_reason", table="org"),
            refuse_personal_numbers("note", table="org"),
        ]

    def __str__(self) -> str:
        return self.area.name
