"""Receive the server's log as it is written, until SIGTERM."""

import signal
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand

from config.backup import server, wal


class Command(BaseCommand):
    help = "持续接收数据库日志并加密保存，直到收到 SIGTERM"

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        try:
            wal.receive(stop.is_set)
        except server.BackupRefused as refusal:
            self.stderr.write(str(refusal))
            sys.exit(1)
