"""Where an upload waits between the steps of the wizard: a folder of its own, bound to one assignment."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import string
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.spreadsheets import limits
from accounts.spreadsheets.codes import FileRefused
from accounts.spreadsheets.headings import Heading
from accounts.spreadsheets.preview import Preview, Reading
from accounts.spreadsheets.reader import BookRead

TOKEN_LETTERS = 24
KEEP_DAYS = 7
MARKED_SUFFIX = ".xlsx"


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

    @property
    def original(self) -> Path:
        return self.folder / "original"

    @property
    def rows(self) -> Path:
        return self.folder / "rows.tsv"

    @property
    def marked(self) -> Path:
        return self.folder / f"marked{MARKED_SUFFIX}"

    def save(self) -> None:
        _write_json(self.folder / "desk.json", asdict(self))

    def reading(self) -> Reading:
        """The sheets and headings as they stand; the file is not parsed again."""
        book = BookRead.from_json(self.book, self.rows)
        return Reading(book, {int(number): heading_from(data) for number, data in self.headings.items()})

    def keep_reading(self, book: BookRead, headings: dict[int, Heading]) -> None:
        self.book = book.to_json()
        self.headings = {str(number): asdict(heading) for number, heading in headings.items()}
        self.save()

    def keep_preview(self, preview: Preview) -> None:
        _write_json(self.folder / "preview.json", preview.to_json())

    def preview(self) -> Preview | None:
        path = self.folder / "preview.json"
        return Preview.from_json(json.loads(path.read_text())) if path.is_file() else None


def heading_from(data: dict) -> Heading:
    """A heading as it was kept (JSON has text keys)."""
    numbered = {name: {int(k): v for k, v in data[name].items()} for name in ("columns", "unknown")}
    return Heading(**{**data, **numbered})


def receive(upload: Any, *, resource: str, assignment: int) -> Desk:
    """Store an uploaded file; too large or nameless is refused before anything is read."""
    if upload.size > limits.MAX_UPLOAD:
        raise FileRefused("XL-002")
    token = "".join(secrets.choice(string.ascii_lowercase) for _ in range(TOKEN_LETTERS))
    folder = root() / token
    folder.mkdir(mode=0o700)
    digest = hashlib.sha256()
    with (folder / "original").open("xb") as target:
        _copy(upload.chunks(), target, digest)
    name = os.path.basename(upload.name.replace("\\", "/"))[:120]
    desk = Desk(token, resource, assignment, name, digest.hexdigest(), upload.size)
    desk.save()
    return desk


def _copy(chunks: Iterable[bytes], target: Any, digest: Any) -> None:
    for chunk in chunks:
        digest.update(chunk)
        target.write(chunk)


def find(token: str, *, resource: str, assignment: int) -> Desk | None:
    """The upload of this assignment, or None: foreign and absent look the same."""
    if len(token) != TOKEN_LETTERS or not token.isascii() or not token.islower():
        return None
    path = root() / token / "desk.json"
    if not path.is_file():
        return None
    desk = Desk(**json.loads(path.read_text()))
    return desk if desk.resource == resource and desk.assignment == assignment else None


def discard(desk: Desk) -> None:
    shutil.rmtree(desk.folder, ignore_errors=True)


def sweep(now: float | None = None) -> int:
    """Remove uploads older than KEEP_DAYS; returns how many."""
    limit = (now or time.time()) - KEEP_DAYS * 86_400
    old = [path for path in root().iterdir() if path.is_dir() and path.stat().st_mtime < limit]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def _write_json(path: Path, data: dict) -> None:
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(data, ensure_ascii=False))
    os.replace(temporary, path)
