"""Heads of the chain kept outside the database, every five minutes and on the printed bulletin.

A chain alone does not stop somebody who can rewrite all of it; a head in another authority's keeping does.
Taking an anchor and delivering it are two steps: when the outside store is out of reach, filing goes on, the
anchors wait in the database, the health page alarms, and the next run delivers what is missing.
"""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.db import connections, transaction
from django.utils.module_loading import import_string

_LOCK = 0x43584155  # arbitrary number of the advisory lock


class Delivery(NamedTuple):
    """What one run of `anchor` did: anchors delivered, anchors still waiting, why they wait."""

    delivered: int
    waiting: int
    problem: str


def anchor(*, using: str = "default") -> Delivery:
    """Take the present head and deliver every waiting anchor. Safe to run twice, at once, or after being killed.

    Needs the worker's or the sealer's role. A delivery that is repeated after a crash leaves the same line twice.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            return Delivery(0, 0, "")
        cursor.execute("SELECT audit_take_anchor()")
        cursor.execute("SELECT id, chain_id, seq, hash, at FROM audit_waiting_anchors()")
        waiting = cursor.fetchall()
        try:
            store()([signed(str(chain_id), seq, digest, at) for _, chain_id, seq, digest, at in waiting])
        except OSError as error:
            return Delivery(0, len(waiting), error.strerror or error.__class__.__name__)
        cursor.execute("SELECT audit_anchors_delivered(%s)", [[row[0] for row in waiting]])
    return Delivery(len(waiting), 0, "")


def signed(chain_id: str, seq: int, digest: str, at: str) -> str:
    """One anchor as a line of JSON with its HMAC-SM3."""
    key = anchor_key()
    values = [chain_id, str(seq), digest, at, hashlib.sha256(key).hexdigest()[:8]]
    mac = HMAC(key, hashes.SM3())
    mac.update(b",".join(b"%d:%b" % (len(text.encode()), text.encode()) for text in values))
    names = ("chain_id", "seq", "hash", "at", "key_id")
    line = dict(zip(names, values, strict=True)) | {"seq": seq, "mac": mac.finalize().hex()}
    return json.dumps(line)


def anchor_key() -> bytes:
    """Key of the anchors: AUDIT_ANCHOR_KEY, else derived from SECRET_KEY; it is never in the database."""
    given = getattr(settings, "AUDIT_ANCHOR_KEY", "")
    return (
        given.encode()
        if given
        else hashlib.sha256(b"audit anchor " + settings.SECRET_KEY.encode()).hexdigest().encode()
    )


def store() -> Callable[[Sequence[str]], None]:
    """The function that keeps lines outside: AUDIT_ANCHOR_STORE (a dotted path), else `append_to_directory`."""
    path = getattr(settings, "AUDIT_ANCHOR_STORE", "")
    return import_string(path) if path else append_to_directory


def append_to_directory(lines: Sequence[str]) -> None:
    """Append lines to anchors.jsonl in AUDIT_ANCHOR_DIR (a mounted log store) and wait until they are on disk."""
    directory = Path(settings.AUDIT_ANCHOR_DIR)
    directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(directory / "anchors.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        os.write(handle, "".join(f"{line}\n" for line in lines).encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def short_head(*, using: str = "default") -> str:
    """First 12 hexadecimal digits and number of the head, as printed on the daily bulletin."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT seq, hash FROM audit_head()")
        seq, digest = cursor.fetchone()
    return f"{digest[:12]}·{seq}"
