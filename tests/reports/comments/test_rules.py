"""Drafting rules as a table: both sides of every limit, the figures cited, the same every time."""

import dataclasses
import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.errors import Refusal
from reports.rules.comment_measures import COUNTS, MEASURES, STEPS, WINDOW, measured
from reports.rules.comment_sentences import (
    RULES,
    check_params,
    check_wording,
    draft,
    first_version,
    placeholders,
    plan_on,
    planned_share,
    title_of,
)
from reports.rules.comment_text import uncited, unused
from reports.rules.comment_wording import KEYS, NAMES, read, shown
from tests.reports.comments.units import BASE, DAY, ago, unit

FIRST = [first_version(spec) for spec in RULES.values()]
STEP = "voted_on"


def only(code: str, **changes):
    rule = first_version(RULES[code])
    return [dataclasses.replace(rule, params={**rule.params, **changes})]


def said(code: str, of, **limits) -> list[str]:
    return [sentence.text for sentence in draft(of, only(code, **limits))]


@pytest.mark.parametrize(
    ("code", "of", "text"),
    [
        ("missing", unit({"filed": 5}), []),
        ("missing", unit({"filed": 4}), ["11月20日日报缺报 1 份，近七日共缺 1 份。"]),
        ("missing", unit({"filed": 4}, {"filed": 2}), ["11月20日日报缺报 1 份，近七日共缺 4 份。"]),
        ("late", unit({"late": 0}), []),
        ("late", unit({"late": 2}, {"late": 1}), ["11月20日日报迟报 2 份，近七日共迟 3 份。"]),
        ("below_plan", unit({STEP: 16}, plan={STEP: 51.9}), []),
        (
            "below_plan",
            unit({STEP: 16}, plan={STEP: 52.0}),
            ["村(居)委会投票完成 16 个村，占应换届 50 个村的 32.0%，按计划应到 52.0%，还差 34 个村。"],
        ),
        ("behind", unit({STEP: 20}, peers={"due": 1000, STEP: 499}, ranks={STEP: 7}), []),
        (
            "behind",
            unit({STEP: 20}, peers={"due": 1000, STEP: 500}, ranks={STEP: 7}),
            ["村(居)委会投票完成率 40.0%，临江市平均 50.0%，低 10.0 个百分点，列第 7 位。"],
        ),
        ("behind", unit({STEP: 0}, peers={"due": 1000, STEP: 500}), []),  # no rank is known: no such sentence
        ("rank_fell", unit(ranks={STEP: 6}, ranks_before={STEP: 4}), []),
        (
            "rank_fell",
            unit(ranks={STEP: 7}, ranks_before={STEP: 4}),
            ["村(居)委会投票由第 4 位降到第 7 位，一天降 3 位。"],
        ),
        ("unchanged", unit({STEP: 9}, days={ago(n): {**BASE, STEP: 9} for n in (1, 2, 3)}), []),
        (
            "unchanged",
            unit({STEP: 9}, days={ago(n): {**BASE, STEP: 9} for n in (1, 2, 3, 4)}),
            ["村(居)委会投票连续 4 天停在 9 个村，还有 41 个村未完成。"],
        ),
        ("unchanged", unit({STEP: 50}, days={ago(n): {**BASE, STEP: 50} for n in range(1, 9)}), []),  # done
        (
            "unchanged",
            unit({STEP: 0}, days={ago(n): {**BASE, STEP: 0} for n in range(1, 9)}),
            [],
        ),  # not begun
        ("overdue", unit(overdue=0), []),
        ("overdue", unit(overdue=2), ["有 2 件点评到期未回复。"]),
        ("contradiction", unit(warnings=3), ["11月20日上报的数中有 3 处矛盾或异常，虽有说明，须逐处核实。"]),
        ("progress", unit({STEP: 11}, {STEP: 10}, ranks={STEP: 1}), []),
        ("progress", unit({STEP: 12}, {STEP: 10}, ranks={STEP: 3}), []),
        (
            "progress",
            unit({STEP: 12}, {STEP: 10}, ranks={STEP: 2}),
            ["村(居)委会投票当日增加 2 个村，完成 12 个村，占 24.0%，列第 2 位，进度靠前。"],
        ),
        ("completed", unit({STEP: 49}, {STEP: 48}), []),
        ("completed", unit({STEP: 50}, {STEP: 50}), []),
        ("completed", unit({STEP: 50}, {STEP: 48}), ["村(居)委会投票当日增加 2 个村，50 个村全部完成。"]),
        ("village_left", unit({STEP: 0, "due": 1}, level=5, peers={"due": 10, STEP: 5}), []),
        (
            "village_left",
            unit({STEP: 0, "due": 1}, level=5, sender="岭下街道", peers={"due": 10, STEP: 6}),
            ["村(居)委会投票还没有完成，岭下街道已有 6 个村完成，占 60.0%。"],
        ),
        ("village_left", unit({STEP: 1, "due": 1}, level=5, peers={"due": 10, STEP: 9}), []),
    ],
)
def test_each_rule_on_both_sides_of_its_limit(code, of, text):
    assert said(code, of) == text


def test_every_rule_is_in_the_table_above():
    mark = next(
        mark for mark in test_each_rule_on_both_sides_of_its_limit.pytestmark if mark.name == "parametrize"
    )
    assert {row[0] for row in mark.args[1]} == set(RULES)


