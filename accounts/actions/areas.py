"""What an office decides about a unit of the tree."""

from django.db import transaction

from accounts import audit, audit_types
from accounts.choices import Level, Role
from accounts.errors import Refusal
from accounts.models import Area
from accounts.scope import Scope


def set_electorate(area: Area, *, takes_part: bool, by: Scope, reason: str) -> Area:
    """Switch a unit's part in the election on or off: pseudo units are off until somebody says otherwise."""
    if by.role != Role.ADMIN or not by.covers(area):
        raise Refusal("not_allowed", "是否参加换届由系统管理员设定", status=403)
    if not reason.strip():
        raise Refusal("reason_required", "请填写理由", field="reason")
    with transaction.atomic():
        area = Area.objects.select_for_update(of=("self",)).get(pk=area.pk)
        if area.level != Level.VILLAGE:
            raise Refusal("electorate_villages_only", "只有村(社区)参加换届")
        if area.in_electorate == takes_part:
            raise Refusal("nothing_to_change", "已经是这个状态", status=409)
        audit.act(
            by,
            audit_types.ELECTORATE_SET,
            area,
            reason=reason,
            before={"in_electorate": area.in_electorate},
            after={"in_electorate": takes_part},
        )
        area.in_electorate = takes_part
        area.save(update_fields=["in_electorate", "updated_at"])
    return area
