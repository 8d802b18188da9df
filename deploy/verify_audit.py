#!/usr/bin/env python3
"""Verify an export of the audit chain. One file, standard library only, no access to the database.

    manage.py verify_audit --export chain.jsonl          (or pipe it)
    python3 verify_audit.py chain.jsonl --anchors DIR_OR_FILE --key-file KEY

The export is a stream of JSON lists whose first element is the section:

    [0, "cunxuan-audit", 1, chain_id, head_seq, head_hash, now]   header
    [1, relation]                                                 a frozen table that is compared below
    [2, seq, chain, kind, ref, prev, hash, algo, sealed_at, content]   by seq; content null: row is gone
    [3, kind, id]                                                 an act or event that no chain entry seals
    [4, relation, key, row_digest]                                rows of frozen tables
    [5]                                                           end of the export

An anchor is a JSON line {"chain_id", "seq", "hash", "at", "key_id", "mac"};
mac is HMAC-SM3 over the canonical form of the five others.
Exit status: 0 nothing found, 1 breaks found (each is named), 2 the input cannot be read.
"""

import argparse
import hashlib
import hmac
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

ACT_CONTENT = 15  # id, at, type, … request_id
EVENT_CONTENT = 8  # id, at, act, relation, op, row_count, keys, digest


class Break(NamedTuple):
    """One thing that is wrong: a stable code, where, and a sentence."""

    code: str
    where: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.where}: {self.text}"


