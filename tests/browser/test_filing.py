"""日报 by keyboard, by paste, on a phone and without scripts: 22 villages each time, to the receipt."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.stage import FLOWS, TOWN, codes, today

RECEIPT = f"RB-{TOWN}-{today():%Y%m%d}-01"
# What a keyboard types into the seven columns of each village.
ROW = ("12", "3", "0", "1", "0", "0", "0")


def filed_figures(look) -> list[tuple]:
    """Code, the seven flows and the marks of each village of the only revision of today."""
    columns = ", ".join(f"f.{flow}" for flow in FLOWS)
    return look(
        f"SELECT a.code, {columns}, f.marks FROM reports_dailyfigure f JOIN accounts_area a ON a.id = f.area_id"
        " WHERE f.date = %s ORDER BY a.code",
        today(),
    )


def revisions(look) -> list[tuple]:
    return look("SELECT number, villages FROM reports_dailyrevision WHERE date = %s", today())


def ready(page: Page) -> None:
    page.wait_for_selector("html[data-daily=ready]")


def confirm_filing(page: Page) -> None:
    """From the page before filing to the receipt."""
    page.wait_for_url("**/check/")
    page.click("button:has-text('上报 22 个村')")
    page.wait_for_url(re.compile(r"/reports/daily/[\d-]+/$"))
    expect(page.locator("dl.receipt dd b").first).to_have_text(RECEIPT)


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.name")


def test_by_keyboard(people, look):
    person = people("river")
    page = person.sign_in()
    person.shot("01-today-township")
    page.click("tr:has-text('日报') >> a.btn")
    ready(page)
    person.shot("02-daily-empty")
    first = page.locator(f"#c-{codes()[0]}-visits")
    first.click()
    # Down a column with Enter, then to the next with Tab from its first cell.
    for column, text in enumerate(ROW):
        for _ in codes():
            page.keyboard.type(text)
            page.keyboard.press("Enter")
        first.focus()
        for _ in range(column + 1):
            page.keyboard.press("Tab")
    expect(page.locator("#save-state")).to_have_text(re.compile(r"^已自动保存 \d\d:\d\d:\d\d$"))
    # Arrows, filling down, and putting back.
    page.locator(f"#c-{codes()[20]}-trainings").focus()
    page.keyboard.press("ArrowDown")
    assert focused(page) == f"c.{codes()[21]}.trainings"
    page.keyboard.press("ArrowUp")
    page.keyboard.type("7")
    page.keyboard.press("Control+d")
    assert page.input_value(f"#c-{codes()[21]}-trainings") == "7"
    # An error blocks and is found by F8; it is mended.
    page.locator(f"#c-{codes()[4]}-talks").focus()
    page.keyboard.type("-1")
    page.keyboard.press("Enter")
    expect(page.locator("#issues [data-level=error]")).to_be_visible()
    person.shot("03-daily-error")
    page.locator(f"#c-{codes()[0]}-visits").focus()
    page.keyboard.press("F8")
    assert focused(page) == f"c.{codes()[4]}.talks"
    page.keyboard.press("F9")
    page.wait_for_url("**/check/")
    expect(page.locator("button:has-text('上报 22 个村')")).to_be_disabled()
    page.click("a:has-text('再看看')")
    ready(page)
    page.locator(f"#c-{codes()[4]}-talks").focus()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.locator("#issues [data-level=error]")).to_be_hidden()
    # A figure far above the week's asks for a reason.
    page.locator(f"#c-{codes()[1]}-visits").focus()
    page.keyboard.type("300")
    page.keyboard.press("Enter")
    expect(page.locator("#issues [data-level=warning] [data-count]")).to_have_text("1")
    person.shot("04-daily-warning")
    page.click("button:has-text('沿用昨日全部确认')")
    expect(page.locator("[data-confirmed]").last).to_have_text("22")
    page.keyboard.press("F9")
    page.wait_for_url("**/check/")
    page.fill("input.reason", "集中走访日")
    person.shot("05-daily-check")
    confirm_filing(page)
    person.shot("06-daily-receipt")
    expected = [[code, 12, 3, 0, 1, 0, 0, 0, {}] for code in codes()]
    expected[1][1] = 300
    expected[20][3] = expected[21][3] = 7
    assert filed_figures(look) == [tuple(row) for row in expected]
    reasons = look("SELECT warnings FROM reports_dailyrevision WHERE date = %s", today())[0][0]
    assert [(one["code"], one["reason"]) for one in reasons] == [("DR-031", "集中走访日")]
    # Going back and clicking again gives the same receipt and no second revision.
    page.go_back()
    page.go_forward()
    assert revisions(look) == [(1, 22)]


def test_by_paste_from_excel(people, look):
    """A block with 0, ／ and 不详 through the clipboard; empty cells and one error block until mended."""
    page = people("river").sign_in(f"/reports/daily/{today()}/")
    ready(page)
    lines = [["18", "2", "0", "1", "0", "0", "0"] for _ in codes()]
    lines[2] = ["１，２００", "／", "不详", "1", "0", "0", "0"]
    lines[3] = ["18", "2", "三", "1", "0", "0", "0"]
    text = "\r\n".join("\t".join(line) for line in lines) + "\r\n"
    page.locator(f"#c-{codes()[0]}-visits").focus()
    page.evaluate(
        """text => {
          const clipboardData = new DataTransfer();
          clipboardData.setData("text/plain", text);
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
        }""",
        text,
    )
    expect(page.locator("#issues [data-level=error]")).to_contain_text("“三”不是整数")
    assert [page.input_value(f"#c-{codes()[2]}-{flow}") for flow in FLOWS[:3]] == ["1200", "／", "不详"]
    cell = page.locator(f"#c-{codes()[3]}-trainings")
    cell.fill("0")
    cell.press("Enter")
    page.click("button:has-text('沿用昨日全部确认')")
    page.keyboard.press("F9")
    page.wait_for_url("**/check/")
    page.fill("input.reason", "全员入户")
    confirm_filing(page)
    expected = [(code, 18, 2, 0, 1, 0, 0, 0, {}) for code in codes()]
    expected[2] = (codes()[2], 1200, None, None, 1, 0, 0, 0, {"talks": "na", "trainings": "unknown"})
    assert filed_figures(look) == expected


def test_on_a_phone(people, look):
    """One village at a time with steppers; the next opens by itself; the bar below files."""
    person = people("river", width=390, has_touch=True)
    page = person.sign_in(f"/reports/daily/{today()}/")
    ready(page)
    page.click("button:visible:has-text('沿用全部')")
    person.shot("02-daily-empty")
    for number, code in enumerate(codes()):
        row = page.locator(f"tr[data-village='{code}']")
        expect(row).to_have_class(re.compile("open"))
        for _ in range(1 + number % 2):
            row.get_by_label("走访户次 加一").tap()
        if number == 3:
            row.get_by_label("谈话人次 加一").tap()
            row.get_by_label("谈话人次 加一").tap()
            row.get_by_label("谈话人次 减一").tap()
            person.shot("03-daily-village")
        row.get_by_text(f"未报 {5 if number == 3 else 6} 项填 0，确认").tap()
    expect(page.locator(".phone-head b")).to_have_text("22／22 村")
    page.locator(".stickbar >> text=核对并上报").tap()
    page.wait_for_url("**/check/")
    person.shot("05-daily-check")
    confirm_filing(page)
    person.shot("06-daily-receipt")
    expected = [(code, 1 + n % 2, int(n == 3), 0, 0, 0, 0, 0, {}) for n, code in enumerate(codes())]
    assert filed_figures(look) == expected


def test_without_scripts(people, look):
    """The same sheet as a plain form: save, fill, confirm, check, file."""
    page = people("river", java_script_enabled=False).sign_in(f"/reports/daily/{today()}/")
    for code in codes():
        page.fill(f"#c-{code}-visits", "5")
    page.fill(f"#c-{codes()[0]}-talks", "-1")
    page.click("button:has-text('核对并上报')")
    expect(page.locator("button:has-text('上报 22 个村')")).to_be_disabled()
    page.click("a:has-text('再看看')")
    page.fill(f"#c-{codes()[0]}-talks", "／")
    page.click("button:has-text('未报的填 0')")
    page.click("button:has-text('沿用昨日全部确认')")
    page.click("button:has-text('核对并上报')")
    page.click("button:has-text('上报 22 个村')")
    expect(page.locator("dl.receipt dd b").first).to_have_text(RECEIPT)
    expected = [(code, 5, 0, 0, 0, 0, 0, 0, {}) for code in codes()]
    expected[0] = (codes()[0], 5, None, 0, 0, 0, 0, 0, {"talks": "na"})
    assert filed_figures(look) == expected
