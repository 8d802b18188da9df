"""当时公布 beside 现在所知: both figures, their difference, and every report that came in between by name."""

import datetime
import random

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from accounts.jobs import runner
from accounts.scope import scoped, system_scoped
from reports.models import Publication
from reports.queries.clock import database_now
from reports.queries.comparison import Asked, Then, comparison
from reports.queries.season import Season
from reports.rules.rollup_layouts import is_flow, layouts
from reports.rules.side_by_side import unit_pairs
from tests.accounts.spreadsheets.conftest import as_worker
from tests.cast import village_codes
from tests.reports.daily.test_t24_row_mac import as_superuser
from tests.reports.filed import file_day
from tests.reports.rollup.test_t19_rollup_equals_base import TOWNS, random_day

TOWN, OTHER = "990101001", "990101102"
TODAY = timezone.localdate()
YESTERDAY = TODAY - datetime.timedelta(days=1)
URL = f"/reports/rollup/comparison/?table=work&date={YESTERDAY}"


def filed(cast, town: str, visits: int, number: int = 1, day: datetime.date = YESTERDAY):
    figures = {code: {"due": 1, "visits": visits, "audited_on": day} for code, _, _ in village_codes(town)}
    first = village_codes(town)[0][0]
    changes = ({"village": first, "key": "visits", "from": 4, "to": visits},) if number > 1 else ()
    return file_day(cast, town, day, figures, number=number, changes=changes)


def text_of(moment: datetime.datetime) -> str:
    return timezone.localtime(moment).replace(tzinfo=None).isoformat()


@pytest.fixture
def published(worker_role, cast, client_of) -> Publication:
    """A bulletin of yesterday; then a late report of another township and a correction."""
    filed(cast, TOWN, 4)
    answer = client_of("city").post(f"/reports/publications/publish/?table=work&date={YESTERDAY}")
    filed(cast, OTHER, 1)
    filed(cast, TOWN, 7, number=2)
    return Publication.objects.using("owner").get(pk=int(answer.url.split("/")[-2]))


def visits_of(unit) -> tuple:
    pair = next(one for one in unit.pairs if one.heading == "走访户次 户次")
    return (pair.then[0], pair.now[0], pair.difference)


def test_a_bulletin_stands_beside_what_is_known_now(published, client_of):
    found = client_of("city").get(URL).context["found"]
    assert found.then.publication == published
    assert visits_of(found.own) == (12, 24, 12)
    assert [(unit.code, visits_of(unit)) for unit in found.below] == [("990101", (12, 24, 12))]
    assert found.left == []


def test_each_late_report_is_named(published, cast, client_of):
    page = client_of("city").get(URL)
    first, second = page.context["found"].late
    assert (first.kind, first.code, first.county, first.number, first.reason) == (
        "补报",
        OTHER,
        "东塘区",
        1,
        "",
    )
    assert (second.kind, second.code, second.number, second.reason) == ("更正", TOWN, 2, "数字填错")
    assert second.consented_by == cast.people["county"].holder_name
    assert second.office == cast.people["town"].office_name
    figures = {(one.key, one.before, one.after) for one in second.effects}
    assert figures == {("visits", 12, 21)}
    assert {(one.key, one.before, one.after) for one in first.effects} >= {
        ("visits", None, 3),
        ("missing", 1, 0),
    }
    village = village_codes(TOWN)[0][1]
    shown = page.content.decode()
    assert f"{village} 走访户次 4 → 7" in shown
    assert f'href="/reports/daily/{YESTERDAY}/?unit={TOWN}&amp;revision=2"' in shown


def test_without_a_bulletin_the_cut_off_of_the_day_is_compared(worker_role, cast, client_of):
    filed(cast, TOWN, 4, day=TODAY)
    page = client_of("city").get(f"/reports/rollup/comparison/?table=work&date={YESTERDAY}")
    found = page.context["found"]
    assert (found.then.publication, found.then.moment) == (None, page.context["choice"].cut_off_moment)
    assert "没有公布过，取当日截止时" in page.content.decode()
    assert found.late == []


def test_another_publication_or_the_cut_off_may_be_chosen(published, client_of):
    client = client_of("city")
    page = client.get(f"{URL}&then=cutoff").context
    assert page["then"].publication is None
    assert visits_of(page["found"].own)[0] is None
    assert [value for _, value, _ in page["thens"]] == ["cutoff", str(published.pk)]
    assert client.get(f"{URL}&then=999999").status_code == 404
    assert client.get(f"{URL}&then=x").status_code == 404


def test_a_day_before_its_cut_off_has_nothing_to_compare(worker_role, cast, client_of):
    moment = text_of(timezone.now() - datetime.timedelta(days=1))
    url = f"/reports/rollup/comparison/?date={TODAY}&as_of={moment}"
    assert "还没有可对照的公布" in client_of("city").get(url).content.decode()
    answer = client_of("city").get(f"/api/v1/rollups/comparison/?date={TODAY}&as_of={moment}")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_published")


