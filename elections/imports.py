"""The sheet of records: the same declaration reads what offices send and writes what they get."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from accounts.choices import OFFICE_ROLES, Level, Role
from accounts.errors import Refusal
from accounts.formats import moment_full
from accounts.moments import asked_moment
from accounts.spreadsheets import (
    AreaField,
    BoolField,
    ChoiceField,
    IntField,
    SheetField,
    SheetResource,
    TenthsField,
    TextField,
    register_resource,
)
from elections.audit_types import ORGS_IMPORTED
from elections.choices import OrgKind, PartyOrgType, Term
from elections.filters import OrgFilter, chips
from elections.models import Org
from elections.queries.orgs import orgs_of
from elections.queries.rounds import current_round, round_in_force

NAME = "orgs"
BLANK = ("未报", "/", "／")


def _count(attribute: str, heading: str, *aliases: str) -> IntField:
    return IntField(attribute, heading, aliases=aliases, blank_words=BLANK, width=10)


def _team(term: Term, part: str, heading: str, *aliases: str) -> SheetField:
    """One column of a team, under the merged heading of its term (现任班子, 上届班子)."""
    group = f"{term.label}班子"
    names = tuple(f"{term.label}{word}" for word in (heading, *aliases))
    options: dict[str, Any] = {"aliases": names, "groups": (group,), "width": 9}
    attribute = f"{term.value}_{part}"
    if part == "one_shoulder":
        return BoolField(attribute, f"{group}{heading}", empty=None, **options)
    if part == "age_tenths":
        return TenthsField(attribute, f"{group}{heading}", min=180, max=1000, blank_words=BLANK, **options)
    return IntField(attribute, f"{group}{heading}", blank_words=BLANK, **options)


class OrgResource(SheetResource):
    """村(社区)底册 of the current round: changes records, adds none (the city office opens them).

    Every heading has to be there: a column that is missing would read as 未报 and wipe what is stored.
    """

    label = "村(社区)底册"
    audit_type = ORGS_IMPORTED
    title = "村(社区)换届基本情况表"
    unit = "个、户、人"
    update_only = True
    version_field = "version"
    list_filters = ("round", "as_of", *OrgFilter.base_filters)
    notes = (
        "注：1. 不填是未报，没有填 0。班子按两委合计，交叉任职的按一人；35 岁以下不含 35 岁。",
        "注：2. 一肩挑指书记、主任为同一人。不换届的写明原因，应换届的不写。",
    )

    area = AreaField(level=Level.VILLAGE)
    kind = ChoiceField("kind", "类型", choices=OrgKind, required=True, words={"行政村": "village"})
    party_org_type = ChoiceField(
        "party_org_type",
        "党组织类型",
        choices=PartyOrgType,
        aliases=("党组织",),
        words={"总支": "general_branch", "支部": "branch"},
    )
    population = _count("population", "户籍人口", "人口", "户籍人口数")
    households = _count("households", "户数")
    registered_voters = _count("registered_voters", "登记选民", "选民", "选民数")
    party_members = _count("party_members", "党员", "党员数")
    representatives = _count("representatives", "村(居)民代表", "代表", "代表数")
    seats_party = _count("seats_party", "党组织职数")
    seats_committee = _count("seats_committee", "村(居)委会职数", "村委会职数")
    is_pilot = BoolField("is_pilot", "试点", width=7)
    is_large = BoolField("is_large", "大村", width=7)
    is_due = BoolField("is_due", "应换届", empty=True, width=8)
    not_due_reason = TextField("not_due_reason", "不换届原因", aliases=("原因",), width=18)
    current_total = _team(Term.CURRENT, "total", "人数")
    current_women = _team(Term.CURRENT, "women", "女性")
    current_under_35 = _team(Term.CURRENT, "under_35", "35岁以下")
    current_college = _team(Term.CURRENT, "college", "大专以上")
    current_age = _team(Term.CURRENT, "age_tenths", "平均年龄")
    current_one_shoulder = _team(Term.CURRENT, "one_shoulder", "一肩挑")
    previous_total = _team(Term.PREVIOUS, "total", "人数")
    previous_women = _team(Term.PREVIOUS, "women", "女性")
    previous_under_35 = _team(Term.PREVIOUS, "under_35", "35岁以下")
    previous_college = _team(Term.PREVIOUS, "college", "大专以上")
    previous_age = _team(Term.PREVIOUS, "age_tenths", "平均年龄")
    previous_one_shoulder = _team(Term.PREVIOUS, "one_shoulder", "一肩挑")
    note = TextField("note", "备注", width=24)

    class Meta:
        model = Org
        import_id_fields = ("round", "area")

    def constants(self, scope: Any) -> dict[str, Any]:
        """The round is not in the sheet: a sheet always speaks of the current one."""
        round = current_round(scope.unit)
        if round is None:
            raise Refusal("no_current_round", "本市还没有设“本届”，请市换届办先建立届次并开立档案")
        return {"round": round}

    def export_queryset(self, scope: Any) -> QuerySet[Org]:
        """Every record of the current round in the scope, in the order of the codes."""
        return self.export_rows(scope, {})[0]

    def export_rows(self, scope: Any, query: Mapping[str, str]) -> tuple[QuerySet[Org], tuple[str, ...]]:
        """What the list of records shows under the same parameters, in the order of the codes."""
        round = round_in_force(scope, query.get("round", ""))
        moment = asked_moment(query)
        found = OrgFilter(query, queryset=orgs_of(scope, round, scope.unit, moment))
        if not found.form.is_valid():
            raise Refusal("filter_invalid", "筛选条件有误，请回到村情重新筛选后再导出")
        said = [f"{chip.label} {chip.value}" for chip in chips(found, QueryDict(), unit=None)]
        if "round" in query and round is not None:
            said.insert(0, f"届次 {round.name}")
        then = (f"注：截至 {moment_full(moment)} 的记录。",) if moment else ()
        notes = (f"注：本表只含符合筛选的村(社区)：{'；'.join(said)}。",) if said else ()
        return found.qs.order_by("unit_path"), (*then, *notes)


def declare() -> None:
    """Open the wizard to townships and the export to the offices."""
    register_resource(NAME, OrgResource, roles=(Role.TOWNSHIP,), export_roles=OFFICE_ROLES, back_url="/orgs/")
