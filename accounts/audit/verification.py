"""Running the stand-alone verifier on this database."""

import importlib.util
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import psycopg2
from django.conf import settings
from django.db import connections

from accounts.audit import anchors
from accounts.audit.stream import export
from config.databases import role_password

Progress = Callable[[int], None]


def verifier() -> ModuleType:
    """deploy/verify_audit.py, which is a program of its own and no part of any package."""
    _load("audit_marks")
    return _load("verify_audit")


def _load(name: str) -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, settings.BASE_DIR / "deploy" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


def verify(cursor: Any, *, anchored: bool = True, progress: Progress | None = None) -> Any:
    """Export through a psycopg2 cursor, verify, return the verifier's Report."""
    with tempfile.TemporaryFile() as file:
        export(cursor, file)
        file.seek(0)
        return verify_lines(_counted(file, progress), anchored=anchored)


def verify_lines(lines: Iterable[bytes | str], *, anchored: bool = True) -> Any:
    """Verify an export, against the anchors of AUDIT_ANCHOR_DIR unless `anchored` is false."""
    program = verifier()
    directory = Path(settings.AUDIT_ANCHOR_DIR)
    kept = program.anchor_lines(directory) if anchored and directory.is_dir() else None
    return program.verify(lines, kept, anchors.anchor_keys())


@contextmanager
def cursor_of(role: str) -> Iterator[Any]:
    """A psycopg2 cursor of one of the database roles that no process serves with (auditor, sealer)."""
    server = connections["owner"].settings_dict
    connection = psycopg2.connect(
        host=server["HOST"],
        port=server["PORT"],
        dbname=server["NAME"],
        user=role,
        password=role_password(settings.SECRET_KEY, role),
        application_name=role,
    )
    try:
        with connection, connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


def _counted(file: IO[bytes], progress: Progress | None) -> Iterator[bytes]:
    for number, line in enumerate(file):
        if progress and number % 20_000 == 0:
            progress(number)
        yield line