class Report(NamedTuple):
    entries: int
    events: int
    rows: int
    anchors: int
    head: str
    breaks: list[Break]


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
    """SM3 digest, 32 bytes."""
    padded = data + b"\x80" + bytes((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    state: tuple[int, ...] = _SM3_START
    for i in range(0, len(padded), 64):
        state = _sm3_block(state, padded[i : i + 64])
    return b"".join(word.to_bytes(4, "big") for word in state)


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """HMAC with SM3 (block of 64 bytes)."""
    key = (sm3(key) if len(key) > 64 else key).ljust(64, b"\0")
    return sm3(bytes(k ^ 0x5C for k in key) + sm3(bytes(k ^ 0x36 for k in key) + data))


# ---------------------------------------------------------------- anchors


class Anchors:
    """Heads kept outside the database, in the order they were written."""

    def __init__(self, lines: Iterable[str], key: bytes | None) -> None:
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
            if key is not None and not hmac.compare_digest(hmac_sm3(key, canonical(values)).hex(), mac):
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


# ---------------------------------------------------------------- the chain


class Verifier:
    """Reads the stream once; `breaks` names everything found."""

    def __init__(self, anchors: Anchors | None = None) -> None:
        self.anchors = anchors
        self.breaks: list[Break] = list(anchors.breaks) if anchors else []
        self.entries = self.events = self.rows = 0
        self.seq, self.hash, self.sealed_at = 0, b"", ""
        self.header: list[Any] = []
        self.frozen: dict[str, Frozen] = {}
        self.acts_seen: set[int] = set()
        self.section = 0
        self.ended = False

    def found(self, code: str, where: object, text: str) -> None:
        self.breaks.append(Break(code, str(where), text))

    def feed(self, lines: Iterable[str | bytes]) -> None:
        readers = {
            0: self._header,
            1: self._frozen,
            2: self._entry,
            3: self._orphan,
            4: self._row,
            5: self._end,
        }
        loads = json.loads
        for line in lines:
            record = loads(line)
            section = record[0]
            if section < self.section:
                raise ValueError("sections of the export are out of order")
            self.section = section
            readers[section](record)

    def _header(self, record: list[Any]) -> None:
        if record[1:3] != ["cunxuan-audit", 1]:
            raise ValueError("not an export of this audit chain, or of another version")
        self.header = record
        self.hash = hashlib.sha256(record[3].encode()).digest()
        if self.anchors:
            self.anchors.settle(record[3])

    def _frozen(self, record: list[Any]) -> None:
        self.frozen[record[1]] = Frozen(record[1])

    def _entry(self, record: list[Any]) -> None:
        _, seq, chain, kind, ref, prev, digest, algo, sealed_at, content = record
        self.entries += 1
        if seq <= self.seq:
            raise ValueError("chain entries of the export are out of order")
        if seq != self.seq + 1:
            last = f" to {seq - 1}" if seq - self.seq > 2 else ""
            self.found("entry_missing", self.seq + 1, f"entry {self.seq + 1}{last} is gone from the chain")
        elif bytes.fromhex(prev) != self.hash:
            self.found("prev_differs", seq, "the entry does not follow the one before it")
        if sealed_at < self.sealed_at:
            self.found("time_backwards", seq, f"sealed {sealed_at}, before the entry that precedes it")
        if algo != "sha256":
            self.found("algorithm", seq, f"unknown algorithm {algo}")
        elif content is None:
            self.found("content_missing", seq, f"{kind} {ref} is sealed, but its row is gone")
        else:
            texts = ["CX1", str(seq), str(chain), kind, content[0], sealed_at, *content[1:]]
            if hashlib.sha256(bytes.fromhex(prev) + canonical(texts)).hexdigest() != digest:
                self.found("content_differs", seq, f"{kind} {ref} is not what was sealed")
            elif kind == "event":
                self._event(seq, content)
            if kind == "act":
                self.acts_seen.add(ref)
            if content[1] > sealed_at:
                self.found("time_backwards", seq, f"{kind} {ref} is dated {content[1]}, after it was sealed")
        self.seq, self.hash, self.sealed_at = seq, bytes.fromhex(digest), sealed_at
        if self.anchors and digest not in self.anchors.by_seq.get(seq, {digest}):
            self.found("anchor_differs", seq, "the entry differs from the head that was anchored outside")

    def _event(self, seq: int, content: list[str | None]) -> None:
        self.events += 1
        _, _, act, relation, op, row_count, keys, digest = content
        if int(act) not in self.acts_seen:
            self.found(
                "act_missing", seq, f"event {content[0]} belongs to act {act}, which is not sealed before it"
            )
        if relation in self.frozen:
            self.frozen[relation].event(seq, op, int(row_count), json.loads(keys), digest)

    def _orphan(self, record: list[Any]) -> None:
        self.found("not_sealed", f"{record[1]} {record[2]}", "the row stands outside the chain")

    def _row(self, record: list[Any]) -> None:
        self.rows += 1
        self.frozen[record[1]].row(record[2], record[3])

    def _end(self, record: list[Any]) -> None:
        self.ended = True

    def report(self) -> Report:
        """Everything found, after the whole stream was fed."""
        if not self.header:
            raise ValueError("the export is empty")
        if not self.ended:
            self.found("export_cut", "end", "the export ends early")
        if [self.seq, self.hash.hex()] != self.header[4:6]:
            self.found(
                "head_differs",
                self.header[4],
                f"the head says entry {self.header[4]}, the chain ends at {self.seq}",
            )
        if self.anchors:
            beyond = [seq for seq in self.anchors.by_seq if seq > self.seq]
            if beyond:
                self.found(
                    "tail_missing",
                    self.seq + 1,
                    f"entry {max(beyond)} was anchored, the chain ends at {self.seq}",
                )
            genesis = hashlib.sha256(self.header[3].encode()).hexdigest()
            if self.anchors.by_seq.get(0, {genesis}) != {genesis}:
                self.found("anchor_differs", 0, "the beginning of the chain differs from what was anchored")
            if self.anchors.foreign:
                owner, seq = self.anchors.foreign[-1]
                self.found(
                    "chain_replaced",
                    self.header[3],
                    f"anchors belong to chain {owner} (entry {seq}), not to this one",
                )
        for table in self.frozen.values():
            self.breaks.extend(table.compare())
        head = f"{self.hash.hex()[:12]}·{self.seq}"
        return Report(
            self.entries, self.events, self.rows, self.anchors.read if self.anchors else 0, head, self.breaks
        )


class Frozen:
    """Events against rows of one frozen table: every row has its event, every event its rows, unchanged."""

    def __init__(self, relation: str) -> None:
        self.relation = relation
        self.inserts: list[tuple[int, int, list[list[int]] | list[str], str]] = []
        self.deleted: set[str] = set()
        self.digests: dict[str, bytes] = {}

    def event(self, seq: int, op: str, row_count: int, keys: Any, digest: str) -> None:
        spans = keys["ranges"] if isinstance(keys, dict) else keys
        if op == "INSERT":
            self.inserts.append((seq, row_count, spans, digest))
        elif op == "DELETE":
            self.deleted.update(_expand(spans))

    def row(self, key: str, digest: str) -> None:
        self.digests[key] = self.digests.get(key, b"") + bytes.fromhex(digest)

    def compare(self) -> Iterator[Break]:
        for seq, row_count, spans, digest in self.inserts:
            keys = list(_expand(spans))
            gone = self.deleted.intersection(keys) if self.deleted else ()
            content = b"".join(self.digests.pop(key, b"") for key in keys)
            if gone:
                if len(gone) == len(keys) and content:
                    yield Break(
                        "row_returned",
                        f"{self.relation} {_some(keys)}",
                        f"deleted rows stand again (entry {seq})",
                    )
                continue
            present = len(content) // 32
            if present != row_count:
                yield Break(
                    "rows_missing" if present < row_count else "row_without_event",
                    f"{self.relation} {_some(keys)}",
                    f"entry {seq} filed {row_count} rows, the table holds {present}",
                )
            elif (
                hashlib.sha256(
                    b"".join(sorted(content[i : i + 32] for i in range(0, len(content), 32)))
                ).hexdigest()
                != digest
            ):
                yield Break("row_changed", f"{self.relation} {_some(keys)}", f"not what entry {seq} filed")
        for key in self.digests:
            yield Break("row_without_event", f"{self.relation} {key}", "the row was written without an event")


def _expand(spans: list[Any]) -> Iterator[str]:
    for span in spans:
        if isinstance(span, list):
            yield from map(str, range(span[0], span[1] + 1))
        else:
            yield span


def _some(keys: list[str]) -> str:
    return ",".join(keys[:5]) + (f" … ({len(keys)})" if len(keys) > 5 else "")


def verify(
    lines: Iterable[str | bytes], anchors: Iterable[str] | None = None, key: bytes | None = None
) -> Report:
    """Verify an export; `anchors` are lines kept outside, `key` checks that they are genuine."""
    verifier = Verifier(Anchors(anchors, key) if anchors is not None else None)
    verifier.feed(lines)
    return verifier.report()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify an export of the audit chain.")
    parser.add_argument("export", help="export file, - for standard input")
    parser.add_argument("--anchors", type=Path, help="file or directory of anchors kept outside the database")
    parser.add_argument(
        "--key-file", type=Path, help="key of the anchors; without it they are not authenticated"
    )
    options = parser.parse_args(arguments)
    key = options.key_file.read_bytes().strip() if options.key_file else None
    anchors = anchor_lines(options.anchors) if options.anchors else None
    try:
        with open(0 if options.export == "-" else options.export, "rb") as lines:
            report = verify(lines, anchors, key)
    except (ValueError, OSError) as error:
        print(f"cannot read the export: {error}", file=sys.stderr)
        return 2
    for found in report.breaks:
        print(found)
    state = f"{len(report.breaks)} BREAKS" if report.breaks else "OK"
    counts = f"{report.entries} entries, {report.events} events, {report.rows} rows, {report.anchors} anchors"
    print(f"{state}: {counts}, head {report.head}")
    return 1 if report.breaks else 0


if __name__ == "__main__":
    sys.exit(main())
