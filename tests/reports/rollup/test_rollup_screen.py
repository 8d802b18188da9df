"""汇总 and 完成度 as a city, a county and a township see them."""

import datetime

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.scope import system_scoped
from reports.actions.rollup import fold
from reports.models import LocalMetric
from tests.cast import village_codes
from tests.helpers import as_owner
from tests.reports.filed import file_day

TOWN = "990101001"
TODAY = timezone.localdate()
YESTERDAY = TODAY - datetime.timedelta(days=1)


@pytest.fixture
def folded(worker_role, cast):
    """岭下街道 has filed yesterday and today; nobody else has."""
    for day in (YESTERDAY, TODAY):
        figures = {
            code: {"due": 1, "orgs": 1, "visits": 5, "audit_published_on": YESTERDAY, "party_elected_on": day}
            for code, _, _ in village_codes(TOWN)
        }
        file_day(cast, TOWN, day, figures)
    with system_scoped("rollup") as scope:
        fold(cast.rounds["9901"], by=scope, until=TODAY)


def cells(response) -> dict[str, list]:
    rows = [*response.context["rows"], response.context["total"]]
    return {row.line.name: [(cell.value, cell.incomplete) for cell, _, _ in row.cells] for row in rows}


def test_city_sees_its_counties_and_its_own_total(folded, client_of):
    answer = client_of("city").get(f"/reports/rollup/?date={TODAY}")
    assert answer.status_code == 200
    table = answer.context["table"]
    assert [line.code for line in table.lines] == ["990101", "990102"]
    assert (table.townships, table.filed) == (3, 1)
    due, _, published, *_ = cells(answer)["东塘区"]
    assert (due, published) == ((6, 0), (3, 0))


def test_the_increase_of_an_incomplete_unit_is_a_lower_bound(folded, client_of):
    answer = client_of("county").get(f"/reports/rollup/?date={TODAY}&table=work")
    body = answer.content.decode()
    assert "≥15" in body
    assert cells(answer)["岭下街道"][1] == (15, 0)


def test_an_item_of_the_city_s_own_stands_in_the_table_of_all_figures(worker_role, cast, client_of):
    with as_owner():
        LocalMetric.objects.using("owner").create(
            round=cast.rounds["9901"],
            area=cast.areas["9901"],
            key="x_banners",
            name="横幅",
            unit="条",
            nature="stock",
            valid_from=YESTERDAY,
        )
    figures = {code: {"due": 1, "extras": {"x_banners": 2}} for code, _, _ in village_codes(TOWN)}
    file_day(cast, TOWN, TODAY, figures)
    with system_scoped("rollup") as scope:
        fold(cast.rounds["9901"], by=scope, until=TODAY)
    for unit, expected in (("9901", [6, None, 6]), ("990101001", [2, 2, 2, 6])):
        answer = client_of("city").get(f"/reports/rollup/?date={TODAY}&table=all&unit={unit}")
        rows = [*answer.context["rows"], answer.context["total"]]
        shown = [c.value for row in rows for c, _, _ in row.cells if c.column.key == "x_banners"]
        assert shown == expected, unit


def test_a_figure_opens_down_to_its_villages(folded, client_of):
    answer = client_of("city").get(f"/reports/rollup/?date={TODAY}&open=audit_published_on&of=990101")
    drill = answer.context["drill"]
    assert (drill["count"], {row.code for row in drill["rows"]}) == (
        3,
        {code for code, _, _ in village_codes(TOWN)},
    )


def test_a_missing_count_opens_the_townships(folded, client_of):
    answer = client_of("city").get(f"/reports/rollup/?date={TODAY}&open=townships&of=9901")
    assert [row.area.code for row in answer.context["drill"]["rows"]] == ["990101102", "990102101"]


def test_a_township_sees_its_villages_and_its_rank_but_no_sibling(folded, client_of):
    answer = client_of("town").get(f"/reports/rollup/?date={TODAY}")
    assert {line.code for line in answer.context["table"].lines} == {
        code for code, _, _ in village_codes(TOWN)
    }
    rank = next(c for c, _, _ in answer.context["total"].cells if c.column.show == "rank")
    assert rank.value == 1
    assert "上坡镇" not in answer.content.decode()


@pytest.mark.parametrize(
    "query",
    ["unit=990201", "unit=990102101", "unit=nowhere", "date=2001-01-01", "table=none", "open=due&of=990201"],
)
def test_what_is_not_in_the_scope_or_the_round_is_404(folded, client_of, query):
    assert client_of("county").get(f"/reports/rollup/?{query}").status_code == 404


