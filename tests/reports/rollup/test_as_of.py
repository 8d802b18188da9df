"""As of any moment: screen, way down, files and API tell what was known then."""

import datetime

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.scope import system_scoped
from reports.actions.rollup import fold
from reports.queries.clock import database_now
from tests.cast import village_codes
from tests.reports.filed import file_day

TOWN, OTHER = "990101001", "990101102"
TODAY = timezone.localdate()


def filed(cast, town: str, visits: int, number: int = 1) -> datetime.datetime:
    """File a day, fold it, and tell the moment after."""
    figures = {code: {"due": 1, "visits": visits, "audited_on": TODAY} for code, _, _ in village_codes(town)}
    file_day(cast, town, TODAY, figures, number=number)
    with system_scoped("rollup") as scope:
        fold(cast.rounds["9901"], by=scope, until=TODAY)
        return database_now()


@pytest.fixture
def moments(worker_role, cast) -> list[str]:
    """Moments after the first report, after another township's, and after a correction of the first."""
    with system_scoped("rollup"):
        before = database_now()
    found = [before, filed(cast, TOWN, 4), filed(cast, OTHER, 1), filed(cast, TOWN, 7, number=2)]
    return [timezone.localtime(moment).replace(tzinfo=None).isoformat() for moment in found]


def url(moment: str, **query: str) -> str:
    more = "".join(f"&{key}={value}" for key, value in query.items())
    return f"/reports/rollup/?table=work&date={TODAY}&as_of={moment}{more}"


def test_the_table_of_each_moment_and_the_newest(moments, client_of):
    client = client_of("city")
    told = []
    for moment in (*moments, "", "latest"):
        table = client.get(url(moment)).context["table"]
        told.append((table.filed, next(c.value for c in table.total.cells if c.column.key == "visits")))
    assert told == [(0, None), (1, 12), (2, 15), (2, 24), (2, 24), (2, 24)]


def test_the_villages_behind_a_figure_add_up_to_it_at_each_moment(moments, client_of):
    client = client_of("county")
    for moment, expected in zip(moments, (0, 12, 15, 24), strict=True):
        context = client.get(url(moment, open="visits", of="990101", all="1")).context
        assert sum(row.value for row in context["drill"]["rows"]) == expected
        missing = client.get(url(moment, open="townships", of="990101")).context["drill"]["rows"]
        assert [row.area.code for row in missing] == [TOWN, OTHER][moments.index(moment) :][:2]


def test_the_api_tells_the_same_moment(moments, client_of):
    answer = client_of("county").get(f"/api/v1/rollups/?date={TODAY}&as_of={moments[1]}%2B08:00").json()
    assert (answer["filed"], answer["townships"]) == (1, 2)
    assert datetime.datetime.fromisoformat(answer["as_of"]).replace(tzinfo=None).isoformat() == moments[1]
    villages = client_of("county").get(
        f"/api/v1/rollups/villages/?key=visits&date={TODAY}&as_of={moments[1]}"
    )
    assert villages.json()["count"] == 3
    towns = client_of("county").get(f"/api/v1/rollups/townships/?date={TODAY}&as_of={moments[1]}").json()
    assert [row["code"] for row in towns["results"]] == [OTHER]


@pytest.mark.parametrize(
    ("text", "code"), [("yesterday", "moment_unreadable"), ("2999-01-01T00:00", "moment_not_come")]
)
def test_a_moment_that_cannot_be_read_or_has_not_come_is_refused(moments, client_of, text, code):
    answer = client_of("city").get(f"/api/v1/rollups/?as_of={text}")
    assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_the_wall_shows_what_is_stored(moments, client_of):
    assert client_of("wall").get(url(moments[1])).status_code == 404


def test_the_chooser_offers_cut_off_newest_and_any_moment(moments, client_of):
    answer = client_of("city").get(url(moments[1]))
    assert [label for label, _, _ in answer.context["moments"]][-2:] == ["最新", "与公布对照"]
    assert f'name="as_of" value="{moments[1]}"' in answer.content.decode()
    steps = [link for _, link in answer.context["steps"] if link]
    assert all(f"as_of={moments[1][:13]}" in link for link in steps)


def test_the_cut_off_of_the_day_is_a_moment_by_its_word(moments, client_of):
    """It is where the form of the moment starts, and it follows the day that is chosen."""
    before = TODAY - datetime.timedelta(days=1)
    answer = client_of("city").get(f"/reports/rollup/?date={before}&as_of=cutoff")
    choice = answer.context["choice"]
    assert choice.as_of == choice.cut_off_moment
    assert answer.context["moments"][0][2] is True
    assert answer.context["moment_kept"] == "cutoff"
    newest = client_of("city").get(f"/reports/rollup/?date={before}").context
    assert (newest["moment_text"], newest["moment_kept"]) == (answer.context["moment_text"], "")


def test_a_moment_takes_the_same_queries_for_a_city_and_a_county(moments, client_of):
    """One statement and its areas instead of the stored rows, nothing of what is open now. Four count 待办."""
    client = client_of("city")
    client.get(url(moments[2]))
    taken = []
    for unit in ("9901", "990101"):
        with CaptureQueriesContext(connections["default"]) as queries:
            client.get(url(moments[2], unit=unit))
        taken.append(len(queries))
    assert taken == [21, 18]
