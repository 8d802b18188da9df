"""A .zip of workbooks, read in the sandbox: one process for all, another one after each file that ends it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import IO

from accounts.sealed import Scratch
from accounts.spreadsheets import limits
from accounts.spreadsheets.codes import FileRefused
from accounts.spreadsheets.reader import STOPPED, BookRead, ChildDied, SheetRead, run_child


@dataclass
class Member:
    """One file of the bundle: read, or refused with its reason."""

    name: str
    book: BookRead | None = None
    refused: FileRefused | None = None


def read_bundle(source: IO[bytes]) -> list[Member]:
    """Every file of the .zip in its order. Raises FileRefused when the archive itself cannot be taken.

    A file that makes the process die is refused alone: the next process goes on behind it. After `BUNDLE_DEATHS` of
    them the rest is not read.
    """
    rows, members, names, deaths = Scratch(), [], [], 0
    with rows.open() as output:
        while not names or len(members) < len(names):
            if deaths == limits.BUNDLE_DEATHS:
                members += [Member(name, refused=FileRefused("XL-088")) for name in names[len(members) :]]
                break
            names, found, ended_by = _run(source, output, len(members))
            members += [
                _member(name, one, rows) for name, one in zip(names[len(members) :], found, strict=False)
            ]
            if ended_by is None or len(members) == len(names):
                break
            deaths += 1
            members.append(Member(names[len(members)], refused=ended_by))
    return members


def _run(
    source: IO[bytes], output: IO[bytes], start: int
) -> tuple[list[str], list[dict], FileRefused | None]:
    """One process from file number `start` on: all names, what it read, and what ended it before the last file."""
    code, text = run_child(
        "bundle",
        source,
        output,
        memory=limits.READ_MEMORY,
        seconds=limits.BUNDLE_SECONDS,
        start=start,
        each=limits.READ_SECONDS,
    )
    lines = [json.loads(line) for line in text.split(b"\n") if line.endswith(b"}")]
    if lines and "names" not in lines[0] and lines[0]["refused"]:
        raise FileRefused(**lines[0]["refused"])
    if not lines:
        raise ChildDied("XL-016", detail=str(code))
    names, found = lines[0]["names"], lines[1:]
    if code == 0:
        return names, found[:-1], None
    return names, found, FileRefused("XL-015") if code in STOPPED else ChildDied("XL-016", detail=str(code))


def _member(name: str, found: dict, rows: Scratch) -> Member:
    if found["refused"]:
        return Member(name, refused=FileRefused(**found["refused"]))
    sheets = [SheetRead(**sheet) for sheet in found["sheets"]]
    return Member(name, BookRead(found["kind"], sheets, rows.path, scratch=rows))
