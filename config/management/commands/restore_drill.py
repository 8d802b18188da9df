"""Restore the back-up to a chosen second on a server of its own, check it, print RTO and RPO."""

import datetime as dt
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from config.backup import drill, server
from config.backup.vault import VaultBroken


class Command(BaseCommand):
    help = "恢复演练：恢复到指定时刻，等提升完成，核对行数和审计链，打印恢复用时和可能丢失的时间"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--to", help="时刻，如 2026-11-22T16:45:00（北京时间）；不写则到日志末尾")
        parser.add_argument("--keep", type=Path, help="空文件夹：恢复出的数据留在这里，供正式恢复使用")
        parser.add_argument("--counts", action="store_true", help="列出每张表的行数")

    def handle(self, *args: Any, **options: Any) -> None:
        to = moment(options["to"]) if options["to"] else None
        try:
            report = drill.drill(to, keep=empty(options["keep"]))
        except (server.BackupRefused, VaultBroken) as refusal:
            self.stderr.write(f"演练未通过：{refusal}")
            sys.exit(1)
        if options["counts"]:
            for table, count in report.counts.items():
                self.stdout.write(f"  {table} {count}")
        reached = timezone.localtime(report.recovered_to) if report.recovered_to else "备份完成时"
        rpo = "未接收日志" if report.rpo is None else f"{report.rpo:.0f} 秒"
        self.stdout.write(f"备份 {report.base}，恢复到 {reached}，{sum(report.counts.values())} 行")
        self.stdout.write(f"RTO {report.rto:.0f} 秒，RPO {rpo}")
        self.stdout.write(f"审计链 {report.entries} 条，链头 {report.head}，异常 {len(report.breaks)} 处")
        for found in report.breaks:
            self.stdout.write(f"  {found}")
        if report.breaks:
            sys.exit(1)


def empty(folder: Path | None) -> Path | None:
    """The folder to keep a restored server in: made here, or empty."""
    if folder is None:
        return None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise CommandError(f"{folder} 不是空文件夹")
    return folder.resolve()


def moment(text: str) -> dt.datetime:
    """A moment of the command line; without a zone it is Chinese time."""
    found = parse_datetime(text)
    if found is None:
        raise CommandError("时刻写作 2026-11-22T16:45:00")
    return timezone.make_aware(found) if timezone.is_naive(found) else found
