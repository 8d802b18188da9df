"""Cell words: what is typed or pasted, and back."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.metrics import MetricNature
from reports.rules.words import Cell, read_cell, write_cell

DAY, START = datetime.date(2026, 1, 15), datetime.date(2025, 10, 1)

COUNTS = [
    ("0", Cell(value=0)),
    ("１２", Cell(value=12)),
    ("1,402", Cell(value=1402)),
    ("1，402", Cell(value=1402)),
    ("3.0", Cell(value=3)),
    ("−1", Cell(value=-1)),
    ("－1", Cell(value=-1)),
    (" 7 ", Cell(value=7)),
    ("", Cell()),
    ("未报", Cell()),
    ("／", Cell(mark="na")),
    ("/", Cell(mark="na")),
    ("不适用", Cell(mark="na")),
    ("不详", Cell(mark="unknown")),
    ("3.5", Cell(error="DR-001", text="3.5")),
    ("三", Cell(error="DR-001", text="三")),
    ("1,40", Cell(error="DR-001", text="1,40")),
    ("1 2", Cell(error="DR-001", text="1 2")),
]
DAYS = [
    ("2026-01-05", Cell(value="2026-01-05")),
    ("2026/1/5", Cell(value="2026-01-05")),
    ("2026年1月5日", Cell(value="2026-01-05")),
    ("2026-01-05 00:00:00", Cell(value="2026-01-05")),
    ("01-05", Cell(value="2026-01-05")),
    ("1月5日", Cell(value="2026-01-05")),
    ("12-07", Cell(value="2025-12-07")),
    ("01-16", Cell(value="2026-01-16")),
    ("9-30", Cell(value="2026-09-30")),
    ("02-30", Cell(error="DR-003", text="02-30")),
    ("昨天", Cell(error="DR-003", text="昨天")),
    ("", Cell()),
    ("未到", Cell()),
    ("／", Cell(mark="na")),
]


@pytest.mark.parametrize(("text", "cell"), COUNTS)
def test_counts(text, cell):
    assert read_cell(text, MetricNature.FLOW, DAY, START) == cell


@pytest.mark.parametrize(("text", "cell"), DAYS)
def test_days(text, cell):
    assert read_cell(text, MetricNature.DATE, DAY, START) == cell


@given(st.integers(min_value=-999_999, max_value=9_999_999))
def test_a_count_written_and_read_is_the_same(value):
    assert read_cell(write_cell(value, ""), MetricNature.STOCK, DAY, START) == Cell(value=value)


@given(st.dates(min_value=START, max_value=DAY))
def test_a_day_of_the_round_written_and_read_is_the_same(value):
    text = write_cell(value.isoformat(), "")
    assert read_cell(text, MetricNature.DATE, DAY, START) == Cell(value=value.isoformat())


@given(st.text(max_size=12))
def test_any_text_is_read_as_exactly_one_thing(text):
    cell = read_cell(text, MetricNature.FLOW, DAY, START)
    assert sum((cell.value is not None, bool(cell.mark), bool(cell.error))) <= 1
