"""T49 upload_kinds: what is no plain workbook is refused at the door, by code, and nothing of it is kept."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.spreadsheets import desk, register_resource, registry
from tests.accounts.spreadsheets import bad_books as kinds
from tests.accounts.spreadsheets.bad_tables import classification_mark

PICTURE = (
    b"\xff\xd8\xff\xe1\x00\x18Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x25\x88\x04\x00" + b"\x00" * 64
)
UPLOADS = [
    ("macro.xlsm", kinds.macro, "XL-007"),
    ("table.xls", kinds.web_page_as_workbook, "XL-006"),
    ("old.xls", kinds.old_binary_workbook, "XL-004"),
    ("locked.xlsx", kinds.encrypted_workbook, "XL-005"),
    ("paper.pdf", kinds.script_pdf, "XL-003"),
    ("draw.svg", kinds.drawing_as_workbook, "XL-006"),
    ("photo.xlsx", lambda: PICTURE, "XL-003"),
    ("both.xlsx", kinds.picture_and_workbook, "XL-003"),
    ("tail.xlsx", kinds.workbook_and_page, "XL-012"),
    ("virus.csv", kinds.virus_test_string, "XL-003"),
    ("secret.xlsx", classification_mark, "XL-026"),
    ("letter.docx", kinds.word_document, "XL-019"),
    ("link.xlsx", kinds.external_link, "XL-008"),
    ("object.xlsx", kinds.embedded_object, "XL-009"),
    ("large.xlsx", kinds.over_twenty_megabytes, "XL-002"),
    ("../../../etc/passwd", kinds.random_bytes, "XL-003"),
]


@pytest.mark.parametrize(("name", "maker", "code"), UPLOADS)
def test_t49_refused_at_the_door(name, maker, code, village_table, committed, client_of, settings, tmp_path):
    settings.UPLOADS_DIR = tmp_path
    register_resource("villages", village_table.VillageResource, ("township",))
    answer = client_of("town").post("/imports/villages/", {"file": SimpleUploadedFile(name, maker())})
    registry._registered.pop("villages")
    assert answer.status_code == 400
    assert f"（{code}）" in answer.content.decode()
    assert list(desk.root().iterdir()) == []
