"""Who did what, when and why: acts, their events, and the chain that seals them.

An action calls `act` before it writes. Tables and triggers: `accounts/protection/audit.sql`; the design:
`docs/decisions/0003-audit-chain.md`.
"""

from accounts.audit.acts import act, masked
from accounts.audit.denials import deny
from accounts.audit.registry import label_of, register, registered
from accounts.audit.triggers import audit_trigger_sql

__all__ = ["act", "audit_trigger_sql", "deny", "label_of", "masked", "register", "registered"]
