"""Numbers of a text: cited, uncited, or no figure at all; names of persons."""

import pytest

from reports.rules.comment_checks import Change, Line, blocking, checks
from reports.rules.comment_text import in_figures, persons_named, pieces, uncited, unused, with_new_figure

FACTS = [{"shown": "16"}, {"shown": "83.9"}, {"shown": "1,402"}]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("有 16 个，完成率 83.9%，共 1,402 个", []),
        ("共 1402 个，又 16 个", []),
        ("１６ 个", []),
        ("十六个村", []),
        ("58 个党组织", ["58"]),
        ("五十八个党组织", ["五十八"]),
        ("完成率 83%", ["83"]),
        ("截至 12月18日 17:38，12 月 20 日 12:00 前，2025年12月，12-18", []),
        ("第 10 步以后，第 27 号，R-VC-13", []),
        ("第 7 位", ["7"]),
        ("3-5 个村", ["3", "5"]),
        ("请做好三件事：一、二、三", []),
        ("12-18 个村", ["12", "18"]),
    ],
)
def test_uncited_numbers_are_found(text, found):
    assert uncited(text, FACTS) == found


@pytest.mark.parametrize(
    ("words", "number"), [("五十八", 58), ("十六", 16), ("一百零三", 103), ("二十", 20), ("两千一百", 2100)]
)
def test_numbers_in_words(words, number):
    assert in_figures(words) == number


def test_two_equal_figures_are_cited_one_after_the_other():
    found = [
        piece.fact for piece in pieces("2 个镇，2 个村", [{"shown": "2"}, {"shown": "2"}]) if piece.is_number
    ]
    assert found == [0, 1]


def test_a_moved_figure_is_replaced_where_it_stands():
    text = with_new_figure("16 个村，其中 1,402 户，12月16日", FACTS, 0, "17")
    assert text == "17 个村，其中 1,402 户，12月16日"


def test_facts_no_longer_shown_are_unused():
    assert unused("16 个", FACTS) == [1, 2]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("请张三丰同志落实", ["张三丰同志"]),
        ("请王海燕核实", ["王海燕"]),
        ("书记、主任一肩挑", []),
        ("各位同志注意", []),
    ],
)
def test_persons_are_found(text, named):
    assert persons_named(text, ["王海燕"]) == named


def line(text: str) -> list[Line]:
    return [Line(7, text, FACTS)]


def test_a_sound_draft_has_no_findings():
    assert checks("标题", "请在 12月20日 前回复。", line("16 个村")) == []


def test_findings_come_all_at_once():
    found = checks("标题", " ", line("58 个村，张三同志"), [Change(7, "名单公布迟", "17", "16")])
    assert [(check.code, check.level) for check in found] == [
        ("demand_required", "error"),
        ("uncited_number", "error"),
        ("person_named", "error"),
        ("figure_moved", "warning"),
    ]
    assert [check.refusal.status for check in found] == [400, 400, 400, 409]


def test_the_demand_may_cite_what_the_sentences_cite():
    assert [check.message for check in checks("标题", "把 16 个村、9 个镇办好", line("16 个村"))] == [
        "要求中的“9”没有出处。给它加引用，或删去这个数"
    ]


def test_a_draft_without_a_sentence_is_empty():
    assert [check.code for check in checks("标题", "请回复", [])] == ["comment_empty"]


def test_a_moved_figure_blocks_until_it_is_accepted():
    found = checks("标题", "请回复", line("16 个村"), [Change(7, "名单公布迟", "17", "16")])
    assert len(blocking(found, accept_moved=False)) == 1
    assert blocking(found, accept_moved=True) == []
