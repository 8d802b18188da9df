"""Fixed lists of the ground floor, with the words that users read."""

from django.db.models import IntegerChoices, TextChoices


class Role(TextChoices):
    """What an assignment lets its holder do (docs/roles.md)."""

    CITY_OFFICE = "city_office", "市换届办"
    COUNTY_OFFICE = "county_office", "县级换届办"
    TOWNSHIP = "township", "乡镇干部"
    SECOND_ENTRY = "second_entry", "复录员"
    REVIEWER = "reviewer", "联审部门"
    INSPECTOR = "inspector", "督导组"
    EVALUATOR = "evaluator", "第三方评估"
    LEADER = "leader", "包联领导"
    HOTLINE = "hotline", "举报受理"
    WALL = "wall", "大屏"
    AUDITOR = "auditor", "审计管理员"
    ADMIN = "admin", "系统管理员"
    SECURITY_ADMIN = "security_admin", "安全管理员"


# A job that nobody asked for runs under a registered system scope; no person can hold this role.
SYSTEM_ROLE = "system"

ALL_ROLES: tuple[str, ...] = tuple(Role.values)
OFFICE_ROLES: tuple[str, ...] = (Role.CITY_OFFICE, Role.COUNTY_OFFICE, Role.TOWNSHIP)
# Those who may read the figures of villages in their area. The three administrators and the hotline may not:
# accounts, audit and complaints are separate duties (三员分立).
BUSINESS_READERS: tuple[str, ...] = (
    *OFFICE_ROLES,
    Role.SECOND_ENTRY,
    Role.REVIEWER,
    Role.INSPECTOR,
    Role.EVALUATOR,
    Role.LEADER,
    SYSTEM_ROLE,
)


class Level(IntegerChoices):
    PROVINCE = 1, "省"
    CITY = 2, "市"
    COUNTY = 3, "县(市、区)"
    TOWNSHIP = 4, "乡镇(街道)"
    VILLAGE = 5, "村(社区)"


class AreaKind(TextChoices):
    """What a unit is. Townships and villages are told by their code, never by the suffix of the name."""

    PROVINCE = "province", "省"
    CITY = "city", "市"
    COUNTY = "county", "县(市、区)"
    FUNCTIONAL_ZONE = "functional_zone", "功能区"
    STREET = "street", "街道"
    TOWN = "town", "镇"
    TOWNSHIP = "township", "乡"
    TOWNSHIP_ZONE = "township_zone", "乡级园区、农场"
    COMMUNITY = "community", "社区"
    VILLAGE = "village", "村"
    PSEUDO = "pseudo", "类似村单位"


class AreaOperationKind(TextChoices):
    RENAME = "rename", "更名"
    RETYPE = "retype", "改类型"
    MOVE = "move", "划转"
    MERGE = "merge", "合并"
    SPLIT = "split", "析置"


class AreaOperationState(TextChoices):
    PROPOSED = "proposed", "待审批"
    WITHDRAWN = "withdrawn", "已撤回"
    REFUSED = "refused", "未同意"
    APPROVED = "approved", "待生效"
    DONE = "done", "已生效"
    FAILED = "failed", "未能执行"
    CANCELLED = "cancelled", "已取消"
