"""按管理 and 按统计区划: the same villages under two trees; each counts once in each."""

import datetime
import random

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Area, Job
from accounts.scope import scoped, system_scoped
from reports import metrics
from reports.actions.rollup import fold
from reports.exports import workbook_sheets, workbook_tables
from reports.models import RollupRow
from reports.queries.rollup import totals_table
from reports.queries.season import Season
from reports.queries.statistical import STATISTICAL
from reports.rules.rollup_layouts import layouts
from reports.rules.tree_totals import added_up, set_ranks
from tests.cast import VILLAGES, village_codes
from tests.helpers import as_owner
from tests.reports.filed import file_day

TOWNS = [town for town in VILLAGES if town.startswith("9901")]
MOVED = "990101102"  # 上坡镇: managed by 东塘区, counted in 西岭县
TODAY = timezone.localdate()
YESTERDAY = TODAY - datetime.timedelta(days=1)
ALL = [code for town in TOWNS for code, _, _ in village_codes(town)]


def file_all(cast, dice: random.Random) -> None:
    for day in (YESTERDAY, TODAY):
        for town in TOWNS:
            if day == TODAY and dice.random() < 0.3:
                continue
            figures = {
                code: {
                    "due": 1,
                    "visits": dice.choice([None, 0, 3, 12]),
                    "objections": dice.choice([None, 0, 2]),
                    "party_elected_on": dice.choice([None, day]),
                    "marks": dice.choice([{}, {"visits": "na"}, {"party_elected_on": "na"}]),
                }
                for code, _, _ in village_codes(town)
            }
            file_day(cast, town, day, figures)
    with system_scoped("rollup") as scope:
        fold(cast.rounds["9901"], by=scope, until=TODAY)


def move(cast, town: str, county: str | None) -> None:
    with as_owner():
        parent = cast.areas[county] if county else None
        Area.objects.using("owner").filter(code=town).update(statistical_parent=parent)


@pytest.fixture
def two_trees(worker_role, cast):
    move(cast, MOVED, "990102")
    file_all(cast, random.Random(3))


def shown(line) -> list:
    """A line without ranks and moves: those compare it with other siblings in each tree."""
    return [(c.value, c.mark, c.incomplete, c.gap) for c in line.cells if c.column.show != "rank"]


def table_of(cast, unit: str, tree: str, table: str = "all", mode: str = "day"):
    with scoped(cast.people["city"]) as scope:
        season = Season((cast.rounds["9901"],))
        return totals_table(scope, season, cast.areas[unit], TODAY, layouts()[table], mode, tree)


@pytest.mark.parametrize("seed", [0, 1, 2, *(pytest.param(n, marks=pytest.mark.long) for n in range(3, 20))])
def test_both_trees_have_the_same_total_and_no_village_is_lost_or_counted_twice(
    worker_role, cast, client_of, seed
):
    dice = random.Random(seed)
    for town in TOWNS:
        move(cast, town, dice.choice([None, "990101", "990102"]))
    file_all(cast, dice)
    for table in layouts():
        for mode in ("day", "total", "week"):
            managing, statistical = (
                table_of(cast, "9901", tree, table, mode) for tree in ("managing", STATISTICAL)
            )
            assert shown(statistical.total) == shown(managing.total), (table, mode)
            assert (statistical.townships, statistical.filed) == (managing.townships, managing.filed)
    client = client_of("city")
    for tree in ("managing", STATISTICAL):
        found = []
        for line in table_of(cast, "9901", tree).lines:
            page = client.get(
                f"/api/v1/rollups/villages/?key=due&of={line.code}&date={TODAY}&tree={tree}"
            ).json()
            found += [row["code"] for row in page["results"]]
            due = next(cell.value for cell in line.cells if cell.column.key == "due")
            assert (page["count"], sum(row["value"] for row in page["results"])) == (due, due)
        assert sorted(found) == sorted(ALL), tree


def test_adding_up_townships_gives_the_stored_rows_of_the_managing_tree(worker_role, cast):
    """The sums and places made at read are those of the fold, column by column."""
    file_all(cast, random.Random(5))
    stored = {
        row.area.code: row
        for row in RollupRow.objects.using("owner").filter(date=TODAY).select_related("area")
    }
    counties = []
    for code in ("990101", "990102"):
        below = [row for town, row in stored.items() if town.startswith(code) and town != code]
        counties.append(added_up(cast.areas[code], TODAY, below))
    set_ranks(counties)
    keys = ("townships", "filed", "late", "zero", "voters_polled", "gaps", "extras", "ranks")
    for row in counties:
        expected = stored[row.area.code]
        for key in (*keys, *(metric.key for metric in metrics.table())):
            assert getattr(row, key) == getattr(expected, key), (row.area.code, key)


def test_a_township_stands_under_its_statistical_county_and_every_number_opens(two_trees, client_of):
    client = client_of("city")
    city = client.get(f"/reports/rollup/?date={TODAY}&tree=statistical")
    assert [(label, current) for label, _, current in city.context["trees"]] == [
        ("按管理", False),
        ("按统计区划", True),
    ]
    due = {row.line.code: row.cells[0] for row in city.context["rows"]}
    assert {code: cell.value for code, (cell, _, _) in due.items()} == {"990101": 3, "990102": 6}
    opened = client.get(due["990102"][1].partition("#")[0]).context["drill"]
    assert {row.township_code for row in opened["rows"]} == {MOVED, "990102101"}
    assert opened["count"] == 6
    county = client.get(city.context["rows"][1].url)
    assert [line.code for line in county.context["table"].lines] == [MOVED, "990102101"]
    assert county.context["table"].title == "西岭县村(社区)“两委”换届选举进度汇总表（按统计区划）"
    town = client.get(county.context["rows"][0].url)
    assert [line.name for line in town.context["table"].lines] == [
        name for _, name, _ in village_codes(MOVED)
    ]
    assert [name for name, _ in town.context["steps"]] == ["临江市", "西岭县", "上坡镇", "汇总"]
    again = client.get(f"/reports/rollup/?date={TODAY}&unit=990102&open=due&of={MOVED}&tree=statistical")
    assert again.context["drill"]["count"] == 3
    outside = f"/reports/rollup/?date={TODAY}&unit=990101&open=due&of={MOVED}&tree=statistical"
    assert client.get(outside).status_code == 404


