"""A comment from the figure it is written on to its end: drafted, edited, checked, sent, answered, closed."""

from __future__ import annotations

import datetime

from playwright.sync_api import expect

from tests.browser.stage import TOWN, TOWN_NAME, today
from tests.browser.test_totals import finish_job


def test_a_comment_is_drafted_edited_sent_answered_and_closed(people, look):
    day = (today() - datetime.timedelta(days=1)).isoformat()
    county = people("county")
    page = county.sign_in(f"/reports/rollup/?unit=990101&date={day}&table=work")
    page.click("button:has-text('立即汇总')")
    finish_job(county)

    page.goto(f"/reports/rollup/?unit=990101&date={day}&table=work&open=visits&of={TOWN}")
    page.click("button:has-text('就这个数写点评')")
    expect(page.locator("h1")).to_have_text("写点评")
    figure = page.locator(".cite").first.inner_text()
    assert figure.startswith(str(visits(look, day)))

    page.click("summary:has-text('改第 1 句')")
    sentence = page.locator("textarea[name^=s-]").first
    draft = sentence.input_value()
    sentence.fill(draft + "比应走访少 58 户次。")
    county.expected.append("400")  # the page says what is wrong with that status
    page.click("button:has-text('发出')")
    expect(page.locator(".banner").first).to_contain_text("正文中的“58”没有出处")
    county.shot("comment-checked")

    page.click("summary:has-text('改第 1 句')")
    page.locator("textarea[name^=s-]").first.fill(draft + "请逐户补齐。")
    page.click("button:has-text('发出')")
    expect(page.locator(".banner").first).to_contain_text("已发出：函〔")
    county.shot("comment-sent")

    town = people("river")
    reader = town.sign_in("/")
    reader.click(f"a:has-text('关于{'走访户次'}的点评')")
    reader.click("button:has-text('签收')")
    expect(reader.locator(".banner").first).to_contain_text("已签收")
    reader.fill("textarea[name=text]", "已逐户补齐，名单留存备查。")
    reader.click("button:has-text('回复')")
    expect(reader.locator(".banner").first).to_contain_text("已回复")
    town.resize(390)
    town.shot("comment-replied")

    page.reload()
    page.fill("textarea[name=text]", "已补齐，办结。")
    page.click("button:has-text('办结')")
    expect(page.locator(".pt .st")).to_have_text("办结")
    county.shot("comment-closed")
    page.goto(f"/reports/rollup/?unit=990101&date={day}&table=work")
    expect(page.locator("a.pin")).to_have_count(1)
    assert look(
        "SELECT state, number, channel FROM reports_comment WHERE recipient_path LIKE %s", f"%{TOWN}/"
    ) == [("closed", 1, "letter")]
    assert TOWN_NAME in page.content()


def visits(look, day: str) -> int:
    """The figure by a statement of our own."""
    ((total,),) = look(
        "SELECT sum(f.visits)::int FROM reports_dailyfigure f JOIN accounts_area t ON t.id = f.township_id "
        "WHERE f.date = %s AND t.code = %s",
        day,
        TOWN,
    )
    return total
