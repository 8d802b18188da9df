"""Who may manage which account and grant which role. Pure functions.

Source: separation of the three administrators (三员分立); grants above township are the security
administrator's alone (two-person operations, threat model 2.4).
"""

from collections.abc import Collection

from accounts.choices import Level, Role
from accounts.errors import Refusal
from accounts.models import Area, Assignment, GrantRequest
from accounts.models.people import SYSTEM_WIDE
from accounts.rules.two_persons import check_undecided, second_account
from accounts.scope import Scope

MANAGERS = (Role.ADMIN, Role.SECURITY_ADMIN)
VIEWERS = (*MANAGERS, Role.CITY_OFFICE, Role.COUNTY_OFFICE)
TOWNSHIP_ROLES = frozenset({Role.TOWNSHIP, Role.SECOND_ENTRY})

# Levels at which a role has its area; the three administrators may stand at any level or at none.
LEVELS_OF = {
    Role.CITY_OFFICE: {Level.CITY},
    Role.COUNTY_OFFICE: {Level.COUNTY},
    Role.TOWNSHIP: {Level.TOWNSHIP},
    Role.SECOND_ENTRY: {Level.TOWNSHIP, Level.COUNTY},
    Role.REVIEWER: {Level.CITY, Level.COUNTY},
    Role.INSPECTOR: {Level.CITY, Level.COUNTY},
    Role.EVALUATOR: {Level.CITY, Level.COUNTY},
    Role.LEADER: {Level.CITY, Level.COUNTY, Level.TOWNSHIP},
    Role.HOTLINE: {Level.CITY, Level.COUNTY},
    Role.WALL: {Level.PROVINCE, Level.CITY, Level.COUNTY},
}


def grantable_roles(manager: str) -> list[str]:
    """Roles this manager may grant: the administrator those of a township, the security administrator all."""
    if manager == Role.SECURITY_ADMIN:
        return list(Role.values)
    return [role for role in Role.values if role in TOWNSHIP_ROLES] if manager == Role.ADMIN else []


def check_may_grant(by: Scope, *, role: str, area: Area | None, user_id: int) -> None:
    """Refuses a role the grantor may not give, an area outside its own, a wrong level, and itself."""
    if role not in grantable_roles(by.role) or (
        by.role != Role.SECURITY_ADMIN and area is not None and area.level < Level.TOWNSHIP
    ):
        raise Refusal("grant_above_township", "乡镇以上的角色只能由安全管理员授予", field="role", status=403)
    if by.assignment is not None and by.assignment.user_id == user_id:
        raise Refusal("grant_to_oneself", "不能给自己授予角色", field="role", status=403)
    if area is None:
        if role not in SYSTEM_WIDE:
            raise Refusal("area_required", "除三员外，授权须指定区域", field="area")
        if by.path:
            raise Refusal("area_outside", "没有这个区划，或不在您的管辖范围内", field="area")
        return
    if not by.covers(area):
        raise Refusal("area_outside", "没有这个区划，或不在您的管辖范围内", field="area")
    if role in LEVELS_OF and area.level not in LEVELS_OF[Role(role)]:
        levels = "、".join(Level(level).label for level in sorted(LEVELS_OF[Role(role)]))
        raise Refusal("area_wrong_level", f"{Role(role).label}的管辖区域须是：{levels}", field="area")


def needs_two_persons(*, role: str, area: Area | None, held: Collection[Assignment]) -> bool:
    """A role above township, or one in a unit besides those the account stands in already (cross-unit)."""
    if role not in TOWNSHIP_ROLES or area is None or area.level < Level.TOWNSHIP:
        return True
    return any(row.unit_path != area.path for row in held)


def check_separate(*, role: str, held: Collection[Assignment]) -> None:
    """Refuses a second one of the three administrators (三员分立); the database refuses it too."""
    other = next((row for row in held if row.role in SYSTEM_WIDE and row.role != role), None)
    if role in SYSTEM_WIDE and other is not None:
        raise Refusal(
            "administrators_separate",
            f"这个账号已是{Role(other.role).label}。系统、安全、审计管理员须由不同的账号担任，请另选账号",
            field="role",
            source="三员分立",
        )


def check_may_decide(by: Scope, request: GrantRequest) -> None:
    """Refuses who asked, whom it is about, who does not cover the unit, and what is decided already."""
    if by.role not in MANAGERS:
        raise Refusal("not_a_manager", "账号由系统管理员或安全管理员管理", status=403)
    account = second_account(by, request, "申请人不能审批自己的申请，请由另一名管理员办理")
    if account == request.user_id:
        raise Refusal("grant_to_oneself", "不能审批关于自己的申请", status=403)
    check_undecided(request)


def check_may_manage(
    by: Scope, *, user_id: int, held: Collection[Assignment], own_allowed: bool = False
) -> None:
    """Refuses to change an account that holds more than township roles, unless by the security administrator.

    Otherwise an administrator could reset a security administrator's password and become one.
    """
    if by.role not in MANAGERS:
        raise Refusal("not_a_manager", "账号由系统管理员或安全管理员管理", status=403)
    if not own_allowed and by.assignment is not None and by.assignment.user_id == user_id:
        raise Refusal("own_account", "不能这样处理自己的账号", status=403)
    if by.role == Role.ADMIN and any(row.role not in TOWNSHIP_ROLES for row in held):
        raise Refusal("manager_too_low", "这个账号有乡镇以上的角色，只能由安全管理员处理", status=403)
    if any(not row.unit_path.startswith(by.path) for row in held):
        raise Refusal("account_outside", "这个账号还有您管辖范围以外的角色", status=403)
