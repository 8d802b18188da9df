"""The drill: restore on this machine, check what came back, say how long it took and how much would be lost."""

import datetime as dt
import io
import json
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.audit import anchors
from accounts.audit.stream import export, frozen_tables
from accounts.audit.verification import verifier
from config.backup import restore, server
from config.databases import OWNER

PROMOTION_SECONDS = 1800


@dataclass
class Report:
    """What a drill found. `rto` is from the order to a promoted, checked server; times in seconds.

    `recovered_to` is the last transaction that came back, `rpo` how far the newest received log is behind now.
    """

    base: str
    to: dt.datetime | None
    rto: float = 0.0
    rpo: float | None = None
    recovered_to: dt.datetime | None = None
    counts: dict[str, int] = field(default_factory=dict)
    entries: int = 0
    head: str = ""
    breaks: list[str] = field(default_factory=list)


def drill(to: dt.datetime | None, *, timeout: float = PROMOTION_SECONDS, keep: Path | None = None) -> Report:
    """Restore to `to` on a server of its own, check it, remove it again, or leave it stopped in `keep`.

    Raises VaultBroken for a back-up that is not authentic, BackupRefused for one that cannot be restored.
    """
    started = time.monotonic()
    received = newest_log()
    base = restore.base_for(to)
    report = Report(base.name, to, rpo=received)
    folder = keep or Path(tempfile.mkdtemp(prefix="drill-", dir=server.root()))
    try:
        restore.lay_out(base, folder, to)
        restored = restore.Restored(base, folder)
        restored.start(timeout)
        try:
            examine(restored, report)
        finally:
            restored.stop()
    finally:
        if keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    report.rto = time.monotonic() - started
    return report


def examine(restored: restore.Restored, report: Report) -> None:
    """Rows of every table, the audit chain with the frozen rows it seals, and the anchors up to that moment."""
    ((report.recovered_to,),) = restored.ask("SELECT pg_last_xact_replay_timestamp()")
    tables = restored.ask(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition AND has_table_privilege(oid, 'SELECT') ORDER BY 1",
        OWNER,
    )
    for (table,) in tables:
        ((count,),) = restored.ask(f'SELECT count(*) FROM "{table}"', OWNER)  # noqa: S608 - names from the catalogue
        report.counts[table] = count
    found = verify(restored, report.to)
    report.entries, report.head = found.entries, found.head
    report.breaks = [str(one) for one in found.breaks]


def verify(restored: restore.Restored, to: dt.datetime | None) -> Any:
    """The verifier's report on the restored database; anchors taken after the chosen moment are left out."""
    program = verifier()
    connection = restored.connect()
    try:
        with connection, connection.cursor() as cursor, io.BytesIO() as file:
            export(cursor, file, frozen_tables())
            file.seek(0)
            return program.verify(file, kept_anchors(to), anchors.anchor_keys())
    finally:
        connection.close()


def kept_anchors(to: dt.datetime | None) -> list[str] | None:
    """Lines of the anchors taken until the chosen moment; None when none are kept here."""
    place = Path(settings.AUDIT_ANCHOR_DIR)
    if not place.is_dir():
        return None
    lines = [line for line in verifier().anchor_lines(place) if line.strip()]
    if to is None:
        return lines
    limit = to.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return [line for line in lines if json.loads(line)["at"] <= limit]


def newest_log() -> float | None:
    """Seconds since the log was last received; None when none ever was."""
    root = server.root()
    times = [path.stat().st_mtime for part in ("spool", "wal") for path in (root / part).iterdir()]
    return max(0.0, timezone.now().timestamp() - max(times)) if times else None