def test_rollup_takes_nineteen_queries_and_three_more_where_the_city_counts_its_cards(folded, client_of):
    """Three open the transaction, set the scope and hold the view's savepoint; four count 待办, kept 30 s elsewhere.
    One asks whether the city has a second tree, two what is returned, re-opened and forwarded. The cards of a city
    about its counties' forwardings take three, counted with 待办. Two ask what comments wait and which cells
    carry one. One reads the filters that were kept, one what waits for a city's approval."""
    client = client_of("city")
    client.get("/reports/rollup/")
    taken = []
    for unit in ("9901", "990101"):
        with CaptureQueriesContext(connections["default"]) as queries:
            client.get(f"/reports/rollup/?unit={unit}&date={TODAY}")
        taken.append(len(queries))
    assert taken == [22, 19]


def test_completeness_tells_filed_missing_and_waiting_apart(folded, client_of):
    answer = client_of("city").get("/reports/completeness/?span=7&open=990101")
    found = answer.context["found"]
    lines = {line.area.code: [cell.shown for cell in line.cells] for line in found.lines}
    assert lines[TOWN][-2:] == ["late", "filed"] or lines[TOWN][-2:] == ["late", "late"]
    assert lines["990101102"][-2] == "missing"
    assert lines["990101102"][-1] in ("waiting", "missing")
    assert (found.total.townships, [line.area.code for line in found.lines]) == (
        3,
        ["990101", TOWN, "990101102", "990102", "990102101"],
    )


def test_completeness_of_another_city_is_404(folded, client_of):
    assert client_of("city").get("/reports/completeness/?unit=9902").status_code == 404


def test_today_of_a_city_shows_figures_cards_and_panels(folded, client_of):
    answer = client_of("city").get("/")
    figures = {one.label: (one.value, one.total) for one in answer.context["figures"]}
    assert figures["日报到齐"] == (1, 3)
    assert figures["党组织换届完成"] == (3, 9)
    assert len(answer.context["panels"]) == 2
    titles = [card.title for group in answer.context["groups"] for card in group.cards]
    forwarding = [title for title in titles if "县级上报未到齐" in title]
    assert (sorted({*titles} - {*forwarding}), len(forwarding)) == (["今日日报未到齐", "昨日日报缺报"], 2)


def test_today_of_a_city_asks_twice_more_what_waits_for_its_approval(folded, client_of):
    """Once for the list and once for the number at 待办."""
    taken = {}
    for key in ("city", "county"):
        client = client_of(key)
        client.get("/")
        with CaptureQueriesContext(connections["default"]) as queries:
            client.get("/")
        taken[key] = len(queries)
    assert taken == {"city": 21, "county": 19}


def test_a_township_sees_its_own_states(folded, client_of):
    answer = client_of("town").get("/reports/completeness/?span=7")
    assert [row["line"].area.code for row in answer.context["rows"]] == [TOWN]
    assert answer.context["has_counties"] is False


def test_today_has_one_card_for_each_day_that_is_not_in(folded, client_of):
    """岭下街道 has filed yesterday and today, 上坡镇 and 石塔镇 neither: a click chases them all."""
    found = {}
    for key in ("city", "county"):
        groups = client_of(key).get("/").context["groups"]
        found[key] = {
            card.title: (card.object_label, card.detail.split("；")[1], dict(card.act_data).get("of"))
            for group in groups
            for card in group.cards
            if card.kind == "日报"
        }
    both = ("今日日报未到齐", "昨日日报缺报")
    assert {title: found["city"][title] for title in both} == dict.fromkeys(
        both, ("东塘区、西岭县 2 个乡镇", "已到 1／3", None)
    )
    assert {title: found["county"][title] for title in both} == dict.fromkeys(
        both, ("上坡镇", "已到 1／2", None)
    )


def test_a_city_reads_the_missing_by_county(folded, client_of):
    page = client_of("city").get(f"/reports/completeness/?to={TODAY}")
    listed = [
        (parent.name, [town.code for town in towns], n) for parent, towns, n in page.context["missing_by"]
    ]
    assert listed == [("东塘区", ["990101102"], 0), ("西岭县", ["990102101"], 0)]
    assert client_of("county").get("/reports/completeness/").context["missing_by"] == []


@pytest.mark.parametrize(
    ("who", "page", "most"),
    [
        ("town", "/", 12),
        ("town", f"/reports/daily/{TODAY}/", 12),
        ("county", "/reports/completeness/", 12),
        ("city", "/", 12),
        ("city", "/reports/rollup/", 12),
        ("city", "/orgs/", 8),
    ],
)
def test_a_page_of_the_daily_work_takes_at_most_twelve_queries(folded, client_of, settings, who, page, most):
    """Session, account and assignment included, the frame too; the first visit counts what waits, the second not."""
    settings.WAITING_SECONDS = 600
    client = client_of(who)
    client.get(page)
    with (
        CaptureQueriesContext(connections["default"]) as business,
        CaptureQueriesContext(connections["login"]) as login,
    ):
        assert client.get(page).status_code == 200
    said = [query["sql"] for query in [*login.captured_queries, *business.captured_queries]]
    asked = [sql for sql in said if sql.startswith("SELECT") and "set_config" not in sql]
    assert len(asked) <= most, "\n".join(asked)
