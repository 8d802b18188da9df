"""Bad and odd tables inside sound containers: headings, formulas, merges, types, units, encodings."""

from __future__ import annotations

import io
import re

import openpyxl

from tests.accounts.spreadsheets.bad_kinds import SHEET, cell, kind, made, patched
from tests.accounts.spreadsheets.conftest import HEADINGS, ROWS


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
