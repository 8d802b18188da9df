"""Encrypted files of any size: SM4-GCM over numbered pieces, under a key of its own that no back-up holds.

Each piece is authenticated with the name of the file, its own number and whether it is the last, so a piece that is
changed, left out, moved, or another file's is noticed when it is read, and so is a file that is cut off.
"""

import hashlib
import os
import secrets
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

MAGIC = b"cunxuan-backup sm4-gcm-1\n"  # GB/T 32907; another algorithm gets another line
PIECE = 1 << 20
NONCE, TAG = 12, 16
_HEAD = struct.Struct(">IB")  # length of the piece, 1 for the last


class VaultBroken(Exception):
    """The file is not what was kept here: changed, cut off, another file's, or under another key."""

    def __init__(self, name: str) -> None:
        super().__init__(f"备份文件 {name} 已损坏、被截断、被改动，或密钥不对")


def key(*, make: bool = False) -> bytes:
    """The key of the back-ups, from CUNXUAN_BACKUP_KEY_FILE; `make` makes it when there is none.

    Raises VaultBroken when there is none: what was kept cannot be read without it.
    """
    path = Path(settings.BACKUP_KEY_FILE)
    if not path.exists() and not make:
        raise VaultBroken(path.name)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(32))
    return _key_in(path)


def known_keys() -> list[bytes]:
    """The key in use, then those before it (CUNXUAN_BACKUP_OLD_KEY_FILES): they open what they sealed, seal nothing.

    Raises VaultBroken when a file that is named is not there.
    """
    old = [Path(name) for name in settings.BACKUP_OLD_KEY_FILES]
    for path in old:
        if not path.exists():
            raise VaultBroken(path.name)
    return [key(), *map(_key_in, old)]


def _key_in(path: Path) -> bytes:
    return hashlib.sha256(b"backup key " + path.read_bytes().strip()).digest()[:16]


def keep(source: IO[bytes], target: Path) -> None:
    """Encrypt everything `source` gives into `target`; it appears whole or not at all."""
    secret = key(make=True)
    unfinished = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("xb") as out:
            os.chmod(unfinished, 0o600)
            out.write(MAGIC)
            piece, number = _read(source), 0
            while True:
                following = _read(source)
                out.write(_sealed(secret, target.name, number, piece, last=not following))
                if not following:
                    break
                piece, number = following, number + 1
            out.flush()
            os.fsync(out.fileno())
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)


def pieces(path: Path) -> Iterator[bytes]:
    """The plain pieces of a kept file in order. Raises VaultBroken at the first that is not authentic."""
    known = known_keys()
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise VaultBroken(path.name)
        number, last = 0, 0
        while not last:
            head = file.read(_HEAD.size)
            if len(head) != _HEAD.size:
                raise VaultBroken(path.name)
            length, last = _HEAD.unpack(head)
            body = file.read(min(length, PIECE) + NONCE + TAG)
            secret, plain = _opened(known, path.name, number, head, body)
            known = [secret]  # one file, one key
            yield plain
            number += 1
        if file.read(1):
            raise VaultBroken(path.name)


class Plain:
    """A kept file as something that can be read, for tarfile."""

    def __init__(self, path: Path) -> None:
        self._pieces = pieces(path)
        self._rest = b""

    def read(self, size: int = PIECE) -> bytes:
        """Up to `size` bytes, empty at the end."""
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._rest += piece
        given, self._rest = self._rest[:size], self._rest[size:]
        return given


def _read(source: IO[bytes]) -> bytes:
    """A whole piece even from a pipe."""
    parts, wanted = [], PIECE
    while wanted and (part := source.read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def _bound(name: str, number: int, head: bytes) -> bytes:
    return MAGIC + name.encode() + b"\0" + struct.pack(">Q", number) + head


def _sealed(secret: bytes, name: str, number: int, piece: bytes, *, last: bool) -> bytes:
    head, nonce = _HEAD.pack(len(piece), last), secrets.token_bytes(NONCE)
    encryptor = Cipher(algorithms.SM4(secret), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(_bound(name, number, head))
    return head + nonce + encryptor.update(piece) + encryptor.finalize() + encryptor.tag


def _opened(known: list[bytes], name: str, number: int, head: bytes, body: bytes) -> tuple[bytes, bytes]:
    """(the key that opens the piece, the plain piece)."""
    for secret in known[:-1]:
        try:
            return secret, _plain(secret, name, number, head, body)
        except VaultBroken:
            continue
    return known[-1], _plain(known[-1], name, number, head, body)


def _plain(secret: bytes, name: str, number: int, head: bytes, body: bytes) -> bytes:
    nonce, text, tag = body[:NONCE], body[NONCE:-TAG], body[-TAG:]
    if len(nonce) != NONCE or len(tag) != TAG:
        raise VaultBroken(name)
    decryptor = Cipher(algorithms.SM4(secret), modes.GCM(nonce)).decryptor()
    decryptor.authenticate_additional_data(_bound(name, number, head))
    try:
        return decryptor.update(text) + decryptor.finalize_with_tag(tag)
    except InvalidTag:
        raise VaultBroken(name) from None
