"""The list: search by one, two, three characters and initials, filters, keyset pages, capped counts."""

from itertools import chain

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.keyset import capped_count, path_cursor, path_page
from accounts.models import Area
from accounts.scope import scoped
from elections import actions
from elections.filters import OrgFilter, chips
from elections.queries.orgs import neighbours, org_list, orgs_of
from elections.templatetags.records import record_lines
from tests.elections.conftest import VILLAGE


def names(scope, opened, query: str) -> list[str]:
    found = OrgFilter(QueryDict(query), queryset=orgs_of(scope, opened.round))
    return [org.area__name for org in org_list(found.qs).page.rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=溪", ["溪东社区", "后溪村"]),
        ("q=和平", ["和平村", "和平社区", "和平村"]),
        ("q=和平村", ["和平村", "和平村"]),
        ("q=王山头", ["王山头村"]),
        ("q=平和", []),
        ("q=溪东社区 ", ["溪东社区"]),
        ("q=990101102", ["后溪村", "王山头村", "和平村"]),
        ("q=%25", []),
        ("kind=community", ["溪东社区", "和平社区"]),
        ("kind=community&q=和", ["和平社区"]),
        ("due=no", []),
        ("pilot=yes", []),
        ("party=branch", []),
    ],
)
def test_search_and_filters(opened, cast, query, found):
    with scoped(cast.city) as city:
        assert names(city, opened, query) == found


@pytest.mark.parametrize(("term", "found"), [("hxc", ["后溪村"]), ("HX", ["后溪村"]), ("houxi", ["后溪村"])])
def test_search_by_initials_and_pinyin(opened, cast, term, found):
    Area.objects.using("owner").filter(name="后溪村").update(initials="hxc", pinyin="houxicun")
    try:
        with scoped(cast.city) as city:
            assert names(city, opened, f"q={term}") == found
    finally:
        Area.objects.using("owner").filter(name="后溪村").update(initials="", pinyin="")


def test_filters_by_what_was_filled_in(village, opened, cast):
    org = village()
    with scoped(cast.town) as town:
        values = {"party_org_type": "branch", "population": 10, "is_pilot": True, "is_large": True}
        actions.change_org(org, values, version=1, by=town)
        assert names(town, opened, "pilot=yes&large=yes&party=branch") == ["坡阳村"]
        assert names(town, opened, "party=unknown") == ["溪东社区", "岭四村"]
        assert names(town, opened, "missing=population") == ["溪东社区", "岭四村"]
        assert names(town, opened, "missing=yes") == ["溪东社区", "坡阳村", "岭四村"]


def test_chips_say_what_is_in_force_and_how_to_lift_it(opened, cast):
    params = QueryDict("q=溪&kind=village&missing=yes&after=x")
    with scoped(cast.city) as city:
        shown = chips(
            OrgFilter(params, queryset=orgs_of(city, opened.round)), params, unit=cast.areas["990101"]
        )
    assert [(chip.label, chip.value) for chip in shown] == [
        ("单位", "东塘区"),
        ("找村", "溪"),
        ("类型", "村"),
        ("缺数", "有未报数字"),
    ]
    assert QueryDict(shown[2].remove_url[1:]).dict() == {"q": "溪", "missing": "yes"}


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(size=st.integers(1, 11), kind=st.sampled_from([None, "village", "community"]))
def test_pages_in_both_directions_are_the_whole_list(opened, cast, size, kind):
    with scoped(cast.city) as city:
        rows = orgs_of(city, opened.round)
        rows = rows.filter(kind=kind) if kind else rows
        whole = [org.pk for org in rows.order_by("unit_path")]
        page = path_page(rows, size=size)
        forth = [[org.pk for org in page.rows]]
        assert page.previous == ""
        while page.next:
            page = path_page(rows, after=page.next, size=size)
            forth.append([org.pk for org in page.rows])
        back = [[org.pk for org in page.rows]]
        while page.previous:
            page = path_page(rows, before=page.previous, size=size)
            back.insert(0, [org.pk for org in page.rows])
    assert list(chain(*forth)) == whole
    assert list(chain(*back)) == whole
    assert all(len(part) == size for part in forth[:-1])


@pytest.mark.parametrize("cursor", ["'; drop table", "../..", "x" * 200])
def test_a_made_up_cursor_is_the_first_page(opened, cast, cursor):
    with scoped(cast.city) as city:
        rows = orgs_of(city, opened.round)
        assert [o.pk for o in path_page(rows, after=cursor).rows] == [o.pk for o in path_page(rows).rows]


@pytest.mark.parametrize(("cap", "found"), [(8, (8, False)), (9, (9, True)), (10, (9, True))])
def test_counts_stop_at_the_cap(opened, cast, cap, found):
    with scoped(cast.city) as city:
        assert capped_count(orgs_of(city, opened.round), cap) == found


def test_a_page_that_is_all_there_is_takes_one_query(opened, cast, django_assert_num_queries):
    with scoped(cast.city) as city, django_assert_num_queries(1):
        found = org_list(orgs_of(city, opened.round, city.unit))
        assert [org.area__parent__parent__name for org in found.page.rows].count("东塘区") == 6
        assert (found.count, found.shown_total) == (9, 9)


def test_a_page_of_more_counts_the_rest_in_a_second_query(opened, cast, django_assert_num_queries):
    with scoped(cast.city) as city:
        rows = orgs_of(city, opened.round, city.unit)
        first = path_cursor(rows.order_by("unit_path").first().unit_path)
        with django_assert_num_queries(2):
            found = org_list(rows, after=first)
        assert (len(found.page.rows), found.count) == (8, 9)
        with django_assert_num_queries(2):
            assert org_list(rows, after="zz").count == 9
        with django_assert_num_queries(1):
            assert org_list(rows.filter(area__name="无")).count == 0


def test_neighbours_stay_in_the_scope(opened, cast):
    with scoped(cast.town) as town:
        org = orgs_of(town, opened.round).get(area__code=VILLAGE)
        before, after = neighbours(town, org)
    assert (before.area.name, after.area.name) == ("溪东社区", "岭四村")


def test_a_line_escapes_what_the_database_holds(opened, cast):
    """The lines are written as text: a name or reason that looks like markup stays text."""
    Area.objects.using("owner").filter(name="后溪村").update(name="<b>&后溪村")
    try:
        with scoped(cast.city) as city:
            rows = orgs_of(city, opened.round).filter(area__name="<b>&后溪村")
            page = org_list(rows).page.rows
            text = record_lines([page[0]._replace(is_due=False, not_due_reason='"<i>')], '?round="1"')
    finally:
        Area.objects.using("owner").filter(name="<b>&后溪村").update(name="后溪村")
    assert "<b>&lt;b&gt;&amp;后溪村</b>" in text
    assert '<span title="&quot;&lt;i&gt;">不换届</span>' in text
    assert "?round=&quot;1&quot;" in text
    assert text.count("<td") == 15
