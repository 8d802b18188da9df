"""What goes to paper: the receipt of a day, a village's sheet, the totals; whole tables, few sheets."""

from __future__ import annotations

from tests.browser.paper import pdf_of
from tests.browser.stage import TOWN_NAME, codes, today
from tests.browser.test_screens import fold
from tests.browser.test_totals import file_today

# Without its first character: fonts give that one back as the radical of the same shape.
NAME = TOWN_NAME[1:]
# Address → sheets, paper, words that must stand on it.
SHEETS = {
    f"/reports/daily/{today()}/": (1, ("A3", "landscape"), (NAME, "正式", "校验码", "1,234")),
    f"/orgs/{codes()[5]}/print/": (1, ("A4", "portrait"), ("下店村", "1,450")),
    f"/reports/rollup/?date={today()}&table=work": (1, ("A3", "landscape"), ("合计", "1,234")),
    f"/reports/completeness/?date={today()}": (1, ("A3", "landscape"), (NAME,)),
}


def test_on_paper(people, stage, tmp_path):
    file_today(stage[0])
    city = people("city")
    city.sign_in()
    fold(city)
    page = people("river").sign_in()
    wrong = []
    for number, (url, (pages, size, words)) in enumerate(SHEETS.items()):
        page.goto(url)
        paper = pdf_of(page, tmp_path / f"{number}.pdf")
        missing = [word for word in words if word not in paper.text]
        if (paper.pages, paper.size, missing) != (pages, size, []):
            wrong.append((url, paper.pages, paper.size, missing))
    assert wrong == []
