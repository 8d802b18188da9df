"""What proves an audit chain from outside: SM3, keyed marks, anchors, cuts. Used by verify_audit.py beside it; standard
library only, no code shared with the writing side."""

import hashlib
import hmac
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple


class Break(NamedTuple):
    """One thing that is wrong: a stable code, where, and a sentence."""

    code: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.where}: {self.text}"


def canonical(texts: list[str | None]) -> bytes:
    """Bytes that no other list of texts shares: every text with its length in bytes, a missing one as '-'."""
    parts = []
    for text in texts:
        if text is None:
            parts.append(b"-")
        else:
            raw = text.encode()
            parts.append(b"%d:%b" % (len(raw), raw))
    return b",".join(parts)


# ---------------------------------------------------------------- SM3 (GB/T 32905-2016)

_SM3_START = (0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E)
_WORD = 0xFFFFFFFF


def _turn(word: int, by: int) -> int:
    by %= 32
    return ((word << by) | (word >> (32 - by))) & _WORD


def _sm3_block(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
    for j in range(16, 68):
        x = w[j - 16] ^ w[j - 9] ^ _turn(w[j - 3], 15)
        w.append(x ^ _turn(x, 15) ^ _turn(x, 23) ^ _turn(w[j - 13], 7) ^ w[j - 6])
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        early = j < 16
        ss1 = _turn((_turn(a, 12) + e + _turn(0x79CC4519 if early else 0x7A879D8A, j)) & _WORD, 7)
        ss2 = ss1 ^ _turn(a, 12)
        ff = a ^ b ^ c if early else (a & b) | (a & c) | (b & c)
        gg = e ^ f ^ g if early else (e & f) | (~e & g)
        tt1 = (ff + d + ss2 + (w[j] ^ w[j + 4])) & _WORD
        tt2 = (gg + h + ss1 + w[j]) & _WORD
        a, b, c, d = tt1, a, _turn(b, 9), c
        e, f, g, h = tt2 ^ _turn(tt2, 9) ^ _turn(tt2, 17), e, _turn(f, 19), g
    return tuple(x ^ y for x, y in zip(state, (a, b, c, d, e, f, g, h), strict=True))


def sm3(data: bytes) -> bytes:
    """SM3 digest, 32 bytes: OpenSSL's where this Python has it, else ours, which is a hundred times slower."""
    return hashlib.new("sm3", data).digest() if "sm3" in hashlib.algorithms_available else own_sm3(data)


def own_sm3(data: bytes) -> bytes:
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    state: tuple[int, ...] = _SM3_START
    for i in range(0, len(padded), 64):
        state = _sm3_block(state, padded[i : i + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """HMAC with SM3 (block of 64 bytes)."""
    key = (sm3(key) if len(key) > 64 else key).ljust(64, b"\0")
    return sm3(bytes(k ^ 0x5C for k in key) + sm3(bytes(k ^ 0x36 for k in key) + data))


# ---------------------------------------------------------------- marks

Keys = dict[str, bytes]  # by key_id; after a change of the key the old one still checks what it marked


def keys_of(given: bytes | Iterable[bytes] | None) -> Keys:
    """Keys by their number: the first eight digits of their SHA-256."""
    listed = [given] if isinstance(given, bytes) else list(given or ())
    return {hashlib.sha256(key).hexdigest()[:8]: key for key in listed}


def is_genuine(keys: Keys, values: list[str], mac: str) -> bool:
    """Whether `mac` marks `values`, the last of which names the key."""
    key = keys.get(values[-1])
    return key is not None and hmac.compare_digest(hmac_sm3(key, canonical(values)).hex(), mac)


class Cut(NamedTuple):
    """Where the chain begins because older entries were archived: the seal of the last one, how many went, and number
    and digest of the events that are carried over for the frozen tables."""

    seq: int
    hash: str
    sealed_at: str
    entries: int
    carried: int
    carried_digest: str
    cut_at: str
    key_id: str
    mac: str

    def problem(self, chain_id: str, keys: Keys) -> Break | None:
        """What is wrong with its mark; a cut that nobody can check is not believed."""
        values = ["CXC1", chain_id, *map(str, self[:-1])]
        if not keys:
            return Break(
                "cut_unproved", str(self.seq), "the chain begins at a cut, which only the key can prove"
            )
        if not is_genuine(keys, values, self.mac):
            return Break("cut_forged", str(self.seq), "the mark of the cut is not genuine")
        return None


# ---------------------------------------------------------------- anchors


class Anchors:
    """Heads kept outside the database, in the order they were written."""

    def __init__(self, lines: Iterable[str], keys: Keys) -> None:
        self.by_seq: dict[int, set[str]] = defaultdict(set)
        self.foreign: list[tuple[str, int]] = []
        self.breaks: list[Break] = []
        self.read = 0
        self.newest = ""
        self._known: list[tuple[str, int, str]] = []
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                anchor = json.loads(line)
                values = [
                    anchor["chain_id"],
                    str(anchor["seq"]),
                    anchor["hash"],
                    anchor["at"],
                    anchor["key_id"],
                ]
                mac = anchor["mac"]
            except (ValueError, KeyError, TypeError):
                self.breaks.append(Break("anchor_unreadable", f"line {number}", "the line is not an anchor"))
                continue
            self.read += 1
            if keys and not is_genuine(keys, values, mac):
                self.breaks.append(
                    Break("anchor_mac", f"line {number}", f"anchor of entry {values[1]} is not genuine")
                )
                continue
            self._known.append((values[0], int(values[1]), values[2]))
            self.newest = max(self.newest, values[3])

    def settle(self, chain_id: str) -> None:
        """Sort the anchors by the chain they belong to."""
        for owner, seq, digest in self._known:
            if owner == chain_id:
                self.by_seq[seq].add(digest)
            else:
                self.foreign.append((owner, seq))


def anchor_lines(place: Path) -> Iterator[str]:
    """Lines of one file, or of every *.jsonl of a directory in the order of names."""
    for path in sorted(place.glob("*.jsonl")) if place.is_dir() else [place]:
        with path.open(encoding="utf-8") as lines:
            yield from lines
