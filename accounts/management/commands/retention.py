"""Carry out the retention rules now, or say what is due."""

import os
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections
from django.utils import timezone

from accounts import audit
from accounts.retention.run import due, run
from accounts.retention.setup import KIND, SYSTEM_SCOPE
from accounts.scope.entry import system_scoped
from config.databases import WORKER


class Command(BaseCommand):
    help = "按数据保留规则清理到期数据；--dry-run 只列出到期数量。恢复备份之后必须运行一次"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--dry-run", action="store_true", help="只数，不删")

    def handle(self, *args: Any, **options: Any) -> None:
        if connections["default"].settings_dict["USER"] != WORKER:
            sys.exit(as_worker("retention", *(["--dry-run"] if options["dry_run"] else [])))
        now = timezone.now()
        with system_scoped(SYSTEM_SCOPE) as scope:
            if options["dry_run"]:
                for rule, count in due(now):
                    self.stdout.write(f"{rule.label}（{rule.kept}）：到期 {count}")
                return
            done = list(run(now))
            audit.act(scope, KIND, after={found.rule.code: found.error or found.removed for found in done})
        for found in done:
            said = f"未完成 {found.error}" if found.error else f"清理 {found.removed}"
            self.stdout.write(f"{found.rule.label}：{said}")
        if any(found.error for found in done):
            sys.exit(1)


def as_worker(*arguments: str) -> int:
    """Run this command again as the worker's role: system scopes are open to it alone."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    return subprocess.run(  # noqa: S603 - our own program and our own words
        command, env={**os.environ, "CUNXUAN_PROCESS": "worker"}, check=False
    ).returncode
