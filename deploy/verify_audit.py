#!/usr/bin/env python3
"""Verify an export or an archive of the audit chain. This file and audit_marks.py beside it, standard library only,
no access to the database.

    manage.py verify_audit --export chain.jsonl          (or pipe it)
    python3 verify_audit.py chain.jsonl --anchors DIR_OR_FILE --key-file KEY
    python3 verify_audit.py --archive audit-….jsonl.gz --key-file KEY

The export is a stream of JSON lists whose first element is the section:

    [0, "cunxuan-audit", 2, chain_id, head_seq, head_hash, now, cut]   header; cut: null, or what the chain begins after
    [1, relation]                                                 a frozen table that is compared below
    [2, seq, relation, op, row_count, keys, digest]               events of frozen tables before the cut, by seq
    [3, seq, chain, kind, ref, prev, hash, algo, sealed_at, content]   by seq; content null: row is gone
    [4, kind, id]                                                 an act or event that no chain entry seals
    [5, relation, key, row_digest]                                rows of frozen tables
    [6]                                                           end of the export
    [6, cut]                                                      end of an archive: the cut it was written for

An anchor is a JSON line {"chain_id", "seq", "hash", "at", "key_id", "mac"};
mac is HMAC-SM3 over the canonical form of the five others. A cut is the list
[seq, hash, sealed_at, entries, carried, carried_digest, cut_at, key_id, mac]; its mac covers "CXC1", the chain_id and
the eight others. A key file holds one key a line.
Exit status: 0 nothing found, 1 breaks found (each is named), 2 the input cannot be read.
"""

import argparse
import gzip
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from audit_marks import Anchors, Break, Cut, Keys, anchor_lines, canonical, keys_of

ACT_CONTENT = 15  # id, at, type, … request_id
EVENT_CONTENT = 8  # id, at, act, relation, op, row_count, keys, digest


class Report(NamedTuple):
    entries: int
    events: int
    rows: int
    anchors: int
    head: str
    breaks: list[Break]


# ---------------------------------------------------------------- the chain


class Verifier:
    """Reads the stream once; `breaks` names everything found."""

    def __init__(self, anchors: Anchors | None, keys: Keys, *, archive: bool = False) -> None:
        self.anchors, self.keys, self.archive = anchors, keys, archive
        self.breaks: list[Break] = list(anchors.breaks) if anchors else []
        self.entries = self.events = self.rows = 0
        self.seq, self.hash, self.sealed_at = 0, b"", ""
        self.header: list[Any] = []
        self.frozen: dict[str, Frozen] = {}
        self.acts_seen: set[int] = set()
        self.cut: Cut | None = None
        self.carried, self.carried_hash = 0, b""
        self.section = 0
        self.ended = False

    def found(self, code: str, where: object, text: str) -> None:
        self.breaks.append(Break(code, str(where), text))

    def feed(self, lines: Iterable[str | bytes]) -> None:
        readers = {
            0: self._header,
            1: self._frozen,
            2: self._carried,
            3: self._entry,
            4: self._orphan,
            5: self._row,
            6: self._end,
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
        if record[1:3] != ["cunxuan-audit", 2]:
            raise ValueError("not an export of this audit chain, or of another version")
        self.header = record
        self.hash = self.carried_hash = hashlib.sha256(record[3].encode()).digest()
        if self.anchors:
            self.anchors.settle(record[3])
        if record[7] is not None:
            self._begin_after(self._proved(record[7]))

    def _proved(self, values: list[Any]) -> Cut:
        cut = Cut(*values)
        if problem := cut.problem(self.header[3], self.keys):
            self.breaks.append(problem)
        return cut

    def _begin_after(self, cut: Cut) -> None:
        self.cut, self.seq, self.sealed_at = cut, cut.seq, cut.sealed_at
        self.hash = bytes.fromhex(cut.hash)
        if self.anchors and cut.hash not in self.anchors.by_seq.get(cut.seq, {cut.hash}):
            self.found("anchor_differs", cut.seq, "the cut differs from the head that was anchored outside")

    def _carried(self, record: list[Any]) -> None:
        _, seq, relation, op, row_count, keys, digest = record
        self.carried += 1
        content = canonical([str(seq), relation, op, row_count, keys, digest])
        self.carried_hash = hashlib.sha256(self.carried_hash + content).digest()
        if relation in self.frozen:
            self.frozen[relation].event(seq, op, int(row_count), json.loads(keys), digest)

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
        if not self.archive:
            return
        cut = self._proved(record[1]) if len(record) > 1 else None
        if cut is None or (cut.seq, cut.hash, cut.entries) != (self.seq, self.hash.hex(), self.entries):
            self.found("archive_differs", self.seq, "the archive is not what was cut off")

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
        promised = (self.cut.carried, self.cut.carried_digest) if self.cut else (0, self.carried_hash.hex())
        if not self.archive and (self.carried, self.carried_hash.hex()) != promised:
            self.found(
                "carried_differs",
                promised[0],
                "the events kept from before the cut are not those signed with it",
            )
        if self.anchors and not self.archive:
            beyond = [seq for seq in self.anchors.by_seq if seq > self.seq]
            if beyond:
                self.found(
                    "tail_missing",
                    self.seq + 1,
                    f"entry {max(beyond)} was anchored, the chain ends at {self.seq}",
                )
        if self.anchors:
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
    lines: Iterable[str | bytes],
    anchors: Iterable[str] | None = None,
    key: bytes | Iterable[bytes] | None = None,
    *,
    archive: bool = False,
) -> Report:
    """Verify an export, or an archive of what was cut off; `anchors` are lines kept outside, `key` (or keys, after a
    change) checks that they and the cuts are genuine."""
    keys = keys_of(key)
    verifier = Verifier(Anchors(anchors, keys) if anchors is not None else None, keys, archive=archive)
    verifier.feed(lines)
    return verifier.report()


def opened(name: str) -> IO[bytes]:
    """A file, standard input for '-'; packed when its name ends in .gz."""
    if name.endswith(".gz"):
        return gzip.open(name, "rb")
    return open(0 if name == "-" else name, "rb")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Verify an export of the audit chain.")
    parser.add_argument("export", help="export file, - for standard input")
    parser.add_argument("--archive", action="store_true", help="the file is an archive of what was cut off")
    parser.add_argument("--anchors", type=Path, help="file or directory of anchors kept outside the database")
    parser.add_argument(
        "--key-file",
        type=Path,
        help="keys of anchors and cuts, one a line; without it anchors are not authenticated",
    )
    options = parser.parse_args(arguments)
    keys = options.key_file.read_bytes().split() if options.key_file else None
    anchors = anchor_lines(options.anchors) if options.anchors else None
    try:
        with opened(options.export) as lines:
            report = verify(lines, anchors, keys, archive=options.archive)
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
