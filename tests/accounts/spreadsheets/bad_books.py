"""Kinds of bad workbook, made in code. Each kind is a function without arguments that returns (name, bytes)."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable

import openpyxl

from tests.accounts.spreadsheets.conftest import HEADINGS, ROWS

SHEET = "xl/worksheets/sheet1.xml"
KINDS: dict[str, tuple[Callable[[], bytes], str, object]] = {}


def kind(expected: object, suffix: str = "xlsx"):
    """Register a maker with its outcome: a code with place, a list of cell problems, or a number of rows."""

    def register(maker: Callable[[], bytes]) -> Callable[[], bytes]:
        KINDS[maker.__name__] = (maker, suffix, expected)
        return maker

    return register


def made(rows=ROWS, headings=HEADINGS, edit=None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(headings)
    for row in rows:
        sheet.append(row)
    if edit:
        edit(sheet)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def patched(data: bytes, parts: dict[str, Callable[[bytes], bytes]] | None = None, extra=()) -> bytes:
    """The archive with some parts rewritten and others added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, (parts or {}).get(name, lambda c: c)(content))
        for name, content in extra:
            target.writestr(name, content)
    return out.getvalue()


def cell(row: int, col: int, value: object) -> list[list]:
    rows = [list(r) for r in ROWS]
    rows[row][col] = value
    return rows


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
    with __import__("warnings").catch_warnings():
        __import__("warnings").simplefilter("ignore")
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


@kind(3)
def dimension_too_small() -> bytes:
    return patched(
        made(), {SHEET: lambda c: re.sub(rb'<dimension ref="[^"]+"', b'<dimension ref="A1:B2"', c)}
    )


@kind(3)
def dimension_too_large() -> bytes:
    huge = b'<dimension ref="A1:XFD1048576"'
    return patched(made(), {SHEET: lambda c: re.sub(rb'<dimension ref="[^"]+"', huge, c)})


@kind([(2, "E", "XL-030")])
def formula_without_value() -> bytes:
    return made(cell(0, 4, "=1000+200"))


def _with_value(content: bytes) -> bytes:
    return re.sub(
        rb"(<f>1000\+200</f>)<v\s*/>|(<f>1000\+200</f>)<v></v>", rb"<f>1000+200</f><v>1200</v>", content
    )


@kind([(2, "E", "XL-031")])
def formula_with_value() -> bytes:
    return patched(formula_without_value(), {SHEET: _with_value})


@kind([(3, "F", "XL-032")])
def error_value() -> bytes:
    def edit(sheet) -> None:
        sheet["F3"] = "#REF!"
        sheet["F3"].data_type = "e"

    return made(edit=edit)


@kind([(3, "I", "XL-035")])
def identity_number_as_figure() -> bytes:
    return made(cell(1, 8, 110101199003070011))


@kind([(3, "I", "XL-037")])
def short_identity_as_figure() -> bytes:
    return made(cell(1, 8, 110101900307001))


@kind([(3, "I", "XL-047")])
def identity_number_too_short() -> bytes:
    return made(cell(1, 8, "11010119900307001"))


@kind([(3, "E", "XL-034"), (4, "E", "XL-034")])
def merged_figures() -> bytes:
    return made(edit=lambda s: s.merge_cells("E2:E4"))


@kind(3)
def merged_superior() -> bytes:
    return made(edit=lambda s: s.merge_cells("B2:B4"))


@kind("XL-021 第 1 行")
def renamed_heading() -> bytes:
    return made(headings=[*HEADINGS[:4], "常住人口总数", *HEADINGS[5:]])


@kind("XL-021 第 1 行")
def old_template() -> bytes:
    return made([row[:9] for row in ROWS], HEADINGS[:9])


@kind("XL-022 第 1 行")
def doubled_heading() -> bytes:
    return made([[*row, 1] for row in ROWS], [*HEADINGS, "户籍人口"])


@kind("XL-023 第 1 行 L 列")
def unknown_heading() -> bytes:
    return made([[*row, 1] for row in ROWS], [*HEADINGS, "宗族"])


@kind(3)
def columns_shuffled() -> bytes:
    order = [10, 3, 0, 5, 4, 7, 2, 9, 1, 8, 6]
    return made([[row[n] for n in order] for row in ROWS], [HEADINGS[n] for n in order])


