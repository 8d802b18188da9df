"""Files that rest encrypted: SM4-GCM under a key that is never in the database; their plain text lives in memory only.

A sealed file is one line (`cunxuan-sealed <algorithm> <nonce>`), the ciphertext, the tag of 16 bytes. The line and
the file's name for itself are authenticated, so that neither another algorithm nor another file can be put in place.
"""

import hashlib
import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

T = TypeVar("T")

MAGIC = "cunxuan-sealed"
ALGORITHM = "sm4-gcm-1"  # GB/T 32907; another one gets another id, and old files name theirs
TAG, NONCE, CHUNK = 16, 12, 1 << 20


class SealBroken(Exception):
    """The file is not what was sealed here: changed, cut off, another file's, or under another key."""


class Scratch:
    """Bytes in memory with a path that other code may open, gone with the last reference."""

    def __init__(self) -> None:
        self._descriptor = os.memfd_create("sheet")

    def __del__(self) -> None:
        os.close(self._descriptor)

    @property
    def path(self) -> Path:
        return Path(f"/proc/self/fd/{self._descriptor}")

    def open(self) -> IO[bytes]:
        """The bytes from the beginning."""
        return self.path.open("r+b")


def seal(chunks: Iterable[bytes], target: Path, name: str) -> None:
    """Encrypt `chunks` into `target` under a fresh nonce; it appears whole or not at all."""
    nonce = secrets.token_bytes(NONCE)
    header = f"{MAGIC} {ALGORITHM} {nonce.hex()}\n".encode()
    encryptor = Cipher(algorithms.SM4(_key()), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(header + name.encode())
    unfinished = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    try:
        with unfinished.open("xb") as file:
            file.write(header)
            for chunk in chunks:
                file.write(encryptor.update(chunk))
            file.write(encryptor.finalize() + encryptor.tag)
        unfinished.chmod(0o600)
        os.replace(unfinished, target)
    finally:
        unfinished.unlink(missing_ok=True)  # on a full disk every byte counts


def unseal(source: Path, name: str) -> Scratch:
    """The plain text in memory, handed out only when the whole file is authentic. Raises SealBroken."""
    return _with_any_key(lambda key: _unseal(source, name, key), source.name)


def _unseal(source: Path, name: str, key: bytes) -> Scratch:
    with source.open("rb") as file:
        header = file.readline(200)
        words = header.decode("ascii", "replace").split()
        if words[:2] != [MAGIC, ALGORITHM] or len(words) != 3:
            raise SealBroken(source.name)
        left = source.stat().st_size - len(header) - TAG
        decryptor = Cipher(algorithms.SM4(key), modes.GCM(bytes.fromhex(words[2]))).decryptor()
        decryptor.authenticate_additional_data(header + name.encode())
        scratch = Scratch()
        with scratch.open() as plain:
            while left > 0 and (chunk := file.read(min(CHUNK, left))):
                plain.write(decryptor.update(chunk))
                left -= len(chunk)
            try:
                plain.write(decryptor.finalize_with_tag(file.read(TAG)))
            except (InvalidTag, ValueError):
                raise SealBroken(source.name) from None
    return scratch


def seal_bytes(plain: bytes, name: str) -> bytes:
    """A short piece under the same key, for a column: algorithm, nonce, ciphertext and tag; `name` is authenticated."""
    nonce = secrets.token_bytes(NONCE)
    encryptor = Cipher(algorithms.SM4(_key()), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(f"{ALGORITHM} {name}".encode())
    return b"\n".join(
        (ALGORITHM.encode(), nonce + encryptor.update(plain) + encryptor.finalize() + encryptor.tag)
    )


def unseal_bytes(piece: bytes, name: str) -> bytes:
    """What `seal_bytes` sealed under the same name. Raises SealBroken."""
    algorithm, _, rest = piece.partition(b"\n")
    if algorithm != ALGORITHM.encode() or len(rest) < NONCE + TAG:
        raise SealBroken(name)
    return _with_any_key(lambda key: _unseal_bytes(rest, name, key), name)


def _unseal_bytes(rest: bytes, name: str, key: bytes) -> bytes:
    nonce, body, tag = rest[:NONCE], rest[NONCE:-TAG], rest[-TAG:]
    decryptor = Cipher(algorithms.SM4(key), modes.GCM(nonce, tag)).decryptor()
    decryptor.authenticate_additional_data(f"{ALGORITHM} {name}".encode())
    try:
        return decryptor.update(body) + decryptor.finalize()
    except InvalidTag:
        raise SealBroken(name) from None


def chunks_of(source: Path) -> Iterable[bytes]:
    """A file in pieces, as `seal` takes them."""
    with source.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _key() -> bytes:
    return _keys()[0]


def _keys() -> list[bytes]:
    """The key that seals now, then those of before a change (SEALED_FILES_OLD_KEYS)."""
    given = [settings.SEALED_FILES_KEY or settings.SECRET_KEY, *settings.SEALED_FILES_OLD_KEYS]
    return [hashlib.sha256(b"sealed files " + key.encode()).digest()[:16] for key in given]


def _with_any_key(opened: Callable[[bytes], T], name: str) -> T:
    """What the first key that fits opens. Raises SealBroken when none does."""
    for key in _keys():
        try:
            return opened(key)
        except SealBroken:
            continue
    raise SealBroken(name)


def seal_text(text: str, name: str) -> str:
    """A short secret for a text column, bound to `name`."""
    return f"{ALGORITHM}:{seal_bytes(text.encode(), name).hex()}"


def unseal_text(sealed: str, name: str) -> str:
    """The secret that `seal_text` sealed under this name. Raises SealBroken."""
    try:
        return unseal_bytes(bytes.fromhex(sealed.removeprefix(f"{ALGORITHM}:")), name).decode()
    except ValueError:
        raise SealBroken(name) from None
