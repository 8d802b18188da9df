"""Thirteen months of the audit trail stay in the database; what is older goes to an archive file.

In this order, so that a kill at any point loses nothing: the entries are written to a file, the stand-alone verifier
checks it, the file is on the disk under its name, and then one transaction puts a signed cut in the place of the entries
(audit_cut). The mark of the cut is made under the key of the anchors, which is never in the database: whoever deletes
more than it covers cannot sign for it. A part that does not verify is not cut off, for it is evidence.
"""

import datetime as dt
import gzip
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from django.conf import settings
from django.db import connections

from accounts.audit import anchors
from accounts.audit.acts import act
from accounts.audit.stream import export_entries, frozen_tables
from accounts.audit.verification import verifier

KEPT = dt.timedelta(days=396)
ARCHIVED = dt.timedelta(days=5 * 365 + 2)
_LOCK = 0x43584356  # arbitrary number of the advisory lock


class PrefixBroken(Exception):
    """The part that is due does not verify; it stays where it is."""


class Plan(NamedTuple):
    """What is due: entries `first` to `last` of the chain, the seal of the last one, the cut before this one."""

    chain_id: str
    first: int
    last: int
    hash: str
    sealed_at: str
    now: str
    previous: list[Any] | None

    @property
    def name(self) -> str:
        """Name of the archive: day of its newest entry, numbers of the first and the last."""
        return f"audit-{self.sealed_at[:10]}-{self.first}-{self.last}.jsonl.gz"


class Carried:
    """Number and digest of the events of frozen tables from before the cut, counted on from the previous cut."""

    def __init__(self, plan: Plan, frozen: list[str]) -> None:
        self.frozen = set(frozen)
        self.count, start = (plan.previous[4], plan.previous[5]) if plan.previous else (0, "")
        self.hash = bytes.fromhex(start) if start else hashlib.sha256(plan.chain_id.encode()).digest()

    def see(self, line: bytes) -> None:
        _, seq, _, kind, _, _, _, _, _, content = json.loads(line)
        if kind != "event" or content is None:
            return
        _, _, _, relation, op, row_count, keys, digest = content
        if relation in self.frozen and op in ("INSERT", "DELETE"):
            texts = [text.encode() for text in (str(seq), relation, op, row_count, keys, digest)]
            self.hash = hashlib.sha256(self.hash + b",".join(b"%d:%b" % (len(t), t) for t in texts)).digest()
            self.count += 1


def due(now: dt.datetime) -> int:
    """How many entries are older than thirteen months."""
    with connections["default"].cursor() as cursor:
        plan = planned(cursor, now)
    return plan.last - plan.first + 1 if plan else 0


def cut(now: dt.datetime, tables: list[str] | None = None) -> int:
    """Archive and cut off what is older than thirteen months, in the caller's transaction; returns the entries.

    Raises PrefixBroken when the part does not verify, OSError when the archive cannot be written, DatabaseError
    CX006 when its end is not anchored outside yet.
    """
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        plan = planned(cursor, now)
        if plan is None:
            return 0
        act(None, "audit.cut", after={"first": plan.first, "last": plan.last, "archive": plan.name})
        carried = Carried(plan, tables or [table for table, _ in frozen_tables()])
        signed = write(cursor.cursor, plan, carried)
        cursor.execute(
            "SELECT audit_cut(%s, %s, %s, %s, %s, %s, %s)",
            [plan.last, sorted(carried.frozen), plan.now, carried.count, carried.hash, *signed[-2:]],
        )
        return cursor.fetchone()[0]


def planned(cursor: Any, now: dt.datetime) -> Plan | None:
    """What is due, None for nothing."""
    cursor.execute("SELECT * FROM audit_cut_plan(%s)", [now - KEPT])
    row = cursor.fetchone()
    if row is None or row[1] is None or row[2] < row[1]:
        return None
    cursor.execute(
        "SELECT seq, encode(hash, 'hex'), audit_time(sealed_at), entries, carried, encode(carried_digest, 'hex'),"
        " audit_time(cut_at), key_id, mac FROM accounts_auditcut WHERE chain_id = %s ORDER BY seq DESC LIMIT 1",
        [row[0]],
    )
    previous = cursor.fetchone()
    return Plan(str(row[0]), *row[1:], list(previous) if previous else None)


def write(cursor: Any, plan: Plan, carried: Carried) -> list[Any]:
    """Write and verify the archive; it appears under its name whole or not at all. Returns the signed cut."""
    folder = settings.AUDIT_ARCHIVE_DIR
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    unfinished = folder / f".{plan.name}.{os.getpid()}"
    try:
        with tempfile.TemporaryFile() as plain, unfinished.open("xb") as out:
            export_entries(cursor, plain, plan.last)
            plain.seek(0)
            with gzip.GzipFile(plan.name, "wb", fileobj=out, mtime=0) as packed:
                signed = fill(packed, plain, plan, carried)
            out.flush()
            os.fsync(out.fileno())
        if problems := verify_archive(unfinished).breaks:
            raise PrefixBroken(f"{len(problems)} breaks, the first: {problems[0]}")
        os.replace(unfinished, folder / plan.name)
    finally:
        unfinished.unlink(missing_ok=True)
    return signed


def fill(out: IO[bytes], plain: IO[bytes], plan: Plan, carried: Carried) -> list[Any]:
    """Header, entries, and the signed cut at the end; returns the cut."""

    def say(record: list[Any]) -> None:
        out.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")

    say([0, "cunxuan-audit", 2, plan.chain_id, plan.last, plan.hash, plan.now, plan.previous])
    entries = 0
    for line in plain:
        out.write(line)
        carried.see(line)
        entries += 1
    values = [plan.last, plan.hash, plan.sealed_at, entries, carried.count, carried.hash.hex(), plan.now]
    values.append(anchors.key_id())
    values.append(anchors.mark("CXC1", plan.chain_id, *values))
    say([6, values])
    return values


def verify_archive(path: Path) -> Any:
    """The stand-alone verifier's report on one archive."""
    with gzip.open(path, "rb") as lines:
        return verifier().verify(lines, None, anchors.anchor_keys(), archive=True)


def old_archives(now: dt.datetime) -> Iterator[Path]:
    """Archives whose newest entry has been archived for five years."""
    limit = (now - KEPT - ARCHIVED).date()
    for path in sorted(settings.AUDIT_ARCHIVE_DIR.glob("audit-*.jsonl.gz")):
        if dt.date.fromisoformat(path.name[6:16]) < limit:
            yield path


def remove_archives(now: dt.datetime) -> int:
    """Remove them; returns how many."""
    found = list(old_archives(now))
    for path in found:
        path.unlink(missing_ok=True)
    return len(found)
