"""Opens a .zip of workbooks: every member is handed on in memory or refused by name; nothing is written to disk."""

from __future__ import annotations

import contextlib
import io
import zipfile
import zlib
from typing import BinaryIO

from cx_refuse import RefusedFile

MAX_MEMBERS = 500
MAX_MEMBER = 20 << 20
MAX_TOTAL = 128 << 20
UTF8_NAME = 0x800


def opened(source: BinaryIO) -> tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]:
    """The archive and its files in their order. One that is none, or is a bomb, is refused as a whole."""
    source.seek(0)
    if source.read(4) != b"PK\x03\x04":
        raise RefusedFile("XL-080")
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise RefusedFile("XL-010", detail=type(error).__name__) from None
    if "[Content_Types].xml" in archive.namelist():
        raise RefusedFile("XL-080")  # a workbook is an archive too: its parts are no workbooks
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_MEMBERS or sum(entry.file_size for entry in entries) > MAX_TOTAL:
        raise RefusedFile("XL-081")
    return archive, entries


def content_of(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> BinaryIO:
    """One file in memory, never more of it than the archive declared. Raises RefusedFile."""
    name = entry.filename
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
        raise RefusedFile("XL-082")
    if not name.lower().endswith(".xlsx"):
        raise RefusedFile("XL-003")
    if entry.flag_bits & 0x1:
        raise RefusedFile("XL-005")
    if entry.file_size > MAX_MEMBER:
        raise RefusedFile("XL-002")
    try:
        with archive.open(entry) as stream:
            return io.BytesIO(stream.read(MAX_MEMBER + 1))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise RefusedFile("XL-010", detail=type(error).__name__) from None


def name_of(entry: zipfile.ZipInfo) -> str:
    """The last part of the name; older archivers write GB18030 without saying so."""
    name = entry.filename
    if not entry.flag_bits & UTF8_NAME:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    return name.replace("\\", "/").rsplit("/", 1)[-1][:120]
