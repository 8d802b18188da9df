"""Uploads rest encrypted for 90 days (security 3.2), are then deleted, and leave their digest behind."""

import hashlib
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.sealed import SealBroken, chunks_of, seal, unseal
from accounts.spreadsheets import desk as desks
from accounts.spreadsheets.codes import FileRefused

DAY = 86_400
TEXT = "村(社区),姓名\n坡阳村,张一\n".encode()


@pytest.fixture
def kept(settings, tmp_path):
    settings.UPLOADS_DIR = tmp_path / "uploads"
    desk = desks.receive(SimpleUploadedFile("表.csv", TEXT), resource="orgs", assignment=7)
    book = desk.read()
    desk.keep_reading(book, {})
    return desk


def content(scratch) -> bytes:
    with scratch.open() as file:
        return file.read()


def test_no_part_of_an_upload_lies_in_plain_text(kept):
    for path in kept.folder.iterdir():
        assert "坡阳村".encode() not in path.read_bytes()
    assert content(kept.part(desks.ORIGINAL)) == TEXT
    assert kept.sha256 == hashlib.sha256(TEXT).hexdigest()
    assert kept.reading().book.head(kept.reading().book.sheets[0])[1] == (2, ["s坡阳村", "s张一"])


def test_the_header_names_the_algorithm(kept):
    words = (kept.folder / desks.ORIGINAL).read_bytes().split(b"\n", 1)[0].split()
    assert words[:2] == [b"cunxuan-sealed", b"sm4-gcm-1"]


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_every_size_comes_back_as_it_was(tmp_path, size):
    plain, sealed = tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(b"x" * size)
    seal(chunks_of(plain), sealed, "a")
    assert content(unseal(sealed, "a")) == plain.read_bytes()


@pytest.mark.parametrize("harm", ["flip", "cut", "rename", "key", "algorithm"])
def test_a_changed_file_is_refused_as_a_whole(tmp_path, settings, harm):
    sealed, name = tmp_path / "sealed", "a"
    seal([TEXT], sealed, name)
    data = bytearray(sealed.read_bytes())
    if harm == "flip":
        data[-20] ^= 1
    elif harm == "cut":
        del data[-1]
    elif harm == "rename":
        name = "b"
    elif harm == "key":
        settings.SEALED_FILES_KEY = "another key"
    else:
        data = data.replace(b"sm4-gcm-1", b"sm4-gcm-0", 1)
    sealed.write_bytes(data)
    with pytest.raises(SealBroken):
        unseal(sealed, name)


def test_the_working_parts_go_after_a_week_and_the_workbook_after_90_days(kept):
    assert desks.sweep(kept.received + 7 * DAY) == (0, 0)
    assert desks.sweep(kept.received + 7 * DAY + 1) == (1, 0)
    assert sorted(path.name for path in kept.folder.iterdir()) == ["desk.json", "original"]
    assert desks.find(kept.token, resource="orgs", assignment=7) is None
    assert desks.sweep(kept.received + 90 * DAY) == (0, 0)
    assert content(kept.part(desks.ORIGINAL)) == TEXT
    assert desks.sweep(kept.received + 90 * DAY + 1) == (0, 1)
    assert not kept.folder.exists()


def register() -> list[dict]:
    path = desks.root().parent / desks.REGISTER
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_deleted_upload_leaves_its_digest_and_nothing_it_said(kept):
    desks.discard(kept)
    [line] = register()
    assert set(line) == {"resource", "assignment", "sha256", "size", "received", "deleted"}
    assert (line["sha256"], line["size"]) == (hashlib.sha256(TEXT).hexdigest(), len(TEXT))


def test_a_file_too_large_is_never_stored(settings, tmp_path):
    settings.UPLOADS_DIR = tmp_path
    upload = SimpleUploadedFile("大.xlsx", b"x")
    upload.size = (20 << 20) + 1
    with pytest.raises(FileRefused):
        desks.receive(upload, resource="orgs", assignment=7)
    assert list(desks.root().iterdir()) == []
