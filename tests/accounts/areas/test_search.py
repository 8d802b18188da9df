"""Search by one, two and three characters, pinyin, initials and code; through the index."""

import pytest
from django.db import connections

from accounts import divisions
from accounts.models import Area
from accounts.search import normalise, wanted_pieces
from tests.accounts.areas.test_load_divisions import LIST

areas = Area.objects.using("owner")


@pytest.fixture
def loaded(committed):
    divisions.load(divisions.read_divisions(LIST))


def found(term: str) -> list[str]:
    return list(
        areas.filter(code__startswith="88").search(term).order_by("code").values_list("name", flat=True)
    )


@pytest.mark.parametrize(
    ("term", "names"),
    [
        ("沙", ["沙村"]),
        ("和平", ["和平社区居民委员会", "和平村村民委员会", "和平社区村村委会"]),
        ("和平村", ["和平村村民委员会"]),
        (" 和 平 村 ", ["和平村村民委员会"]),
        ("平和", []),
        ("乐清", ["乐清区"]),
        ("yueq", ["乐清区"]),
        ("yqq", ["乐清区"]),
        ("hpsq", ["和平社区居民委员会", "和平社区村村委会"]),
        ("SQC", ["和平社区村村委会"]),
        ("880101100001", ["东风居委会"]),
        ("%", []),
        ("_", []),
    ],
)
def test_terms(loaded, term, names):
    assert found(term) == names


def test_an_empty_term_finds_everything(loaded):
    assert areas.search("  ").count() == areas.count()


def test_pieces():
    assert wanted_pieces("和") == ["和"]
    assert wanted_pieces("和平村") == ["和平", "平村"]
    assert normalise(" ＡＢ c") == "abc"


@pytest.mark.parametrize("term", ["和", "和平", "和平村", "hpc"])
def test_the_index_serves(loaded, term):
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        plan = areas.search(term).order_by().explain()
        cursor.execute("RESET enable_seqscan")
    assert ("area_search" in plan, "Seq Scan" in plan) == (True, False)
