"""A comment from the figure it is written on to its end: drafted, edited, checked, sent, answered, closed, counted."""

from __future__ import annotations

import datetime

from playwright.sync_api import Page, expect

from tests.browser.stage import TOWN, TOWN_NAME, today
from tests.browser.test_totals import finish_job
from tests.security.stage import comment_of

COUNTED = ("发出", "签收", "回复", "办结", "逾期")


def counted(page: Page) -> dict[str, str]:
    """The line of the county's township on 点评统计, in another tab, so that the letter stays open."""
    tab = page.context.new_page()
    tab.goto("/reports/comments/counts/?by=recipient")
    cells = tab.locator(f"tr:has(th:text-is('{TOWN_NAME}')) td").all_inner_texts()
    tab.close()
    return dict(zip(COUNTED, cells or ["0"] * len(COUNTED), strict=True))


def test_a_comment_is_drafted_edited_sent_answered_closed_and_counted(people, look):
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
    assert counted(page) == dict.fromkeys(COUNTED, "0")  # a draft is in no count
    page.click("button:has-text('发出')")
    expect(page.locator(".banner").first).to_contain_text("已发出：函〔")
    county.shot("comment-sent")
    assert counted(page) == {"发出": "1", "签收": "0", "回复": "0", "办结": "0", "逾期": "0"}

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
    assert counted(page) == {"发出": "1", "签收": "1", "回复": "1", "办结": "0", "逾期": "0"}

    page.reload()
    page.fill("textarea[name=text]", "已补齐，办结。")
    page.click("button:has-text('办结')")
    expect(page.locator(".pt .st")).to_have_text("办结")
    county.shot("comment-closed")
    assert counted(page) == {"发出": "1", "签收": "1", "回复": "1", "办结": "1", "逾期": "0"}
    page.goto("/reports/comments/counts/?by=recipient")
    county.shot("comment-counted")
    page.click(f"tr:has(th:text-is('{TOWN_NAME}')) a:text-is('1') >> nth=3")
    expect(page.locator("main tbody tr")).to_have_count(1)  # the figure opens exactly its comments
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


def test_two_tabs_with_one_draft_show_both_texts(people, stage):
    """The second tab saves on a version that the first has replaced: nothing is overwritten unseen."""
    pk = comment_of("county", stage[0], TOWN)
    person = people("county")
    person.expected.append("409")
    first = person.sign_in(f"/reports/comments/{pk}/")
    second = person.context.new_page()
    second.goto(f"/reports/comments/{pk}/")
    for tab, text in ((first, "走访 3 户次，请补齐。"), (second, "走访 3 户次，请逐户说明。")):
        tab.click("summary:has-text('改第 1 句')")
        tab.locator("textarea[name^=s-]").fill(text)
        tab.click("button:text-is('保存')")
    expect(first.locator(".banner").first).to_contain_text("已保存")
    expect(second.locator(".banner").first).to_contain_text("左边是现在的文字，右边是您的文字")
    expect(second.locator("main")).to_contain_text("走访 3 户次，请补齐。")
    mine = second.locator("textarea[name^=s-]")
    expect(mine).to_have_value("走访 3 户次，请逐户说明。")
    person.shot("comment-both-texts", second)
    mine.fill("走访 3 户次，请补齐并逐户说明。")
    second.click("button:text-is('用右边的文字保存')")
    expect(second.locator(".banner").first).to_contain_text("已保存")
    first.reload()
    expect(first.locator("textarea[name^=s-]")).to_have_value("走访 3 户次，请补齐并逐户说明。")
