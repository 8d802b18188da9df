"""What the audit declares when the application starts."""

from accounts.audit import health, housekeeping, tasks
from accounts.audit.registry import register


def declare() -> None:
    register("owner.write", "库属主直接写入")
    register("audit.verify", "校验审计链")
    register("audit.cut", "归档审计记录")
    health.register()
    tasks.register()
    housekeeping.register()
