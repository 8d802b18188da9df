"""Runs the sandbox: a file in, a rows file and facts about each sheet out, or a coded refusal."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Any

from accounts.spreadsheets import limits
from accounts.spreadsheets.codes import FileRefused

ENTRY = Path(__file__).parent / "sandbox" / "entry.py"


@dataclass
class SheetRead:
    """One worksheet: where its lines stand in the rows file, and what the raw part says of it."""

    name: str
    state: str
    start: int
    end: int
    rows: int
    width: int
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_cols: list[int] = field(default_factory=list)
    formulas: int = 0
    max_row: int = 0

    @property
    def is_read(self) -> bool:
        """Hidden sheets are named to the user, not read."""
        return self.state == "visible" and self.rows > 0


@dataclass
class BookRead:
    """A file that was read: kind (`xlsx`, `csv`), its sheets, the rows file and what the child used."""

    kind: str
    sheets: list[SheetRead]
    rows_path: Path
    peak_mb: int = 0
    not_permitted: list[str] = field(default_factory=list)
    scratch: Any = None  # keeps `rows_path` alive where it lies in memory

    def head(self, sheet: SheetRead, count: int = 60) -> list[tuple[int, list[str]]]:
        """The first `count` lines of a sheet: (row number from 1, typed cells, '' for empty)."""
        return list(islice(self.lines(sheet), count))

    def lines(self, sheet: SheetRead) -> Iterator[tuple[int, list[str]]]:
        """All lines of a sheet, read as they are asked for: (row number from 1, typed cells, '' for empty)."""
        left = sheet.end - sheet.start
        with self.rows_path.open("rb") as source:
            source.seek(sheet.start)
            for line in source if left else ():
                yield parse_line(line.decode())
                left -= len(line)
                if left <= 0:
                    return

    def to_json(self) -> dict:
        """What a job keeps beside the rows file."""
        return {"kind": self.kind, "peak_mb": self.peak_mb, "sheets": [vars(s) for s in self.sheets]}

    @classmethod
    def from_json(cls, data: dict, rows_path: Path, scratch: Any = None) -> BookRead:
        sheets = [SheetRead(**sheet) for sheet in data["sheets"]]
        return cls(data["kind"], sheets, rows_path, data["peak_mb"], scratch=scratch)


UNESCAPED = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}


def parse_line(line: str) -> tuple[int, list[str]]:
    """Row number and cells of one rows-file line."""
    number, *cells = line.rstrip("\n").split("\t")
    return int(number), ["" if cell == "\\N" else unescape(cell) if "\\" in cell else cell for cell in cells]


def unescape(cell: str) -> str:
    """Undo the COPY text escapes of one cell."""
    out, position = [], 0
    while position < len(cell):
        if cell[position] == "\\" and position + 1 < len(cell):
            out.append(UNESCAPED.get(cell[position + 1], cell[position + 1]))
            position += 2
        else:
            out.append(cell[position])
            position += 1
    return "".join(out)


def read_file(source: IO[bytes], rows_path: Path) -> BookRead:
    """Read an uploaded file into `rows_path` (COPY text lines). Raises FileRefused with a code (XL-…)."""
    with rows_path.open("w+b") as rows:
        try:
            report = run_sandbox("read", source, rows, memory=limits.READ_MEMORY)
        except ChildDied:
            report = run_sandbox("explain", source, rows, memory=limits.READ_MEMORY)
    sheets = [SheetRead(**sheet) for sheet in report["sheets"]]
    return BookRead(report["kind"], sheets, rows_path, report["peak_mb"], report["not_permitted"])


# Ended by a limit of time: the processor's, the alarm for one file, or from outside.
STOPPED = (-signal.SIGXCPU, -signal.SIGALRM, -signal.SIGKILL)


class ChildDied(FileRefused):
    """The reading process ended without a report (memory, or a fault in a parser)."""


def run_sandbox(
    mode: str, source: IO[bytes], output: IO[bytes], *, memory: int, marks: list | None = None
) -> dict:
    """Run the child on `source`, its result into `output`. A child that dies or overstays is a refusal."""
    code, text = run_child(mode, source, output, memory=memory, marks=marks or [])
    if code in STOPPED:
        raise FileRefused("XL-015")
    if code != 0 or not text:
        raise ChildDied("XL-016", detail=str(code))
    report = json.loads(text)
    if report["refused"]:
        raise FileRefused(**report["refused"])
    return report


def run_child(
    mode: str,
    source: IO[bytes],
    output: IO[bytes],
    *,
    memory: int,
    seconds: int = limits.READ_SECONDS,
    **settings: Any,
) -> tuple[int, bytes]:
    """Run the child once; how it ended, and what it had reported by then. Raises FileRefused when it overstays."""
    source.seek(0, os.SEEK_END)
    size = source.tell()
    if size > limits.MAX_UPLOAD:
        raise FileRefused("XL-002", detail=f"{size / (1 << 20):.1f} MB")
    source.seek(0)
    with tempfile.TemporaryFile() as report_file, tempfile.TemporaryFile() as settings_file:
        given = {"memory": memory, "cpu": seconds, "file_size": limits.ROWS_FILE, **settings}
        settings_file.write(json.dumps(given).encode())
        settings_file.seek(0)
        descriptors = (output.fileno(), report_file.fileno(), settings_file.fileno())
        child = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", str(ENTRY), mode, *map(str, descriptors)],
            stdin=source,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={"LC_ALL": "C.UTF-8"},
            pass_fds=descriptors,
            start_new_session=True,
        )
        _wait(child, seconds)
        report_file.seek(0)
        return child.returncode, report_file.read()


def _wait(child: subprocess.Popen, seconds: int) -> None:
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:
        raise FileRefused("XL-015") from None
    finally:
        if child.returncode is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
