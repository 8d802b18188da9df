"""Looks at the container before anybody opens it: kind, sizes, ratios, parts that must not be there."""

from __future__ import annotations

import os
import re
import struct
import zipfile
import zlib
from itertools import pairwise
from typing import BinaryIO

from cx_refuse import RefusedFile

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_MAGIC = b"PK\x03\x04"
END_MAGIC = b"PK\x05\x06"
MAX_ENTRIES = 1_000
MAX_PART = 160 << 20
MAX_TOTAL = 256 << 20
MAX_RATIO = 250
RATIO_FLOOR = 4 << 20
UTF16_NAME = "EncryptedPackage".encode("utf-16-le")

REFUSED_PARTS = (
    (re.compile(r"vbaproject\.bin$|/macrosheets/|vbadata\.xml$", re.I), "XL-007"),
    (re.compile(r"^xl/(externallinks|querytables|webextensions)/|^xl/connections\.xml$", re.I), "XL-008"),
    (re.compile(r"^xl/(embeddings|activex|ctrlprops)/", re.I), "XL-009"),
)
BINARY_WORKBOOK = re.compile(r"^xl/workbook\.bin$", re.I)


def kind_of(source: BinaryIO) -> str:
    """`xlsx` or `csv`; anything else is refused with the code that names what it is."""
    source.seek(0)
    head = source.read(4096)
    if not head:
        raise RefusedFile("XL-001")
    if head.startswith(OLE_MAGIC):
        source.seek(0)
        raise RefusedFile("XL-005" if UTF16_NAME in source.read(4 << 20) else "XL-004")
    if head.startswith(ZIP_MAGIC):
        return "xlsx"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype", b"<html", b"<table", b"<?xml", b"<svg", b"<head", b"mime-version:")):
        raise RefusedFile("XL-006")
    if b"PK\x03\x04" in head or start.startswith((b"%pdf", b"{\\rtf", b"mz", b"\x7felf", b"#!")):
        raise RefusedFile("XL-003")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "csv"
    if b"\x00" in head or start.startswith((b"\x89png", b"gif8", b"\xff\xd8", b"rar!", b"7z\xbc")):
        raise RefusedFile("XL-003")
    return "csv"


def open_checked(source: BinaryIO) -> zipfile.ZipFile:
    """The workbook's archive after every check that needs no parsing; see the code list for refusals."""
    source.seek(0, os.SEEK_END)
    size = source.tell()
    source.seek(max(size - 22, 0))
    if not source.read(22).startswith(END_MAGIC):
        source.seek(0)
        raise RefusedFile("XL-010" if END_MAGIC not in source.read() else "XL-012", detail="tail")
    source.seek(0)
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, NotImplementedError) as error:
        raise RefusedFile("XL-010", detail=type(error).__name__) from None
    entries = archive.infolist()
    _check_shape(archive, entries, size)
    _check_sizes(entries)
    _check_parts([entry.filename for entry in entries])
    return archive


def _check_shape(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], size: int) -> None:
    if not entries:
        raise RefusedFile("XL-010", detail="empty")
    if len(entries) > MAX_ENTRIES:
        raise RefusedFile("XL-011", detail=f"entries={len(entries)}")
    names = [entry.filename.lower() for entry in entries]
    if len(set(names)) != len(names):
        raise RefusedFile("XL-012", detail="duplicate")
    if any(n.startswith("/") or "\\" in n or ".." in n.split("/") or "\x00" in n for n in names):
        raise RefusedFile("XL-012", detail="path")
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    if ordered[0].header_offset != 0 or archive.comment:
        raise RefusedFile("XL-012", detail="polyglot")
    for entry, following in pairwise(ordered):
        if entry.header_offset + 30 + entry.compress_size > following.header_offset:
            raise RefusedFile("XL-012", detail="overlap")
    last = ordered[-1]
    directory = archive.start_dir
    end_of_data = last.header_offset + 30 + len(last.filename.encode()) + last.compress_size
    if directory - end_of_data > 70_000 or directory >= size:
        raise RefusedFile("XL-012", detail="hidden data")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise RefusedFile("XL-005")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise RefusedFile("XL-012", detail="method")


def _check_sizes(entries: list[zipfile.ZipInfo]) -> None:
    total = 0
    for entry in entries:
        total += entry.file_size
        if entry.file_size > MAX_PART or total > MAX_TOTAL:
            raise RefusedFile("XL-011", detail="size")
        if entry.file_size > RATIO_FLOOR and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise RefusedFile("XL-011", detail="ratio")


def _check_parts(names: list[str]) -> None:
    for name in names:
        for pattern, code in REFUSED_PARTS:
            if pattern.search(name):
                raise RefusedFile(code, detail=name)
        if BINARY_WORKBOOK.search(name):
            raise RefusedFile("XL-019", detail="xlsb")
    lowered = {name.lower() for name in names}
    if "[content_types].xml" not in lowered or "xl/workbook.xml" not in lowered:
        raise RefusedFile("XL-019")


def read_part(archive: zipfile.ZipFile, name: str) -> bytes:
    """One part, decompressed, never longer than it declared; broken data and entity tricks are refused."""
    try:
        with archive.open(name) as stream:
            data = stream.read(MAX_PART + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, NotImplementedError) as error:
        raise RefusedFile("XL-010", detail=type(error).__name__) from None
    if len(data) > MAX_PART:
        raise RefusedFile("XL-011", detail="size")
    return data


DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]*\bencoding=["']([\w.-]+)["']""", re.I)


def checked_xml(archive: zipfile.ZipFile, name: str) -> bytes:
    """A part that is UTF-8 XML without document type, entities or character data sections."""
    data = read_part(archive, name)
    declared = DECLARED_ENCODING.match(data[:200].lstrip(b"\xef\xbb\xbf"))
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or (
        declared and declared[1].lower() not in (b"utf-8", b"utf8")
    ):
        raise RefusedFile("XL-013", detail="encoding")
    if b"<!" not in data:
        return data
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"<![CDATA[" in data:
        raise RefusedFile("XL-013", detail="doctype")
    return re.sub(rb"<!--.*?-->", b"", data, flags=re.S)
