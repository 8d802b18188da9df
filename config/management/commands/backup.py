"""Take a base back-up and remove those past their time."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from config.backup import server, take
from config.backup.vault import VaultBroken


class Command(BaseCommand):
    help = "整库备份：复制、校验、加密保存，并清理过期备份；先让 receive_wal 一直运行"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--list", action="store_true", help="只列出已有备份")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["list"]:
                for base in take.bases():
                    self.stdout.write(f"{base.name}　{base.size >> 20} MB　PostgreSQL {base.major}")
                return
            base = take.take()
            gone = take.prune(timezone.now())
        except (server.BackupRefused, VaultBroken) as refusal:
            self.stderr.write(str(refusal))
            sys.exit(1)
        self.stdout.write(f"备份 {base.name} 已完成，{base.size >> 20} MB；清理过期文件 {gone} 个")