def test_the_worst_step_is_the_one_said():
    of = unit(
        {"party_elected_on": 30, STEP: 0},
        peers={"due": 100, "party_elected_on": 80, STEP: 60},
        ranks={"party_elected_on": 5, STEP: 8},
    )
    (text,) = said("behind", of)
    assert text.startswith("村(居)委会投票完成率 0.0%")


def test_a_rule_switched_off_says_nothing():
    off = [dataclasses.replace(rule, enabled=False) for rule in FIRST]
    assert draft(unit({"filed": 0}), off) == []


@pytest.mark.parametrize(("number", "share"), [(0, 0.0), (3, 0.0), (4, 10.0), (13, 100.0), (99, 100.0)])
def test_the_plan_grows_evenly_between_its_days(number, share):
    assert planned_share(number, 3, 13) == share


def test_a_plan_of_one_day_is_a_step():
    assert [planned_share(number, 5, 5) for number in (4, 5)] == [0.0, 100.0]


def test_the_title_names_three_rules_at_most():
    found = draft(
        unit({"filed": 4, "late": 1}, warnings=1, overdue=1),
        [rule for rule in FIRST if rule.code != "below_plan"],
    )
    assert title_of(found) == "关于日报缺报、日报迟报、点评逾期等的点评"


counts = st.integers(0, 60)
days = st.fixed_dictionaries({key: counts for key in COUNTS})


@st.composite
def units(drawn):
    known = {ago(n): drawn(days) for n in range(drawn(st.integers(1, WINDOW)))}
    known[DAY] = drawn(days)
    ranks = st.dictionaries(st.sampled_from(list(STEPS)), st.integers(1, 9))
    return unit(
        level=drawn(st.sampled_from([3, 4, 5])),
        days=known,
        ranks=drawn(ranks),
        ranks_before=drawn(ranks),
        peers=drawn(days),
        plan=plan_on(RULES["below_plan"].params, drawn(st.integers(0, 90))),
        warnings=drawn(counts),
        overdue=drawn(counts),
    )


@settings(max_examples=150, deadline=None)
@given(units())
def test_no_sentence_without_a_figure_and_every_number_in_it_is_cited(of):
    for sentence in draft(of, FIRST):
        assert sentence.cited
        facts = [{"shown": MEASURES[what].shown(value)} for what, _, value in sentence.cited]
        assert uncited(sentence.text, facts) == []
        assert unused(sentence.text, facts) == []
        assert [measured(of, what, key) for what, key, _ in sentence.cited] == [
            value for *_, value in sentence.cited
        ]


@settings(max_examples=60, deadline=None)
@given(units())
def test_drafting_is_the_same_every_time(of):
    assert draft(of, FIRST) == draft(of, list(FIRST))


def test_the_product_brings_rules_that_pass_its_own_checks():
    for spec in RULES.values():
        check_wording(spec, spec.wording)
        assert check_params(spec, spec.params) == spec.params
        assert set(spec.labels) == set(spec.params)


@pytest.mark.parametrize(
    ("wording", "code"),
    [
        ("{step}落后。", "wording_without_figure"),
        ("{value} 个村，共 {nothing}。", "wording_unknown_name"),
        ("{value 个村。", "wording_unreadable"),
        ("{value!r}", "wording_unreadable"),
        ("{value:>9}", "wording_unreadable"),
        ("{value} 个村，还差 3 个。", "wording_with_plain_number"),
        ("{0}", "wording_unknown_name"),
        ("{value.real}", "wording_unknown_name"),
    ],
)
def test_a_wording_that_cannot_be_cited_is_refused(wording, code):
    with pytest.raises(Refusal) as refused:
        check_wording(RULES["behind"], wording)
    assert refused.value.code == code


@pytest.mark.parametrize("value", [-1, 10_000, None, "5", True, 1.5])
def test_a_limit_out_of_range_is_refused(value):
    with pytest.raises(Refusal) as refused:
        check_params(RULES["missing"], {"least": value})
    assert refused.value.code == "limit_out_of_range"


@pytest.mark.parametrize("value", [0, 9999])
def test_a_limit_at_the_edge_is_taken(value):
    assert check_params(RULES["missing"], {"least": value, "other": 1}) == {"least": value}


def test_placeholders_come_in_order():
    assert placeholders("{step}{value}，{share}%") == ["step", "value", "share"]


def test_a_figure_that_fell_and_rose_again_has_not_stood_still():
    known = {ago(n): {**BASE, STEP: 9} for n in range(1, 6)}
    known[ago(2)] = {**BASE, STEP: 8}
    assert measured(unit({STEP: 9}, days=known), "unchanged", STEP) == 1


def test_an_unknown_day_ends_the_count():
    assert measured(unit({STEP: 9}, days={ago(2): {**BASE, STEP: 9}}), "unchanged", STEP) == 0
    assert [ago(0), ago(1)] == [DAY, DAY - datetime.timedelta(days=1)]


def test_a_wording_is_read_and_typed_in_the_words_of_the_office():
    """Every name has one Chinese word and back; what is no name stays for the check to name."""
    for spec in RULES.values():
        assert read(shown(spec.wording)) == spec.wording
    assert shown("{step}完成 {value} 个村，占 {share}%") == "{环节名}完成 {完成} 个村，占 {完成率}%"
    assert (
        read("近七日共缺 {近7日缺报} 份，{近 7 日迟报} 份") == "近七日共缺 {missing_week} 份，{late_week} 份"
    )
    assert (shown("{none}"), read("{没有这个}"), read("{")) == ("{none}", "{没有这个}", "{")
    assert len(KEYS) == len(NAMES)
