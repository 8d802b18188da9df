"""A .zip of workbooks, read by one run of the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from accounts.sealed import Scratch
from accounts.spreadsheets import limits
from accounts.spreadsheets.codes import FileRefused
from accounts.spreadsheets.reader import BookRead, SheetRead, run_sandbox


@dataclass
class Member:
    """One file of the bundle: read, or refused with its reason."""

    name: str
    book: BookRead | None = None
    refused: FileRefused | None = None


def read_bundle(source: IO[bytes]) -> list[Member]:
    """Every file of the .zip in its order. Raises FileRefused when the archive itself cannot be taken.

    One process reads all of them, so a file that makes it die takes the bundle with it, and only the bundle.
    """
    rows = Scratch()
    with rows.open() as output:
        report = run_sandbox(
            "bundle", source, output, memory=limits.READ_MEMORY, seconds=limits.BUNDLE_SECONDS
        )
    return [_member(found, rows) for found in report["members"]]


def _member(found: dict, rows: Scratch) -> Member:
    if found["refused"]:
        return Member(found["name"], refused=FileRefused(**found["refused"]))
    sheets = [SheetRead(**sheet) for sheet in found["sheets"]]
    return Member(found["name"], BookRead(found["kind"], sheets, rows.path, scratch=rows))
