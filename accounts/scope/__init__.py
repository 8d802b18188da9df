from accounts.scope.access import TableAccess
from accounts.scope.entry import Scope, enter, in_scope, leave, scoped, system_scoped

__all__ = ["Scope", "TableAccess", "enter", "in_scope", "leave", "scoped", "system_scoped"]
