"""Scope tokens and the widest scopes of system jobs. Only the gatekeeper's functions reach these tables."""

from django.db import models

from accounts.scope.access import TableAccess


class SystemScope(models.Model):
    """The widest scope a job that nobody asked for may have. A name not listed here has none."""

    access = TableAccess("system", audited=False)

    name = models.CharField(max_length=40, primary_key=True)
    label = models.CharField("用途", max_length=80)
    path = models.CharField(max_length=64, db_collation="C", default="", blank=True)

    class Meta:
        verbose_name = "系统任务范围"

    def __str__(self) -> str:
        return self.name


class ScopeToken(models.Model):
    """What a connection may see. The token is opaque and stored hashed; path and role are looked up at each use
    from the assignment, so that a revoked or moved assignment takes effect at once."""

    access = TableAccess("system", audited=False)

    token_hash = models.CharField(max_length=64, primary_key=True)
    assignment_id = models.BigIntegerField(null=True)
    system_scope = models.CharField(max_length=40, blank=True, default="")
    holder = models.CharField("会话或任务", max_length=80, db_index=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "范围令牌"

    def __str__(self) -> str:
        return self.holder
