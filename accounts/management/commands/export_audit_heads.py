"""Take the head of the audit chain and deliver what waits: for a site that runs its own scheduler."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.audit.anchors import anchor
from accounts.audit.verification import cursor_of
from config.databases import SEALER


class Command(BaseCommand):
    help = "把审计链头送到外部存储(AUDIT_ANCHOR_DIR)，补送未送达的"

    def handle(self, *args: Any, **options: Any) -> None:
        with cursor_of(SEALER) as cursor:
            done = anchor(cursor)
        if done.problem:
            raise CommandError(f"外部存储不可用：{done.problem}；{done.waiting} 个锚点待送")
        self.stdout.write(f"送达锚点 {done.delivered} 个")