def test_places_compare_the_units_of_the_tree_shown(worker_role, cast):
    move(cast, MOVED, "990102")
    for town, done in ((TOWNS[0], 1), (MOVED, 3), ("990102101", 2)):
        rows = {
            code: {"due": 1, "party_elected_on": TODAY if n < done else None}
            for n, (code, _, _) in enumerate(village_codes(town))
        }
        file_day(cast, town, TODAY, rows)
    with system_scoped("rollup") as scope:
        fold(cast.rounds["9901"], by=scope, until=TODAY)

    def places(unit: str, tree: str) -> dict:
        lines = table_of(cast, unit, tree, "progress").lines
        rank = {line.code: [c.value for c in line.cells if c.column.show == "rank"] for line in lines}
        return {code: values[0] for code, values in rank.items()}

    assert places("9901", "managing") == {"990101": 1, "990102": 1}
    assert places("9901", STATISTICAL) == {"990101": 2, "990102": 1}
    assert places("990102", STATISTICAL) == {MOVED: 1, "990102101": 2}


def test_the_missing_townships_of_a_statistical_county(worker_role, cast, client_of):
    move(cast, MOVED, "990102")
    file_day(cast, TOWNS[0], TODAY, {code: {"due": 1} for code, _, _ in village_codes(TOWNS[0])})
    with system_scoped("rollup") as scope:
        fold(cast.rounds["9901"], by=scope, until=TODAY)
    query = f"date={TODAY}&of=990102&tree=statistical"
    found = client_of("city").get(f"/api/v1/rollups/townships/?{query}").json()
    assert [row["code"] for row in found["results"]] == [MOVED, "990102101"]


def test_only_who_sees_the_whole_city_has_the_second_tree(two_trees, client_of):
    for key in ("county", "town"):
        client = client_of(key)
        assert client.get("/reports/rollup/?tree=statistical").status_code == 404
        assert client.get("/reports/rollup/").context["trees"] == []
    assert client_of("city").get("/reports/rollup/?tree=other").status_code == 404


def test_no_switch_where_the_trees_are_the_same(worker_role, cast, client_of):
    file_all(cast, random.Random(1))
    assert client_of("city").get("/reports/rollup/").context["trees"] == []


def test_a_unit_without_a_place_in_the_tree_says_where_its_townships_are(worker_role, cast, client_of):
    for town in ("990101001", MOVED):
        move(cast, town, "990102")
    file_all(cast, random.Random(1))
    answer = client_of("city").get("/reports/rollup/?unit=990101&tree=statistical")
    assert (answer.status_code, answer.context["table"].total) == (200, None)
    assert "统计区划里没有这个单位" in answer.content.decode()
    assert 'href="/reports/rollup/?unit=9901&amp;' in answer.content.decode()


def test_the_workbook_has_a_sheet_for_each_unit_of_the_tree(two_trees, cast):
    with scoped(cast.people["city"]) as scope:
        sheets = list(
            workbook_sheets(
                workbook_tables(
                    scope,
                    cast.rounds["9901"],
                    cast.areas["9901"],
                    TODAY,
                    layouts()["progress"],
                    "day",
                    STATISTICAL,
                ),
                scope=scope,
            )
        )
        lines = {sheet.name: [row[0] for row in sheet.rows] for sheet in sheets}
    assert lines == {
        "总表": ["东塘区", "西岭县"],
        "东塘区": ["岭下街道"],
        "西岭县": ["上坡镇", "石塔镇"],
    }
    assert {sheet.title for sheet in sheets} == {
        f"{name}村(社区)“两委”换届选举进度汇总表（按统计区划）" for name in ("临江市", "东塘区", "西岭县")
    }


def test_exports_ask_for_the_tree_of_the_screen(two_trees, cast, client_of):
    client, query = client_of("city"), f"date={TODAY}&tree=statistical"
    answers = [
        client.post(f"/reports/rollup/export/?{query}", {"format": "csv"}),
        client.post(f"/reports/rollup/villages/?{query}", {"open": "due", "of": "990102"}),
    ]
    jobs = [int(answer.url.strip("/").rpartition("/")[2]) for answer in answers]
    with scoped(cast.people["city"]):
        asked = Job.objects.filter(pk__in=jobs).order_by("pk").values_list("kind", "params__tree")
        assert list(asked) == [("rollup.export", "statistical"), ("rollup.villages", "statistical")]


def test_the_second_tree_takes_one_more_query_at_a_county_and_none_at_a_city(two_trees, client_of):
    """The managing tree takes two more, for what is returned, re-opened and forwarded."""
    client = client_of("city")
    client.get("/reports/rollup/")
    taken = []
    for unit, tree in (("9901", "managing"), ("9901", STATISTICAL), ("990102", STATISTICAL)):
        with CaptureQueriesContext(connections["default"]) as queries:
            client.get(f"/reports/rollup/?unit={unit}&date={TODAY}&tree={tree}")
        taken.append(len(queries))
    assert taken == [22, 20, 18]
