from accounts.scope.access import TableAccess
from accounts.scope.entry import Scope, enter, leave, scoped, system_scoped

__all__ = ["Scope", "TableAccess", "enter", "leave", "scoped", "system_scoped"]
