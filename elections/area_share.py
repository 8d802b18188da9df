"""What a dated change of the tree means for the records of villages (`accounts.area_moves`)."""

from typing import TYPE_CHECKING, Final

from django.db.models import F, Sum

from accounts import area_moves, audit
from accounts.area_moves import Change, Share
from accounts.choices import AreaKind, AreaOperationKind, Level
from accounts.models import Area
from elections import audit_types
from elections.choices import OrgKind
from elections.models import Org, Round

if TYPE_CHECKING:
    from accounts.scope import Scope

SUMS: Final = ("population", "households", "registered_voters", "party_members", "representatives")


def tell(change: Change) -> list[str]:
    """What happens to the records; of a merger of villages also the sums, to be checked and typed."""
    if change.kind == AreaOperationKind.MERGE and _are_villages(change.sources):
        return [
            "被撤并的村(社区)的档案保留，自生效日起记为不换届、不再列入日报；新单位的档案由乡镇填写。",
            *_sums(change),
        ]
    if change.kind == AreaOperationKind.SPLIT and _are_villages(change.sources):
        return ["新单位开立空白档案，由乡镇填写；原单位的档案不变，由乡镇核改。"]
    if change.roots:
        return ["村情档案随村划转，内容不变。"]
    return []


def _sums(change: Change) -> list[str]:
    """Sums of the records in each current round, as a proposal; an empty cell of any makes the sum a lower bound."""
    said = []
    for round in _rounds(change):
        rows = Org.objects.filter(round=round, area__in=change.sources)
        total = rows.aggregate(**{key: Sum(key) for key in SUMS})
        gaps = {key for row in rows for key in SUMS if getattr(row, key) is None}
        parts = [
            f"{Org._meta.get_field(key).verbose_name} {total[key]:,}{'（有未报，至少）' if key in gaps else ''}"
            for key in SUMS
            if total[key] is not None
        ]
        if parts:
            said.append(f"{round.name}档案各数之和，供填写时核对：{'、'.join(parts)}。")
    return said


def carry_out(change: Change, by: "Scope") -> list[str]:
    """Open empty records of new villages in the current rounds, and take ended ones out of those due."""
    said = []
    opened = Area.objects.filter(code__in=change.opened, level=Level.VILLAGE, in_electorate=True)
    ended = Area.objects.filter(pk__in=change.closed, level=Level.VILLAGE)
    if not opened and not ended:
        return []
    for round in _rounds(change):
        audit.act(by, audit_types.ORGS_OPENED, round, after={"opened": [area.code for area in opened]})
        made = Org.objects.bulk_create(
            [
                Org(
                    round=round,
                    area=area,
                    kind=OrgKind.COMMUNITY if area.kind == AreaKind.COMMUNITY else OrgKind.VILLAGE,
                )
                for area in opened
            ],
            ignore_conflicts=True,
        )
        over = Org.objects.filter(round=round, area__in=ended, is_due=True)
        over.update(is_due=False, not_due_reason=f"{change.day} 撤并", version=F("version") + 1)
        said.append(f"{round.name}：开立 {len(made)} 个空白档案")
    return said


def _rounds(change: Change) -> list[Round]:
    return list(Round.objects.current().filter(area__path=change.city).order_by("pk"))


def _are_villages(units: tuple[int, ...]) -> bool:
    return Area.objects.filter(pk__in=units, level=Level.VILLAGE).exists()


def declare() -> None:
    area_moves.register(10, Share("elections", "村情档案", tell, carry_out))