@kind(3)
def office_layout() -> bytes:
    """Title, unit line, headings over two merged rows, column numbers, total, notes."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"] = "岭下街道村(社区)基本情况表"
    sheet.merge_cells("A1:K1")
    sheet["A2"], sheet["H2"] = "填报单位：岭下街道", "2026年11月22日　单位：人"
    for col, text in enumerate(HEADINGS, start=1):
        sheet.cell(3, col, text)
        if col not in (5, 6):
            sheet.merge_cells(start_row=3, end_row=4, start_column=col, end_column=col)
    sheet["E3"] = "人口情况"
    sheet.merge_cells("E3:F3")
    sheet["E4"], sheet["F4"] = "户籍人口（人）", "登记选民\n（人）"
    for col, text in enumerate([*"甲乙丙丁", 1, 2, 3, 4, 5, 6, 7], start=1):
        sheet.cell(5, col, text)
    for row, values in enumerate(ROWS, start=6):
        for col, value in enumerate(values, start=1):
            sheet.cell(row, col, value)
    for col, value in {1: "合　计", 5: 5000, 6: 3940, 7: 161}.items():
        sheet.cell(10, col, value)
    sheet["A11"] = "注：选民以登记为准。"
    sheet["A12"], sheet["E12"] = "填表人：张三", "审核人：李四"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


@kind(3)
def hidden_and_filtered_rows() -> bytes:
    def edit(sheet) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["G"].hidden = True
        sheet.auto_filter.ref = "A1:K4"

    return made(edit=edit)


@kind(3)
def gaps_between_rows() -> bytes:
    return made([ROWS[0], [], [], ROWS[1], [" ", "　"], ROWS[2]])


@kind([(2, "J", "XL-043")])
def impossible_day() -> bytes:
    return made(cell(0, 9, "1985-02-30"))


@kind([(2, "J", "XL-043")])
def day_as_serial_number() -> bytes:
    return made(cell(0, 9, 31107))


@kind(3)
def full_width_and_rare() -> bytes:
    rows = cell(0, 4, "１，２００")
    rows[0][7], rows[1][7] = "䶮㙓𠮷", "　李 二 "
    return made(rows)


@kind([(2, "E", "XL-041"), (3, "E", "XL-041"), (4, "E", "XL-042")])
def figures_that_are_none() -> bytes:
    rows = cell(0, 4, 1200.5)
    rows[1][4], rows[2][4] = "约800", -1
    return made(rows)


@kind([(2, "E", "XL-042"), (3, "E", "XL-041")])
def figures_too_large() -> bytes:
    rows = cell(0, 4, 99_999_999_999)
    rows[1][4] = 10**20
    return made(rows)


@kind([(2, "D", "XL-044"), (3, "D", "XL-040"), (4, "K", "XL-045")])
def words_out_of_choice() -> bytes:
    rows = cell(0, 3, "乡")
    rows[1][3], rows[2][10] = "", "也许"
    return made(rows)


@kind([(2, "C", "XL-060"), (4, "C", "XL-060")])
def same_unit_twice() -> bytes:
    return made([ROWS[0], ROWS[1], ROWS[0]])


@kind([(3, "A", "XL-051")])
def unit_of_another_town() -> bytes:
    return made([ROWS[0], ["990101102201", "上坡镇", "后溪村", *ROWS[1][3:]]])


@kind([(2, "H", "XL-046")])
def text_without_end() -> bytes:
    return made(cell(0, 7, "长" * 30_000))


@kind([(2, "H", "XL-036")])
def forbidden_character() -> bytes:
    return patched(made(cell(0, 7, "张MARK一")), {
        SHEET: lambda c: c.replace(b"MARK", b"\xef\xbf\xbf")
    })  # fmt: skip


@kind("XL-026 第 1 行")
def classification_mark() -> bytes:
    return made(headings=["机密★10年"], rows=[HEADINGS, *ROWS])


@kind("XL-017")
def only_hidden_sheets() -> bytes:
    return patched(made(), {"xl/workbook.xml": lambda c: re.sub(rb'state="visible"', b'state="hidden"', c)})


@kind("XL-024 第 2 行")
def headings_alone() -> bytes:
    return made([])


@kind("XL-020")
def no_heading() -> bytes:
    return made([["a", "b"], ["c", "d"]], ["x", "y"])


@kind(3)
def prefixed_namespace() -> bytes:
    def rewrite(content: bytes) -> bytes:
        content = re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", content.split(b"?>", 1)[-1])
        return content.replace(b"xmlns=", b"xmlns:x=", 1)

    return patched(made(), {SHEET: rewrite})


@kind(3)
def single_quotes() -> bytes:
    return patched(made(), {SHEET: lambda c: c.replace(b'"', b"'")})


@kind(3, "csv")
def office_encoding() -> bytes:
    lines = [",".join(map(str, row)) for row in (HEADINGS, *ROWS)]
    return "\r\n".join(lines).encode("gb18030")


@kind("XL-018", "csv")
def unknown_encoding() -> bytes:
    return b"\x81\xff\xff\xfe" * 20 + b"\n"


@kind("XL-002")
def over_twenty_megabytes() -> bytes:
    return made() + b"\x00" * (21 << 20)
