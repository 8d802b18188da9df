"""Verify the audit chain, or export it for a verifier on another machine."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from accounts.audit.cuts import verify_archive
from accounts.audit.stream import export
from accounts.audit.verification import cursor_of, verify
from config.databases import AUDITOR


class Command(BaseCommand):
    help = "校验审计链；--export 只导出，供另一台机器上的 deploy/verify_audit.py 校验；--archive 校验一个归档文件"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--export", type=Path, help="写出导出文件，不校验")
        parser.add_argument("--archive", type=Path, help="归档文件 audit-….jsonl.gz")
        parser.add_argument("--no-anchors", action="store_true", help="不与外部锚点比对")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["archive"]:
            self.say(verify_archive(options["archive"]))
            return
        with cursor_of(AUDITOR) as cursor:
            if options["export"]:
                with options["export"].open("wb") as out:
                    export(cursor, out)
                self.stdout.write(f"已导出 {options['export']}")
                return
            report = verify(cursor, anchored=not options["no_anchors"])
        self.say(report)

    def say(self, report: Any) -> None:
        """What was found; exit code 1 when anything was."""
        for found in report.breaks:
            self.stdout.write(str(found))
        state = f"异常 {len(report.breaks)} 处" if report.breaks else "全部相符"
        counts = f"{report.entries} 条，事件 {report.events}，冻结行 {report.rows}，锚点 {report.anchors}"
        self.stdout.write(f"{state}：{counts}，链头 {report.head}")
        if report.breaks:
            sys.exit(1)
