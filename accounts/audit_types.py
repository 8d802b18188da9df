"""Act types of the ground floor: what the audit trail calls them."""

from accounts.audit import register

AREAS_LOADED = register("areas.loaded", "装入区划清单")
ZONES_APPLIED = register("areas.zones", "设立功能区")
ELECTORATE_SET = register("areas.electorate", "设定是否参加换届")
USER_CREATED = register("users.created", "新建账号")
USER_DISABLED = register("users.disabled", "停用账号")
USER_ENABLED = register("users.enabled", "恢复账号")
PASSWORD_RESET = register("users.password_reset", "重置密码")
PASSWORD_CHANGED = register("users.password_changed", "修改密码")
ROLE_GRANTED = register("assignments.granted", "授予角色")
ROLE_ENDED = register("assignments.ended", "收回角色")
ACCOUNTS_IMPORTED = register("users.imported", "按表建账号")
HANDOUT_TAKEN = register("imports.handout_taken", "取走首次密码表")
SIGNED_IN = register("sessions.opened", "登录")
SIGNED_OUT = register("sessions.closed", "退出登录")
EXPORT_MADE = register("exports.made", "导出文件")
TOKEN_ISSUED = register("tokens.issued", "签发接口令牌")
TOKEN_REVOKED = register("tokens.revoked", "作废接口令牌")
