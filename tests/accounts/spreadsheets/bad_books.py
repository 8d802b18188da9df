"""Bad containers: other formats, bombs, polyglots, active content, sizes without end."""

from __future__ import annotations

import io
import warnings
import zipfile

from tests.accounts.spreadsheets.bad_kinds import SHEET, kind, made, patched


@kind("XL-001")
def empty_file() -> bytes:
    return b""


@kind("XL-003")
def random_bytes() -> bytes:
    return bytes(range(256)) * 20


@kind("XL-003")
def script_pdf() -> bytes:
    return b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"


@kind("XL-003", "csv")
def virus_test_string() -> bytes:
    return b"a,b\nX5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@kind("XL-006")
def web_page_as_workbook() -> bytes:
    return "<html><table><tr><td>坡阳村</td></tr></table></html>".encode()


@kind("XL-006")
def drawing_as_workbook() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@kind("XL-004")
def old_binary_workbook() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2000


@kind("XL-005")
def encrypted_workbook() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 500 + "EncryptedPackage".encode("utf-16-le")


@kind("XL-019")
def word_document() -> bytes:
    return patched(
        b"PK\x05\x06" + b"\x00" * 18, extra=[("[Content_Types].xml", "<x/>"), ("word/document.xml", "<x/>")]
    )


@kind("XL-019")
def binary_xlsb() -> bytes:
    return patched(made(), extra=[("xl/workbook.bin", b"\x00")])


@kind("XL-010")
def cut_off() -> bytes:
    return made()[:3000]


@kind("XL-010")
def damaged_inside() -> bytes:
    data = bytearray(made())
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        info = archive.getinfo(SHEET)
    start = info.header_offset + 30 + len(SHEET) + 40
    data[start : start + 60] = b"\x55" * 60
    return bytes(data)


@kind("XL-011")
def bomb_by_ratio() -> bytes:
    return patched(made(), {SHEET: lambda c: c.replace(b"</sheetData>", b" " * 30_000_000 + b"</sheetData>")})


@kind("XL-011")
def thousands_of_parts() -> bytes:
    return patched(made(), extra=[(f"xl/media/{n}.png", b"") for n in range(1200)])


@kind("XL-012")
def doubled_part() -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return patched(made(), extra=[(SHEET, b"<worksheet/>")])


@kind("XL-012")
def path_outside() -> bytes:
    return patched(made(), extra=[("../../etc/cron.d/x", b"x")])


@kind("XL-003")
def picture_and_workbook() -> bytes:
    return b"\x89PNG\r\n\x1a\n" + made()


@kind("XL-012")
def workbook_and_page() -> bytes:
    return made() + b"<html><script>alert(1)</script></html>"


@kind("XL-007")
def macro() -> bytes:
    return patched(made(), extra=[("xl/vbaProject.bin", b"\x00")])


@kind("XL-008")
def external_link() -> bytes:
    return patched(made(), extra=[("xl/externalLinks/externalLink1.xml", b"<externalLink/>")])


@kind("XL-008")
def data_connection() -> bytes:
    return patched(made(), extra=[("xl/connections.xml", b"<connections/>")])


@kind("XL-009")
def embedded_object() -> bytes:
    return patched(made(), extra=[("xl/embeddings/oleObject1.bin", b"\x00")])


@kind("XL-013")
def billion_laughs() -> bytes:
    entity = b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    return patched(made(), {SHEET: lambda c: c.replace(b"<worksheet", entity + b"<worksheet", 1)})


@kind("XL-013")
def wide_encoding() -> bytes:
    return patched(made(), {SHEET: lambda c: c.decode().encode("utf-16")})


@kind("XL-010")
def unclosed_xml() -> bytes:
    return patched(made(), {SHEET: lambda c: c.replace(b"</c>", b"", 1)})


@kind("XL-014 第 1048576 行 XFD 列")
def one_cell_far_away() -> bytes:
    return made(edit=lambda s: s.cell(1_048_576, 16_384, 1))


@kind("XL-014 第 999999 行")
def rows_beyond_the_limit() -> bytes:
    return made(edit=lambda s: s.cell(999_999, 3, "x"))


@kind("XL-014 第 1 行 KN 列")
def columns_beyond_the_limit() -> bytes:
    return made(edit=lambda s: s.cell(1, 300, "x"))


@kind("XL-014")
def merges_without_end() -> bytes:
    merges = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (n, n) for n in range(5, 30_000))
    block = b"<mergeCells>" + merges + b"</mergeCells>"
    return patched(made(), {SHEET: lambda c: c.replace(b"</sheetData>", b"</sheetData>" + block)})


@kind("XL-002")
def over_twenty_megabytes() -> bytes:
    return made() + b"\x00" * (21 << 20)
