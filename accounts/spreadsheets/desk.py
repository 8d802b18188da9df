"""Where an upload waits between the steps of the wizard: a folder of its own, bound to one assignment.

The workbook and everything made from it rest encrypted (`accounts.sealed`). What the wizard made of it goes after a
week, the workbook after 90 days; its digest stays in the register, and in the audit act of what was written.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import string
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.sealed import Scratch, chunks_of, seal, unseal
from accounts.spreadsheets import limits
from accounts.spreadsheets.codes import FileRefused
from accounts.spreadsheets.headings import Heading
from accounts.spreadsheets.preview import Preview, Reading
from accounts.spreadsheets.reader import BookRead, read_file

TOKEN_LETTERS = 24
WORK_DAYS, KEEP_DAYS = 7, 90
DAY = 86_400
ORIGINAL, ROWS, MARKED, PREVIEW, HANDOUT = "original", "rows", "marked", "preview", "handout"
HANDOUT_SECONDS = 86_400
REGISTER = "imports-deleted.jsonl"


def root() -> Path:
    folder = Path(settings.UPLOADS_DIR) / "imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@dataclass
class Desk:
    """One upload. `check_job` and `write_job` are ids of its jobs; `confirmed` is the digest the user agreed to."""

    token: str
    resource: str
    assignment: int
    filename: str
    sha256: str
    size: int
    received: float = 0.0
    book: dict = field(default_factory=dict)
    headings: dict = field(default_factory=dict)
    check_job: int | None = None
    write_job: int | None = None
    confirmed: str = ""
    refused: str = ""
    stale: bool = False

    @property
    def folder(self) -> Path:
        return root() / self.token

    def save(self) -> None:
        _write_json(self.folder / "desk.json", asdict(self))

    def has(self, part: str) -> bool:
        return (self.folder / part).is_file()

    def part(self, part: str) -> Scratch:
        """One of the sealed parts (`original`, `rows`, `marked`, `preview`) in memory."""
        return unseal(self.folder / part, f"{self.token}/{part}")

    @property
    def has_marked(self) -> bool:
        """Whether the workbook can be given back with the bad cells marked."""
        return self.has(MARKED)

    @property
    def has_handout(self) -> bool:
        """Whether there is still something to fetch once."""
        path = self.folder / HANDOUT
        return path.is_file() and time.time() - path.stat().st_mtime < HANDOUT_SECONDS

    def take_handout(self) -> Scratch | None:
        """What was left to be fetched once, gone from here with this; None when it is gone or a day old."""
        path, mine = self.folder / HANDOUT, self.folder / f"{HANDOUT}.taken"
        still = self.has_handout
        try:
            os.rename(path, mine)  # of two who ask at once one gets it
        except FileNotFoundError:
            return None
        try:
            return unseal(mine, f"{self.token}/{HANDOUT}") if still else None
        finally:
            mine.unlink()

    def keep(self, part: str, chunks: Iterable[bytes]) -> None:
        """Seal one of the parts."""
        seal(chunks, self.folder / part, f"{self.token}/{part}")

    def reading(self) -> Reading:
        """The sheets and headings as they stand; the file is not parsed again."""
        rows = self.part(ROWS)
        book = BookRead.from_json(self.book, rows.path, rows)
        return Reading(book, {int(number): heading_from(data) for number, data in self.headings.items()})

    def read(self) -> BookRead:
        """Read the workbook in the sandbox and seal the lines made of it. Raises FileRefused."""
        rows = Scratch()
        with self.part(ORIGINAL).open() as source:
            book = read_file(source, rows.path)
        book.scratch = rows
        self.keep(ROWS, chunks_of(rows.path))
        return book

    def keep_reading(self, book: BookRead, headings: dict[int, Heading]) -> None:
        self.book = book.to_json()
        self.headings = {str(number): asdict(heading) for number, heading in headings.items()}
        self.save()

    def keep_preview(self, preview: Preview) -> None:
        self.keep(PREVIEW, [json.dumps(preview.to_json(), ensure_ascii=False).encode()])

    def preview(self) -> Preview | None:
        if not self.has(PREVIEW):
            return None
        with self.part(PREVIEW).open() as file:
            return Preview.from_json(json.load(file))


def heading_from(data: dict) -> Heading:
    """A heading as it was kept (JSON has text keys)."""
    numbered = {name: {int(k): v for k, v in data[name].items()} for name in ("columns", "unknown")}
    return Heading(**{**data, **numbered})


def receive(upload: Any, *, resource: str, assignment: int) -> Desk:
    """Store an uploaded file, encrypted; too large or nameless is refused before anything is read."""
    if upload.size > limits.MAX_UPLOAD:
        raise FileRefused("XL-002")
    token = "".join(secrets.choice(string.ascii_lowercase) for _ in range(TOKEN_LETTERS))
    name = os.path.basename(upload.name.replace("\\", "/"))[:120]
    desk = Desk(token, resource, assignment, name, "", upload.size, time.time())
    desk.folder.mkdir(mode=0o700)
    digest = hashlib.sha256()
    desk.keep(ORIGINAL, _digested(upload.chunks(), digest))
    desk.sha256 = digest.hexdigest()
    desk.save()
    return desk


def _digested(chunks: Iterable[bytes], digest: Any) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def find(token: str, *, resource: str, assignment: int) -> Desk | None:
    """The upload of this assignment, or None: foreign, absent and expired look the same."""
    if len(token) != TOKEN_LETTERS or not token.isascii() or not token.islower():
        return None
    desk = _at(root() / token)
    if desk is None or not desk.has(ROWS):
        return None
    return desk if desk.resource == resource and desk.assignment == assignment else None


def _at(folder: Path) -> Desk | None:
    path = folder / "desk.json"
    return Desk(**json.loads(path.read_text())) if path.is_file() else None


def discard(desk: Desk) -> None:
    """Delete an upload now; its digest goes into the register."""
    _forget(desk.folder, time.time())


def sweep(now: float | None = None, *, pretend: bool = False) -> tuple[int, int]:
    """What the nightly job does; returns how many uploads lose their working parts, and how many are deleted.

    `pretend` counts them and leaves them.
    """
    now = now or time.time()
    cleared = deleted = 0
    for folder in [path for path in root().iterdir() if path.is_dir()]:
        desk = _at(folder)
        age = now - (desk.received if desk else folder.stat().st_mtime)
        if age > KEEP_DAYS * DAY or (desk is None and age > DAY):
            deleted += 1
            if not pretend:
                _forget(folder, now)
        elif age > WORK_DAYS * DAY and desk is not None and desk.has(ROWS):
            cleared += 1
            if not pretend:
                _clear(desk)
    return cleared, deleted


def _clear(desk: Desk) -> None:
    """Leave the workbook and who brought it, nothing else."""
    desk.book, desk.headings = {}, {}
    desk.save()
    for part in (MARKED, PREVIEW, ROWS, HANDOUT):
        (desk.folder / part).unlink(missing_ok=True)


def _forget(folder: Path, now: float) -> None:
    """Delete a folder and register the digest of its workbook: what it was can be told, what it said cannot."""
    desk = _at(folder)
    if desk is not None:
        line = {
            name: getattr(desk, name) for name in ("resource", "assignment", "sha256", "size", "received")
        }
        with (root().parent / REGISTER).open("a", encoding="utf-8") as register:
            register.write(json.dumps({**line, "deleted": now}) + "\n")
    shutil.rmtree(folder, ignore_errors=True)


def _write_json(path: Path, data: dict) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(data, ensure_ascii=False))
    os.replace(temporary, path)
