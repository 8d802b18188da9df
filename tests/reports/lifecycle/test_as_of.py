"""The completeness grid of a past moment is the grid that was shown then, whatever has happened since."""

import datetime
import random

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.errors import Refusal
from accounts.moments import settle
from accounts.scope import scoped
from reports.models import SheetRecall
from reports.queries.clock import database_now
from reports.queries.completeness import completeness
from tests.reports.daily.test_t24_row_mac import as_superuser
from tests.reports.lifecycle.conftest import CountyStage, owned


def shown(stage: CountyStage, unit: str, moment: datetime.datetime | None = None):
    """(moment, grid) of a unit: as it stands, or as of a moment."""
    person = stage.cast.people["city" if unit == "9901" else "county"]
    with scoped(person) as by:
        now = moment or database_now()
        area, days = stage.cast.areas[unit], [stage.date]
        return now, completeness(by, stage.round, area, days, now, past=moment is not None)


def acts(stage: CountyStage, dice: random.Random):
    """What an office may try, lawful or not at that time."""
    town = stage.town
    return dice.choice(
        [
            town.file, town.file, town.ask, town.send_back, town.reopen, town.recall, stage.send_back, stage.reopen,
            lambda: town.answer(consent=True), lambda: town.answer(consent=False),
            lambda: stage.forward(reasons={town.code: "停电"}), lambda: stage.forward(reasons={town.code: "停电"}),
        ]
    )  # fmt: skip


SEEDS = [0, 1, 2, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(3, 30))]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_grid_that_was_shown_is_found_again(stage, seed):
    dice = random.Random(seed)
    taken = [shown(stage, "990101"), shown(stage, "9901")]
    stage.town.fill()
    stage.sibling.fill()
    taken.append(shown(stage, "990101"))
    stage.sibling.file()
    done = 0
    for _ in range(24):
        try:
            acts(stage, dice)()
        except ValidationError:
            continue
        done += 1
        taken += [shown(stage, "990101"), shown(stage, "9901")]
    assert done > 4
    for moment, grid in taken:
        unit = grid.total.area.code
        assert shown(stage, unit, moment)[1] == grid


def test_a_recall_is_kept_with_its_reason(stage):
    stage.file_both()
    stage.town.send_back()
    before, _ = shown(stage, "990101")
    stage.town.recall(reason="退错了")
    recall = owned(SheetRecall).get()
    assert (recall.reason, recall.number, recall.area) == ("退错了", 1, stage.town.township)
    assert shown(stage, "990101", before)[1].total.cells[0].shown == "returned"
    assert shown(stage, "990101")[1].total.cells[0].shown != "returned"


def test_without_the_recalls_the_past_would_be_told_wrongly(stage):
    """Negative control: the recall is what ends the return."""
    stage.file_both()
    stage.town.send_back()
    stage.town.recall()
    moment, grid = shown(stage, "990101")
    assert shown(stage, "990101", moment)[1] == grid
    as_superuser("DELETE FROM reports_sheetrecall")
    assert shown(stage, "990101", moment)[1] != grid


@pytest.fixture
def moments(stage) -> tuple[str, str]:
    """Before and after the reports of yesterday, as an address writes them."""
    before = database_moment(stage)
    stage.file_both()
    return before, database_moment(stage)


def database_moment(stage: CountyStage) -> str:
    with scoped(stage.cast.people["city"]):
        return timezone.localtime(database_now()).replace(tzinfo=None).isoformat()


def test_screen_export_and_api_tell_the_same_moment(stage, moments, client_of):
    client = client_of("county")
    told = []
    for moment in moments:
        page = client.get(f"/reports/completeness/?to={stage.date}&as_of={moment}")
        assert "以后报来、退回和重开的不在内" in page.content.decode()
        assert "missing" not in page.context or page.context["missing"] is None
        body = client.get(f"/api/v1/completeness/?to={stage.date}&as_of={moment}").json()
        assert body["total"]["cells"][-1]["states"] == dict(page.context["found"].total.cells[-1].states)
        assert body["as_of"] is not None
        told.append(page.context["found"].total.cells[-1].shown)
    assert told[0] == "missing"
    assert told[1] == "late"
    first = client.post(f"/reports/completeness/export/?to={stage.date}&as_of={moments[0]}")
    second = client.post(f"/reports/completeness/export/?to={stage.date}&as_of={moments[1]}")
    assert first["Location"] != second["Location"]


