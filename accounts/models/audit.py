"""Read models of the audit tables; `accounts/protection/audit.sql` makes and guards the tables themselves."""

from typing import ClassVar

from django.db import models

from accounts.scope.access import TableAccess


class AuditAct(models.Model):
    """What somebody did: actor copied from the scope, subject, reason, masked before and after."""

    access: ClassVar = TableAccess("system", audited=False)

    xact = models.BigIntegerField(editable=False)
    opened = models.DateTimeField("事务开始")
    at = models.DateTimeField("时间")
    type = models.CharField("操作", max_length=64)
    subject_kind = models.CharField("对象类型", max_length=64, blank=True)
    subject_id = models.CharField("对象编号", max_length=64, blank=True)
    unit_path = models.CharField("单位路径", max_length=64, db_collation="C", blank=True)
    assignment_id = models.BigIntegerField("任职授权", null=True)
    holder_name = models.CharField("姓名", max_length=64)
    role = models.CharField("角色", max_length=32)
    office_name = models.CharField("单位", max_length=128, blank=True)
    area_path = models.CharField("管辖路径", max_length=64, db_collation="C", blank=True)
    reason = models.CharField("说明", max_length=500, blank=True)
    before = models.JSONField("变更前", null=True)
    after = models.JSONField("变更后", null=True)
    request_id = models.CharField("请求编号", max_length=64, blank=True)

    class Meta:
        managed = False
        db_table = "accounts_auditact"
        verbose_name = "操作记录"

    def __str__(self) -> str:
        return f"{self.type} #{self.pk}"


class AuditEvent(models.Model):
    """One statement on one table: row count, keys and digest of the new content; never the content itself."""

    access: ClassVar = TableAccess("system", audited=False)

    act = models.ForeignKey(AuditAct, models.PROTECT, related_name="events")
    at = models.DateTimeField("时间")
    relation = models.CharField("数据表", max_length=64)
    op = models.CharField("动作", max_length=8)
    row_count = models.BigIntegerField("行数")
    keys = models.JSONField("主键")
    digest = models.BinaryField("摘要")

    class Meta:
        managed = False
        db_table = "accounts_auditevent"
        verbose_name = "数据事件"

    def __str__(self) -> str:
        return f"{self.op} {self.relation} #{self.pk}"

    @property
    def op_word(self) -> str:
        return {"INSERT": "新增", "UPDATE": "修改", "DELETE": "删除"}[self.op]

    @property
    def keys_text(self) -> str:
        """The keys in one short line."""
        if isinstance(self.keys, dict):
            return f"{self.keys['min']} – {self.keys['max']}（{self.keys['count']} 个）"
        shown = "、".join(str(key) for key in self.keys[:5])
        return f"{shown} 等 {len(self.keys)} 个" if len(self.keys) > 5 else shown

    @property
    def digest_text(self) -> str:
        return bytes(self.digest).hex()[:12]


class AuditChain(models.Model):
    """One sealed act or event; `hash` is the digest of `prev` and the canonical content."""

    access: ClassVar = TableAccess("system", audited=False)

    seq = models.BigIntegerField("序号", primary_key=True)
    chain = models.SmallIntegerField(default=1)
    kind = models.CharField("类别", max_length=5)
    ref = models.BigIntegerField("编号")
    prev = models.BinaryField("上一摘要")
    hash = models.BinaryField("摘要")
    algo = models.CharField("算法", max_length=8)
    sealed_at = models.DateTimeField("封存时间")

    class Meta:
        managed = False
        db_table = "accounts_auditchain"
        verbose_name = "审计链"

    def __str__(self) -> str:
        return f"{self.seq} {self.kind} {self.ref}"


class AuditHead(models.Model):
    """The one row the chain ends in; it moves by sealing alone."""

    access: ClassVar = TableAccess("system", audited=False)

    chain = models.SmallIntegerField(primary_key=True)
    chain_id = models.UUIDField("链标识")
    seq = models.BigIntegerField("序号")
    hash = models.BinaryField("摘要")
    moved_at = models.DateTimeField("封存时间")

    class Meta:
        managed = False
        db_table = "accounts_audithead"
        verbose_name = "链头"

    def __str__(self) -> str:
        return f"{bytes(self.hash).hex()[:12]}·{self.seq}"


class AuditAnchor(models.Model):
    """A head to be kept outside; `delivered_at` is empty while the outside store is out of reach."""

    access: ClassVar = TableAccess("system", audited=False)

    chain_id = models.UUIDField("链标识")
    seq = models.BigIntegerField("序号")
    hash = models.BinaryField("摘要")
    at = models.DateTimeField("时间")
    delivered_at = models.DateTimeField("送达时间", null=True)

    class Meta:
        managed = False
        db_table = "accounts_auditanchor"
        verbose_name = "外部锚点"

    def __str__(self) -> str:
        return f"{bytes(self.hash).hex()[:12]}·{self.seq}"


class AuditDenial(models.Model):
    """Refused attempts of one assignment in one hour (assignment 0: nobody signed in), with the first 20."""

    access: ClassVar = TableAccess("system", audited=False)

    assignment_id = models.BigIntegerField("任职授权")
    hour = models.DateTimeField("时段")
    attempts = models.IntegerField("次数")
    last_at = models.DateTimeField("最近一次")
    samples = models.JSONField("样本")

    class Meta:
        managed = False
        db_table = "accounts_auditdenial"
        verbose_name = "越权尝试"

    def __str__(self) -> str:
        return f"{self.assignment_id} {self.hour:%m-%d %H} {self.attempts}"
