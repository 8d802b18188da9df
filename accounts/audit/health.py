"""What the audit adds to the health page."""

from django.db import connections

ANCHOR_LIMIT_SECONDS = 600
DENIALS_PER_HOUR = 20


def alarms(*, using: str = "ledger") -> list[str]:
    """Sentences about late anchors and assignments that keep trying doors; empty when all is well."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT newest_anchor, oldest_waiting, denial_alarms FROM audit_health()")
        newest, waiting, denials = cursor.fetchone()
    found = []
    if newest is not None and newest > ANCHOR_LIMIT_SECONDS:
        found.append(f"审计链已有 {int(newest // 60)} 分钟没有生成锚点")
    if waiting is not None and waiting > ANCHOR_LIMIT_SECONDS:
        found.append(f"审计锚点已有 {int(waiting // 60)} 分钟未能送达外部存储")
    if denials:
        found.append(f"{denials} 个授权在一小时内被拒绝超过 {DENIALS_PER_HOUR} 次")
    return found