def test_the_cut_off_is_that_of_the_last_day_shown(stage, moments, client_of):
    page = client_of("county").get(f"/reports/completeness/?to={stage.date}&as_of=cutoff").context
    assert page["span"].as_of.date() == stage.date
    assert [(label, here) for label, _, here in page["moments"]] == [("截止时", True), ("最新", False)]
    plain = client_of("county").get(f"/reports/completeness/?to={stage.date}").context
    assert plain["moment_text"] == page["moment_text"]


def test_a_moment_takes_the_same_queries_for_a_city_and_a_county(stage, moments, client_of):
    client, taken = client_of("city"), []
    client.get("/reports/completeness/")
    for unit in ("9901", "990101"):
        with CaptureQueriesContext(connections["default"]) as queries:
            client.get(f"/api/v1/completeness/?unit={unit}&to={stage.date}&as_of={moments[1]}")
        taken.append(len(queries))
    assert taken == [19, 19]


def test_the_day_of_a_township_is_read_as_it_stood_and_nothing_is_offered(stage, client_of):
    stage.file_both()
    filed = database_moment(stage)
    stage.town.send_back()
    returned = database_moment(stage)
    stage.town.file()
    url = f"/reports/daily/{stage.date}/?unit={stage.town.code}&as_of="
    county = client_of("county")
    told = []
    for moment in (filed, returned, database_moment(stage)):
        page = county.get(url + moment)
        day = page.context["day"]
        told.append((day.state, day.shown.number, len(day.revisions)))
        body = page.content.decode()
        assert "这是过去的样子" in body
        assert f'action="/reports/daily/{stage.date}/' not in body
        assert all("as_of=" in one["url"] for one in page.context["days"])
        api = county.get(f"/api/v1/daily/{stage.date}/?unit={stage.town.code}&as_of={moment}").json()
        assert api["state"] == day.state
    assert told == [("filed", 1, 1), ("returned", 1, 1), ("filed", 2, 2)]
    grid = county.get(f"/reports/completeness/?to={stage.date}&as_of={returned}")
    urls = [cell["url"] for row in grid.context["rows"] for cell in row["cells"] if cell["url"]]
    assert urls
    assert all("as_of=" in one for one in urls)
    assert all("as_of=" in cell["url"] for cell in grid.context["forward_cells"] if cell["url"])


def test_the_day_of_a_county_is_read_as_it_stood_and_nothing_is_offered(stage, client_of):
    stage.file_both()
    filed = database_moment(stage)
    stage.forward()
    forwarded = database_moment(stage)
    stage.send_back()
    returned = database_moment(stage)
    url, told = f"/reports/forward/{stage.date}/?unit=990101&as_of=", []
    for key in ("county", "city"):
        for moment in (filed, forwarded, returned):
            page = client_of(key).get(url + moment)
            picture = page.context["picture"]
            told.append((picture.state, len(picture.forwards)))
            assert "这是过去的样子" in page.content.decode()
            assert (page.context["may_forward"], page.context["may_open"]) == (False, False)
            assert all("as_of=" in line["url"] for line in page.context["lines"])
            api = client_of(key).get(f"/api/v1/forwards/{stage.date}/?unit=990101&as_of={moment}").json()
            assert api["state"] == picture.state
    assert told == [("open", 0), ("forwarded", 1), ("returned", 1)] * 2


def test_before_anything_was_filed_the_day_of_then_is_empty_and_its_draft_is_not_shown(
    stage, moments, client_of
):
    page = client_of("town").get(f"/reports/daily/{stage.date}/?as_of={moments[0]}")
    assert (page.status_code, page.context["revision"], page.context["day"].rows) == (200, None, [])


def test_a_moment_that_only_another_clock_has_reached_is_refused(stage):
    """The database decides: rows could still be stamped before it."""
    with scoped(stage.cast.people["city"]), pytest.raises(Refusal) as refused:
        settle(("reports_dailyrevision",), database_now() + datetime.timedelta(seconds=30))
    assert refused.value.code == "moment_not_come"
