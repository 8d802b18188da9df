"""The workbook that goes back with its errors marked: every reason names its columns, and the sheet prints readably."""

import openpyxl
import pytest
from openpyxl.utils import get_column_letter

from accounts.spreadsheets.marking import list_problems, mark_workbook
from accounts.spreadsheets.preview import Preview, Problem

LONG = "在本单位范围内找不到这个地方，可能是代码写错，也可能已经并入别的村(社区)，请在区划里查"
A4, A3 = 9, 8


def problem(row: int, col: int, heading: str = "", message: str = "不是整数。") -> Problem:
    return Problem(sheet="底册", row=row, col=col, heading=heading, code="XL-041", message=message)


def marked(tmp_path, problems: list[Problem], *, columns: int, height: float | None = None):
    """The marked copy of a sheet of so many columns of twelve characters, frozen behind the second one."""
    book, plain = openpyxl.Workbook(), tmp_path / "plain.xlsx"
    sheet = book.active
    sheet.title, sheet.freeze_panes = "底册", "C2"
    for col in range(1, columns + 1):
        sheet.column_dimensions[get_column_letter(col)].width = 12
        sheet.cell(1, col, f"列{col}")
        sheet.cell(2, col, "x")
        sheet.cell(3, col, "x")
    if height:
        sheet.row_dimensions[2].height = height
    book.save(plain)
    target = tmp_path / "marked.xlsx"
    with plain.open("rb") as source:
        assert mark_workbook(source, target, Preview(problems=problems))
    return openpyxl.load_workbook(target).active


def test_each_reason_stands_once_with_its_columns(tmp_path):
    sheet = marked(
        tmp_path,
        [problem(2, 1, "人口"), problem(2, 3, "户数"), problem(2, 0, message="与上届不符。"), problem(3, 2)],
        columns=3,
    )
    assert [sheet.cell(row, 4).value for row in (1, 2, 3)] == [
        "错误说明",
        "人口、户数：不是整数。（XL-041）\n与上届不符。（XL-041）",
        "B：不是整数。（XL-041）",
    ]
    assert sheet["A2"].comment.text == "不是整数。（XL-041）"


@pytest.mark.parametrize(("before", "after"), [(None, 43.5), (20, 43.5), (90, 90)])
def test_a_long_reason_is_wrapped_in_a_row_high_enough(tmp_path, before, after):
    sheet = marked(tmp_path, [problem(2, 1, "代码", LONG)], columns=3, height=before)
    assert (sheet["D2"].alignment.wrap_text, sheet.column_dimensions["D"].width) == (True, 44)
    assert sheet.row_dimensions[2].height == after


@pytest.mark.parametrize(
    ("columns", "paper", "pages", "kept"),
    [(11, A4, 1, None), (12, A3, 1, None), (18, A3, 1, None), (19, A3, 2, "$A:$B"), (30, A3, 2, "$A:$B")],
)
def test_it_prints_on_paper_on_which_it_can_be_read(tmp_path, columns, paper, pages, kept):
    """Up to 180 characters across on A4, up to 260 on A3; then on several pages, each with the frozen columns."""
    sheet = marked(tmp_path, [problem(2, 1)], columns=columns)
    setup = sheet.page_setup
    assert (setup.paperSize, setup.fitToWidth, setup.fitToHeight) == (paper, pages, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage is True
    assert (sheet.print_title_cols or None) == kept


def test_the_list_of_errors_wraps_its_reasons(tmp_path):
    list_problems(tmp_path / "list.xlsx", [problem(2, 1, "代码", LONG)], 1)
    sheet = openpyxl.load_workbook(tmp_path / "list.xlsx").active
    cells = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value}
    assert cells[LONG].alignment.wrap_text is True
    assert cells["代码"].alignment.wrap_text is not True or cells["代码"].font.bold
