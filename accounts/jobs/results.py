"""Result files: kept under random names in DATA_DIR/results, handed to one account, gone when they expire."""

import datetime as dt
import os
import shutil
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

ORPHAN_SECONDS = 3600


@dataclass(frozen=True)
class ResultFile:
    path: str
    name: str
    size: int
    expires_at: dt.datetime


def directory() -> Path:
    path = Path(settings.RESULTS_DIR)
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def work_path(lease: uuid.UUID, suffix: str) -> Path:
    """A path for a file being built; all of a run's files carry its lease and are swept with it."""
    return directory() / f"work-{lease}-{uuid.uuid4().hex[:8]}{suffix}"


def keep(source: Path, filename: str, lifetime: dt.timedelta) -> ResultFile:
    """Move `source` under a random name; the caller's transaction decides whether it counts."""
    if "/" in filename or "\\" in filename or not filename.strip():
        raise ValueError("a result has a plain file name")
    target = directory() / f"{uuid.uuid4().hex}{Path(filename).suffix[:8]}"
    size = source.stat().st_size
    shutil.move(source, target)
    target.chmod(0o600)
    return ResultFile(target.name, filename[:160], size, timezone.now() + lifetime)


def open_path(stored: str) -> Path | None:
    """Absolute path of a stored result, or None when the file is gone or the name is not one of ours."""
    if not stored or os.path.basename(stored) != stored:
        return None
    path = directory() / stored
    return path if path.is_file() else None


def remove(stored: str) -> bool:
    path = open_path(stored)
    if path is None:
        return False
    path.unlink(missing_ok=True)
    return True


def clear_work(lease: uuid.UUID) -> None:
    """Remove the half-built files of one run."""
    for path in directory().glob(f"work-{lease}-*"):
        path.unlink(missing_ok=True)


def orphans(known: set[str]) -> list[Path]:
    """Files older than an hour that no job row names: left by a run that was killed."""
    limit = time.time() - ORPHAN_SECONDS
    return [p for p in directory().iterdir() if p.name not in known and p.stat().st_mtime < limit]
