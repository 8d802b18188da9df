"""Counts: totals are the sums of the rows, equal an independent query, and open exactly what they count."""

import re

import pytest
from django.db.models import Count, Sum
from openpyxl import load_workbook

from accounts.scope import scoped
from accounts.spreadsheets.writers import write_workbook
from elections import actions
from elections.exports import counts_sheet
from elections.models import Org
from elections.queries.counts import COLUMNS, count_table


@pytest.fixture
def mixed(village, opened, cast):
    """The first township: one converted community with a general branch, one village that is not due."""
    values = {
        "990101001201": {"kind": "converted", "party_org_type": "general_branch", "party_members": 60},
        "990101001202": {"is_due": False, "not_due_reason": "撤并中", "registered_voters": 700},
        "990101001001": {"party_org_type": "branch", "party_members": 40, "is_pilot": True},
    }
    for code, change in values.items():
        org = village(code)
        with scoped(cast.town) as town:
            actions.change_org(org, change, version=org.version, by=town)
    return opened.round


def test_totals_are_the_sums_of_the_rows_and_of_the_records(mixed, cast):
    with scoped(cast.city) as city:
        table = count_table(city, mixed, city.unit)
        rows = Org.objects.filter(round=mixed)
        kinds = dict(rows.order_by().values_list("kind").annotate(n=Count("pk")))
        members = rows.aggregate(n=Sum("party_members"))["n"]
    assert [(row.name, row.figures["orgs"]) for row in table.rows] == [("东塘区", 6), ("西岭县", 3)]
    for column in COLUMNS:
        assert table.total.figures[column.key] == sum(row.figures[column.key] for row in table.rows)
    found = table.total.figures
    assert {key: found[key] for key in kinds} == kinds == {"village": 6, "community": 2, "converted": 1}
    assert (found["party_members"], members, table.total.missing["party_members"]) == (100, 100, 7)
    assert (found["due"], found["not_due"], found["pilot"]) == (8, 1, 1)
    assert (found["branch"], found["general_branch"], found["committee"], found["party_unknown"]) == (
        1,
        1,
        0,
        7,
    )


def test_a_township_is_counted_by_village(mixed, cast):
    with scoped(cast.city) as city:
        table = count_table(city, mixed, cast.areas["990101001"])
    assert [row.code for row in table.rows] == ["990101001001", "990101001201", "990101001202"]
    assert [row.figures["converted"] for row in table.rows] == [0, 1, 0]


def test_counting_is_two_queries(mixed, cast, django_assert_num_queries):
    with scoped(cast.city) as city, django_assert_num_queries(2):
        count_table(city, mixed, city.unit)


@pytest.mark.parametrize("key", ["city", "county", "town"])
def test_every_figure_opens_as_many_rows(mixed, client_of, key):
    client = client_of(key)
    page = client.get("/orgs/counts/").content.decode()
    doors = re.findall(r'<a class="dnh" href="(/orgs/\?[^"]+)">([\d,]+)</a>', page)
    assert len(doors) > 5
    for url, figure in doors:
        if "人" in url:
            continue
        listed = client.get(url.replace("&amp;", "&")).content.decode()
        shown = int(re.search(r"显示 ([\d,]+)", listed)[1].replace(",", ""))
        people = figure not in {str(n) for n in range(10)}
        assert people or shown == int(figure), url


def test_the_workbook_holds_the_same_figures(mixed, cast, tmp_path):
    with scoped(cast.city) as city:
        table = count_table(city, mixed, city.unit)
        write_workbook(tmp_path / "村数.xlsx", [counts_sheet(table, scope=city)])
    sheet = load_workbook(tmp_path / "村数.xlsx").active
    lines = {row[0]: row[1:5] for row in sheet.iter_rows(values_only=True) if row[0]}
    assert lines["合计"] == (9, 6, 2, 1)
    assert lines["东塘区"] == (6, 4, 1, 1)
    assert lines["西岭县"] == (3, 2, 1, 0)


def test_a_reader_of_named_villages_finds_no_door_that_is_closed(mixed, client_of):
    """Between its list and the villages no unit of the tree is its own."""
    client = client_of("leader")
    page = client.get("/orgs/counts/")
    assert [row.url for row in page.context["rows"]] == [""]
    hrefs = set(re.findall(r'href="(/orgs/[^"]*)"', page.content.decode()))
    assert {client.get(href.replace("&amp;", "&")).status_code for href in hrefs} == {200}
