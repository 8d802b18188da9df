"""Retention of the audit trail: thirteen months in the database, five years in archive files."""

from accounts import retention
from accounts.audit import cuts


def register() -> None:
    """Declare both rules."""
    retention.register(
        retention.Rule(
            code="audit.prefix",
            label="审计记录，自封存起",
            age=cuts.KEPT,
            kept="13 个月",
            then="归档成文件，在库内留下签名的截断点",
            place="accounts_auditact、accounts_auditevent、accounts_auditchain",
            source="网络安全法：日志留存不少于六个月",
            due=cuts.due,
            apply=cuts.cut,
        )
    )
    retention.register(
        retention.Rule(
            code="audit.archives",
            label="审计归档文件，自归档起",
            age=cuts.ARCHIVED,
            kept="5 年",
            then="删除",
            place="AUDIT_ARCHIVE_DIR",
            source="数据保留表：审计",
            due=lambda now: len(list(cuts.old_archives(now))),
            apply=cuts.remove_archives,
        )
    )
