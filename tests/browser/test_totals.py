"""From the townships' reports to the city's table, down to a village again, and out as a workbook and on paper."""

from __future__ import annotations

import csv
import subprocess
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.driver import Person
from tests.browser.paper import pdf_of
from tests.browser.stage import FLOWS, TOWN, TOWN_NAME, codes, today
from tests.cast import village_codes
from tests.reports.filed import file_day

# Filed today besides 长河镇; 990101102 has not.
OTHERS = ("990101001", "990102101")


def file_today(cast, others: tuple[str, ...] = OTHERS) -> None:
    """长河镇 and `others` file, the second of them late; one figure is above a thousand."""
    rows = {
        code: {flow: 0 for flow in FLOWS} | {"visits": 40 + n, "talks": n} for n, code in enumerate(codes())
    }
    rows[codes()[5]] |= {"trainings": 1234}
    file_day(cast, TOWN, today(), rows)
    for number, town in enumerate(others):
        rows = {code: {flow: number + 1 for flow in FLOWS} for code, _, _ in village_codes(town)}
        file_day(cast, town, today(), rows, late=number == 1)


def sums(look, columns: tuple[str, ...] = FLOWS) -> list[int]:
    """The same totals by a statement of our own over the figures of the last revision of each township."""
    text = ", ".join(f"coalesce(sum(f.{column}), 0)::int" for column in columns)
    rows = look(
        f"SELECT {text} FROM reports_dailyfigure f WHERE f.date = %s AND f.unit_path LIKE '99/9901/%%'"
        " AND f.revision_id IN (SELECT max(id) FROM reports_dailyrevision WHERE date = %s GROUP BY area_id)",
        today(),
        today(),
    )
    return list(rows[0])


def finish_job(person: Person) -> None:
    """Wait on the page of the job until it says so by itself."""
    expect(
        person.page.locator("section[id^=job-] header .chip, section[id^=job-] header").first
    ).to_contain_text("完成", timeout=60_000)


def download(page: Page, folder: Path) -> Path:
    with page.expect_download() as caught:
        page.click("a:has-text('下载')")
    path = folder / caught.value.suggested_filename
    caught.value.save_as(path)
    return path


def read_csv_of(workbook: Path, soffice: str) -> list[list[str]]:
    """The first sheet as LibreOffice reads it."""
    folder = workbook.parent
    subprocess.run(
        [
            soffice, f"-env:UserInstallation=file://{folder}/office", "--headless", "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", str(folder), str(workbook),
        ],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    with workbook.with_suffix(".csv").open(encoding="utf-8") as lines:
        return list(csv.reader(lines))


def test_county_then_city(people, stage, look, soffice, tmp_path):
    cast = stage[0]
    file_today(cast)
    county = people("county")
    page = county.sign_in()
    county.shot("01-today-county")
    page.click("#nav a:has-text('完成度')")
    for name, words in ((TOWN_NAME, "按时"), ("岭下街道", "按时"), ("上坡镇", "待报")):
        cell = page.locator(f"tr:has(th:has-text('{name}')) td.td")
        expect(cell).to_have_accessible_name(f"{name} {today():%m-%d} {words}")
    county.shot("10-completeness-county")

    city = people("city")
    page = city.sign_in()
    city.shot("01-today-city")
    page.click("#nav a:has-text('汇总')")
    page.select_option("select[name=date]", str(today()))
    page.click("button:has-text('看')")
    page.click("button:has-text('立即汇总')")
    city.shot("11-job-running")
    finish_job(city)
    page.goto(f"/reports/rollup/?unit=9901&date={today()}&table=work")
    city.shot("12-rollup-work")
    total = page.locator("tr.tot td.n")
    shown = [total.nth(1 + 2 * n).inner_text().replace(",", "").lstrip("≥ ") for n in range(len(FLOWS))]
    assert [int(text) for text in shown] == sums(look)
    # The number opens, down to the village.
    total.nth(1 + 2 * FLOWS.index("trainings")).locator("a").click()
    drill = page.locator("#drill tbody tr")
    expect(drill.first).to_be_visible()
    city.shot("13-rollup-drill")
    row = page.locator("#drill tbody tr", has_text="1,234")
    expect(row.locator("td.n").first).to_have_text("1,234")
    row.locator("th a").click()
    assert page.url.endswith(f"/orgs/{codes()[5]}/")
    city.shot("14-village-city")
    page.go_back()
    # Out as a workbook, read by another program.
    page.goto(f"/reports/rollup/?unit=9901&date={today()}&table=work")
    page.click("button:has-text('导出 Excel')")
    finish_job(city)
    city.shot("15-job-done")
    line = next(row for row in read_csv_of(download(page, tmp_path), soffice) if row[0] == "合计")
    assert [int(line[2 + 2 * n].replace(",", "")) for n in range(len(FLOWS))] == sums(look)
    # And on one sheet of A3.
    page.goto(f"/reports/rollup/?unit=9901&date={today()}&table=work")
    paper = pdf_of(page, tmp_path / "rollup.pdf")
    assert paper.pages == 1
    assert paper.size == ("A3", "landscape")
    assert f"{sums(look)[0]:,}" in paper.text


def test_published_beside_what_is_known_now(people, stage, tmp_path):
    """A bulletin goes out, a correction follows: both figures, the difference, and the correction by name."""
    cast = stage[0]
    file_today(cast)
    city = people("city")
    page = city.sign_in()
    page.goto(f"/reports/rollup/?unit=9901&date={today()}&table=work")
    page.click("button:has-text('发布')")
    expect(page.locator("h1")).to_have_text("公布的数表")
    code = page.locator(".pt .sub").inner_text()
    assert code.startswith("GB-9901-")
    first = codes()[0]
    rows = {each: {flow: 0 for flow in FLOWS} | {"visits": 40 + n} for n, each in enumerate(codes())}
    rows[first]["visits"] = 90
    file_day(
        cast,
        TOWN,
        today(),
        rows,
        number=2,
        changes=({"village": first, "key": "visits", "from": 40, "to": 90},),
    )
    page.click("a:has-text('与现在对照')")
    line = page.locator("table.sbs tr", has=page.locator("th", has_text="走访户次 户次")).locator("td")
    then, now, difference = (line.nth(n).inner_text().lstrip("≥").replace(",", "") for n in range(3))
    assert (int(now) - int(then), difference) == (50, "+50")
    named = page.locator("table.late tbody tr")
    expect(named).to_have_count(1)
    for words in (TOWN_NAME, "第 2 稿", "更正", "数字填错", "走访户次 40 → 90"):
        expect(named).to_contain_text(words)
    city.shot("17-compared")
    city.resize(390)
    city.shot("17-compared-phone")
    city.resize(1366)
    paper = pdf_of(page, tmp_path / "compared.pdf")
    assert paper.size == ("A3", "landscape")
    assert "数字填错" in paper.text
    assert code in paper.text
    named.locator("a", has_text="第 2 稿").first.click()
    expect(page.locator("main")).to_contain_text("第 2 稿")
