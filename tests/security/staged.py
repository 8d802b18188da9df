"""The stage of each member, set once for all tests of a module and put back before each of them.

To set one takes a hundred rows and several files: with hundreds of short tests longer than what they ask.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings
from django.db import connections

from tests.cast import Cast
from tests.security.stage import Stage, stage_of
from tests.snapshot import Snapshot


class Stages:
    """Stages over the committed state `base`; their uploads are kept below `folder`."""

    def __init__(self, cast: Cast, base: Snapshot, folder: Path) -> None:
        self.cast, self.base, self.folder = cast, base, folder
        self._set: dict[str, tuple[Stage, Snapshot]] = {}

    def put_up(self, key: str) -> Stage:
        """The words of a member, with database and uploads as they were when its stage had just been set."""
        connections.close_all()
        uploads, kept = Path(settings.UPLOADS_DIR), self.folder / key
        if key in self._set:
            stage, snapshot = self._set[key]
            snapshot.restore()
            shutil.copytree(kept, uploads, dirs_exist_ok=True)
            return stage
        self.base.restore()
        uploads.mkdir(parents=True, exist_ok=True)
        stage = stage_of(key, self.cast)
        self._set[key] = stage, Snapshot.take()
        shutil.copytree(uploads, kept)
        return stage
