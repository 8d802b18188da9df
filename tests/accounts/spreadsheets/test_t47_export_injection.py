"""T47 export_injection: no payload becomes a formula in any export, and each is read back as it was."""

import zipfile

import openpyxl
import pytest

from accounts.spreadsheets.headings import cell_value
from accounts.spreadsheets.marking import list_problems
from accounts.spreadsheets.preview import Problem
from accounts.spreadsheets.reader import read_file
from accounts.spreadsheets.writers import Column, Sheet, write_workbook

PAYLOADS = [
    "=1+1", "+1+1", "-1+1", "@SUM(1+1)", "\t=1+1", "\r=1+1", "x\r\n=1+1", "＝1+1", "＋1", "－1", "＠SUM(1)",
    '=HYPERLINK("http://x","点")', '=cmd|"/c calc"!A0', "=DDE(1,2,3)", '";=1+1', "'=1+1", "''", ";=1+1", ",=1+1",
    '"=1+1"', "|=1+1", "http://example.invalid/", "mailto:a@b.invalid", "=IMPORTXML(1)", "%0A=1+1", "_x003D_1+1",
    "\n=1+1", "{=1+1}",
]  # fmt: skip
COLUMNS = [Column("甲"), Column("乙")]


def sheet(**options) -> Sheet:
    return Sheet("=表", COLUMNS, [[p, "x"] for p in PAYLOADS], title="=标题", notes=["=注"], **options)


def texts(path, tmp_path) -> list[str]:
    with path.open("rb") as source:
        book = read_file(source, tmp_path / "rows.tsv")
    return [cell_value(cells[0]) for _row, cells in book.head(book.sheets[0], 1000)]


@pytest.mark.parametrize("engine", ["plain", "office"])
def test_t47_workbooks_hold_no_formula(engine, tmp_path):
    path = tmp_path / "out.xlsx"
    assert write_workbook(path, [sheet()], engine=engine).engine == engine
    with zipfile.ZipFile(path) as archive:
        parts = [archive.read(n) for n in archive.namelist() if n.startswith("xl/worksheets/")]
    assert [part for part in parts if b"<f" in part or b"<hyperlink" in part] == []
    cells = [cell for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert texts(path, tmp_path)[2:-1] == PAYLOADS


def test_t47_delimited_text_is_defused_and_read_back(tmp_path):
    path = tmp_path / "out.csv"
    write_workbook(path, [Sheet("表", COLUMNS, [[p, "x"] for p in PAYLOADS])])
    starts = {line[:1] for line in path.read_text("utf-8-sig").split("\r\n") if line}
    assert starts & set("=+-@\t＝＋－＠") == set()
    assert texts(path, tmp_path)[1:] == PAYLOADS


def test_t47_the_list_of_errors_holds_no_formula(tmp_path):
    problems = [Problem(payload, 2, 1, payload, "XL-041", payload) for payload in PAYLOADS]
    list_problems(tmp_path / "bad.xlsx", problems, len(problems))
    cells = [c for row in openpyxl.load_workbook(tmp_path / "bad.xlsx").active.iter_rows() for c in row]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s", "n"}


def test_t47_control_the_default_writing_makes_formulas(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["=1+1"])
    assert book.active["A1"].data_type == "f"
