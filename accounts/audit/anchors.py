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
from typing import Any, NamedTuple

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string

_LOCK = 0x43584155  # arbitrary number of the advisory lock


class Delivery(NamedTuple):
    """What one run of `anchor` did: anchors delivered, anchors still waiting, why they wait."""

    delivered: int
    waiting: int
    problem: str


def anchor(cursor: Any) -> Delivery:
    """Take the present head and deliver every waiting anchor, in the cursor's transaction.

    Safe to run twice, at once, or after being killed: a delivery repeated after a crash leaves the same line
    twice. The cursor speaks as the worker or the sealer.
    """
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
    """One anchor as a line of JSON with its HMAC-SM3 (the verifier recomputes it on its own)."""
    line = {"chain_id": chain_id, "seq": seq, "hash": digest, "at": at, "key_id": key_id()}
    return json.dumps(line | {"mac": mark(chain_id, seq, digest, at, key_id())})


def mark(*values: str | int) -> str:
    """HMAC-SM3 (GB/T 32905) of these values under the key of the anchors; the last value is its `key_id`."""
    texts = [str(value).encode() for value in values]
    mac = HMAC(anchor_key(), hashes.SM3())
    mac.update(b",".join(b"%d:%b" % (len(text), text) for text in texts))
    return mac.finalize().hex()


def key_id() -> str:
    """Which key marks now, without telling the key."""
    return hashlib.sha256(anchor_key()).hexdigest()[:8]


def anchor_key() -> bytes:
    """Key of anchors and cuts: AUDIT_ANCHOR_KEY, else derived from SECRET_KEY. It is never in the database."""
    return anchor_keys()[0]


def anchor_keys() -> list[bytes]:
    """The key that marks now, then those that did before a change (AUDIT_ANCHOR_OLD_KEYS, SECRET_KEY_FALLBACKS)."""
    given = [key for key in (settings.AUDIT_ANCHOR_KEY, *settings.AUDIT_ANCHOR_OLD_KEYS) if key]
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    derived = [hashlib.sha256(b"audit anchor " + secret.encode()).hexdigest() for secret in secrets]
    return [key.encode() for key in (given + derived if settings.AUDIT_ANCHOR_KEY else derived + given)]


def store() -> Callable[[Sequence[str]], None]:
    """The function that keeps lines outside: AUDIT_ANCHOR_STORE (a dotted path), else a directory.

    It raises OSError when the store is out of reach.
    """
    path = getattr(settings, "AUDIT_ANCHOR_STORE", "")
    return import_string(path) if path else append_to_directory


def append_to_directory(lines: Sequence[str]) -> None:
    """Append lines to anchors.jsonl in AUDIT_ANCHOR_DIR (a mounted log store), down to the disk."""
    directory = Path(settings.AUDIT_ANCHOR_DIR)
    directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(directory / "anchors.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    with open(handle, "ab") as file:
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(handle)


def short_head(*, using: str = "default") -> str:
    """First 12 hexadecimal digits and number of the head, as printed on the daily bulletin."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT seq, hash FROM audit_head()")
        seq, digest = cursor.fetchone()
    return f"{digest[:12]}·{seq}"
