"""What the audit declares when the application starts."""

from accounts.audit import health, tasks
from accounts.audit.registry import register


def declare() -> None:
    register("owner.write", "库属主直接写入")
    register("audit.verify", "校验审计链")
    health.register()
    tasks.register()
