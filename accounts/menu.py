"""Lines that the ground floor puts into the menu, and the number at 待办."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts import abilities, navigation, saved, today
from accounts.choices import ALL_ROLES, OFFICE_ROLES, Role
from accounts.models.exports import READERS as READERS_OF_EXPORTS
from accounts.models.reveals import READERS as READERS_OF_REVEALS
from accounts.queries.area_operations import waiting_cards
from accounts.queries.people import request_cards
from accounts.queries.reveal_consents import consent_cards
from accounts.rules.areas import READERS
from accounts.rules.people import VIEWERS
from accounts.rules.reveals import QUOTA


def waiting(scope: Any, now: dt.datetime) -> int:
    """How many cards 今日 lists for this person: the queries of the registered providers."""
    return len(today.cards(scope, now))


def register() -> None:
    navigation.register("", "今日", "today", set(ALL_ROLES) - {Role.WALL}, 10)
    navigation.register("系统", "任务", "jobs:list", set(ALL_ROLES) - {Role.WALL}, 10)
    navigation.register("系统", "导出登记", "exports:list", READERS_OF_EXPORTS, 15)
    navigation.register("系统", "查看登记", "reveals:list", READERS_OF_REVEALS, 16)
    navigation.register("系统", "审计", "audit:list", {Role.AUDITOR}, 60)
    navigation.register("系统", "运行", "health", {Role.ADMIN, Role.SECURITY_ADMIN}, 70)
    navigation.register("系统", "数据保留", "retention", {Role.ADMIN, Role.SECURITY_ADMIN}, 75)
    navigation.register("系统", "账号", "users:list", VIEWERS, 20)
    navigation.register("系统", "区划", "areas:list", READERS, 30)
    navigation.register("系统", "构件", "kit", {Role.ADMIN}, 90)
    saved.register("jobs:list", "任务", set(ALL_ROLES) - {Role.WALL}, ("state", "whose"))
    today.register(80, request_cards)
    today.register(82, consent_cards)
    today.register(85, waiting_cards)
    navigation.register_todo(waiting)
    abilities.register(
        {
            "schedules:new": "让列表到时间自己导出，暂停、恢复、删去",
            "schedules:pause": "让列表到时间自己导出，暂停、恢复、删去",
            "schedules:resume": "让列表到时间自己导出，暂停、恢复、删去",
            "schedules:delete": "让列表到时间自己导出，暂停、恢复、删去",
            "users:create": "新建账号",
            "users:grant": "授予角色；乡镇以上和跨单位的角色须另一名管理员同意",
            "users:end": "收回角色，当即生效",
            "users:active": "停用、恢复账号，停用当即退出",
            "users:password": "重置密码",
            "users:factor": "为丢失手机的人申请解除第二因素",
            "users:decide": "审批另一名管理员的申请",
            "calendar": "生成、停用日历订阅地址",
            "calendar-revoke": "生成、停用日历订阅地址",
            "filters:save": "存下列表的筛选，改名、删去",
            "filters:change": "存下列表的筛选，改名、删去",
            "filters:delete": "存下列表的筛选，改名、删去",
            "areas:change-new": "提出区划变更（更名、改类型、划转、合并、析置），由另一人审批",
            "areas:change-decide": "审批别人提出的区划变更",
            "areas:changes-decide": "审批别人提出的区划变更",
            "areas:change-withdraw": "撤回自己提出、还没有审批的区划变更",
            "areas:change-cancel": "生效日以前取消自己提出或可由自己审批的区划变更",
            "areas:electorate": "设定村、社区是否参加换届",
            "audit:verify": "校验审计链",
        }
    )
    abilities.register(
        {
            "reveals:show": f"写明用途后查看账号的联系电话，每天 {QUOTA} 次，每次登记",
            "reveals:consent-ask": f"查看满 {QUOTA} 次后，请第二人同意再看一次",
            "reveals:consent-decide": "审批本单位和下级的人提出的超额查看",
        },
        only=VIEWERS,
    )
    abilities.register({"imports:write": "用 Excel 导入底册"}, only=(Role.TOWNSHIP,))
    abilities.register({"imports:export": "导出底册"}, only=OFFICE_ROLES)
    abilities.register(
        {"jobs:cancel": "停止、重做自己发起的任务", "jobs:restart": "停止、重做自己发起的任务"}
    )
