"""Acts of this app."""

from typing import Final

from accounts.audit import register

ROUND_CREATED: Final = "round.created"
ROUND_CHANGED: Final = "round.changed"
ORGS_OPENED: Final = "orgs.opened"
ORG_CHANGED: Final = "org.changed"
ORGS_IMPORTED: Final = "orgs.imported"
ORGS_EXPORTED: Final = "orgs.exported"

register(ROUND_CREATED, "建立届次")
register(ROUND_CHANGED, "修改届次")
register(ORGS_OPENED, "开立村情档案")
register(ORG_CHANGED, "修改村情档案")
register(ORGS_IMPORTED, "导入村情档案")
register(ORGS_EXPORTED, "导出村情档案")
