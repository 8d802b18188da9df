"""Act types of the audit itself. Other apps declare theirs in their own `audit_types.py`."""

from accounts.audit.registry import register

register("owner.write", "库属主直接写入")
register("audit.verify", "校验审计链")