def test_the_api_says_the_same(published, client_of):
    body = client_of("city").get(f"/api/v1/rollups/comparison/?table=work&date={YESTERDAY}").json()
    assert (body["publication"], body["unexplained"]) == (published.pk, [])
    visits = next(one for one in body["total"]["figures"] if one["heading"] == "走访户次 户次")
    assert visits == {"heading": "走访户次 户次", "then": 12, "now": 24, "difference": 12.0, "differs": True}
    assert [(one["unit"], one["revision"]) for one in body["corrections"]] == [(OTHER, 1), (TOWN, 2)]
    assert body["corrections"][1]["villages"][0]["after"] == 7


def test_a_county_sees_its_own_and_no_place_of_its_own(published, cast, client_of):
    found = client_of("county").get(f"/reports/rollup/comparison/?date={YESTERDAY}").context["found"]
    assert [(one.code, one.number) for one in found.late] == [(TOWN, 1), (OTHER, 1), (TOWN, 2)]
    assert all(pair.now[1] == "none" for pair in found.own.pairs if pair.now[5] == "rank")
    assert client_of("county").get(f"{URL}&unit=9901").status_code == 404
    assert client_of("wall").get(URL).status_code == 403


def test_the_workbook_names_them_on_its_second_sheet(published, client_of, settings, tmp_path):
    settings.RESULTS_DIR, settings.DATA_DIR = tmp_path / "results", tmp_path
    for url in (f"/reports/rollup/comparison/export/?table=work&date={YESTERDAY}",
                f"/reports/rollup/export/?table=work&date={YESTERDAY}"):  # fmt: skip
        answer = client_of("city").post(url, {"format": "xlsx"})
        pk = int(answer["Location"].rstrip("/").rsplit("/", 1)[1])
        with as_worker():
            assert runner.run(pk) == "done"
        [file] = settings.RESULTS_DIR.glob("*.xlsx")
        book = load_workbook(file)
        file.unlink()
        assert book.sheetnames[1] == "更正说明"
        lines = [row for row in book["更正说明"].iter_rows(values_only=True) if row[4] in ("补报", "更正")]
        assert ("更正", "数字填错", "走访户次", 12, 21) in [
            (row[4], row[8], row[11], row[12], row[13]) for row in lines
        ]


def test_the_page_takes_the_same_queries_whatever_came_late(published, cast, client_of):
    client, taken = client_of("city"), []
    client.get(URL)
    for number in (3, 4):
        with CaptureQueriesContext(connections["default"]) as queries:
            client.get(URL)
        taken.append(len(queries))
        filed(cast, TOWN, number, number=number)
    assert taken[0] == taken[1]


SEEDS = [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_late_reports_add_up_to_the_difference(worker_role, cast, seed):
    """Whatever is filed in whatever order: what the named reports changed is the whole difference, in each mode."""
    dice = random.Random(seed)
    first = cast.rounds["9901"].reporting_from
    days = [first + datetime.timedelta(days=n) for n in range(5)]
    filings = [(town, day) for town in TOWNS for day in days if dice.random() < 0.7]
    dice.shuffle(filings)
    numbers: dict = {}
    moments = []
    for n, (town, day) in enumerate([*filings, *dice.sample(filings, len(filings) // 2)]):
        if n % 4 == 0:
            with system_scoped("rollup"):
                moments.append(database_now())
        numbers[town, day] = numbers.get((town, day), 0) + 1
        file_day(cast, town, day, random_day(dice, town, day), number=numbers[town, day])
    with system_scoped("rollup"):
        moments.append(database_now())
    season = Season((cast.rounds["9901"],))
    with scoped(cast.people["city"]) as scope:
        for mode in ("day", "total", "week"):
            asked = Asked(season, cast.areas["9901"], days[-1], layouts()["all"], mode, "managing")
            for then in moments[:-1]:
                found = comparison(scope, asked, Then(then), moments[-1])
                assert found.left == []
                assert found.late or mode != "total"
                summed = sum(
                    (effect.after or 0) - (effect.before or 0)
                    for report in found.late
                    for effect in report.effects
                    if effect.key == "visits"
                    and ((mode == "total" and is_flow("visits")) or effect.day == days[-1])
                )
                pair = next(one for one in found.own.pairs if one.heading.endswith("走访户次"))
                assert summed == (pair.now[0] or 0) - (pair.then[0] or 0)


def test_a_figure_that_no_report_explains_is_said(published, cast, client_of):
    """Negative control: a stored figure of a report is changed by nobody's report."""
    as_superuser(
        "UPDATE reports_dailyfigure SET talks = 5 WHERE area_id = %s AND date = %s",
        cast.areas[village_codes(TOWN)[0][0]].pk,
        YESTERDAY,
    )
    page = client_of("city").get(URL)
    assert [left for _, left in page.context["found"].left] == [5]
    assert "1 项的差不能由这些上报说明" in page.content.decode()


def test_a_unit_on_one_side_only_is_said():
    cell = [1, "", 0, [0, 0, 0], 0, "int"]
    line = {"code": "1", "name": "甲", "missing": 0, "cells": [cell]}
    table = {"columns": ["数"], "rows": [line], "total": line}
    own, below = unit_pairs({**table, "rows": []}, table)
    assert own is not None
    assert not own.pairs[0].differs
    assert [(unit.code, unit.only) for unit in below] == [("1", "now")]
    moved = {**line, "cells": [[1, "", 0, [0, 0, 0], 3, "int"]]}
    assert unit_pairs(table, {**table, "rows": [moved]})[1] == []
