"""The records of a township through the wizard: a wrong file, a bad cell, a good file, the same file again."""

from __future__ import annotations

import re
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.stage import TOWN, codes
from tests.browser.test_totals import download, finish_job


def change(source: Path, target: Path, cells: dict[str, object], heading: str = "户籍人口") -> Path:
    """A copy of the workbook with this column changed in the rows of these division codes."""
    book = load_workbook(source)
    rows = list(book.active.iter_rows())
    column = next(cell.column for row in rows for cell in row if cell.value == heading)
    for row in rows:
        if row[0].value in cells:
            book.active.cell(row[0].row, column).value = cells[row[0].value]
    book.save(target)
    return target


def read(page: Page, path: Path) -> None:
    page.goto("/imports/orgs/")
    page.set_input_files("input[type=file]", path)
    page.click("button:has-text('读文件')")


def counted(page: Page) -> list[str]:
    """新增, 有改动, 无变化, 错误 once the check is over; the page turns by itself."""
    expect(page.locator(".k3 > *")).to_have_count(4, timeout=60_000)
    return [re.sub(r"\D", "", text) for text in page.locator(".k3 > *").all_inner_texts()]


def populations(look) -> dict[str, tuple[int, int]]:
    rows = look(
        "SELECT a.code, o.population, o.version FROM elections_org o JOIN accounts_area a ON a.id = o.area_id"
        f" WHERE a.code LIKE '{TOWN}%%' ORDER BY 1"
    )
    return {code: (population, version) for code, population, version in rows}


def test_records_through_the_wizard(people, look, tmp_path):
    before = populations(look)
    person = people("river")
    person.expected.append("400")
    page = person.sign_in("/orgs/")
    page.click("a:has-text('导入')")
    person.shot("16-import-start")
    page.click("button:has-text('导出现有数据')")
    finish_job(person)
    ours = download(page, tmp_path)
    wrong = tmp_path / "合影.xlsx"
    wrong.write_bytes(b"\x89PNG not a workbook")
    read(page, wrong)
    expect(page.locator(".banner")).to_contain_text("没有读这个文件。")
    person.shot("17-import-refused")
    # One bad cell: nothing is written, the same workbook comes back with the cell marked.
    read(page, change(ours, tmp_path / "底册错.xlsx", {codes()[4]: -1, codes()[5]: 1501}))
    assert counted(page) == ["0", "1", "20", "1"]
    person.shot("18-import-errors")
    with page.expect_download() as caught:
        page.click("a:has-text('下载标错的原表')")
    marked = tmp_path / "marked.xlsx"
    caught.value.save_as(marked)
    cells = [cell for row in load_workbook(marked).active.iter_rows() for cell in row if cell.comment]
    assert [(cell.value, cell.row) for cell in cells] == [(-1, cells[0].row)]
    assert populations(look) == before
    # The good file, then the same again.
    good = change(ours, tmp_path / "底册.xlsx", {code: 2000 + n for n, code in enumerate(codes()[:3])})
    read(page, good)
    assert counted(page) == ["0", "3", "19", "0"]
    person.shot("19-import-preview")
    page.check("input[name=rows]")
    page.click("button:has-text('写入 3 行')")
    expect(page.locator("h1 + .st, .pt .st")).to_contain_text("已写入", timeout=60_000)
    person.shot("20-import-written")
    after = before | {code: (2000 + n, before[code][1] + 1) for n, code in enumerate(codes()[:3])}
    assert populations(look) == after
    read(page, good)
    assert counted(page) == ["0", "0", "22", "0"]
    expect(page.locator("aside")).to_contain_text("与库中完全一样，不用写入。")
    assert populations(look) == after
