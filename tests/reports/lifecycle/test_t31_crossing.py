"""T31: two offices act on the same day at the same moment; exactly one wins and the state is a legal one.

The long form is 1,000 rounds of each pair, or as many as a minute holds, at least 100: all fourteen end within a quarter
of an hour on two cores of their own. The two threads and the connection that sets the scene are opened once a pair:
opened in each round, they took most of its time.
"""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from accounts.errors import codes
from reports.choices import CountyState, SheetState
from reports.models import CountyForward
from reports.rules.states import OPENED
from tests.reports.lifecycle.conftest import CountyStage, owned
from tests.snapshot import superuser

ROUNDS = pytest.mark.parametrize(
    "rounds", [4, pytest.param(1_000, marks=pytest.mark.long)], ids=["short", "long"]
)

PAIR_SECONDS, LEAST = 60, 100


def turns(rounds: int) -> Iterator[int]:
    """The rounds of one pair, as far as its time goes."""
    ends = time.monotonic() + PAIR_SECONDS
    for turn in range(rounds):
        if turn >= LEAST and time.monotonic() > ends:
            return
        yield turn


def put(cursor, stage: CountyStage, sheet: str, county: str) -> None:
    """Put both days into a state; what was filed and forwarded before stays. `sheet` and `county` name the states."""
    where = "date = %s AND area_id = %s"
    openings = {"returned", "reopened"}
    cursor.execute(
        "UPDATE reports_dailysheet SET state = %s, version = version + 1, open_until = CASE WHEN %s = 'reopened' "
        "THEN clock_timestamp() + interval '1 hour' END, opening_id = CASE WHEN %s THEN "
        f"(SELECT max(id) FROM reports_sheetopening WHERE {where}) END WHERE {where}",
        [sheet, sheet, sheet in openings, *[stage.date, stage.town.township.pk] * 2],
    )
    cursor.execute(
        "UPDATE reports_countyday SET state = %s, version = version + 1, open_until = CASE WHEN %s = 'reopened' "
        "THEN clock_timestamp() + interval '1 hour' END, opening_id = CASE WHEN %s THEN "
        f"(SELECT max(id) FROM reports_countyopening WHERE {where}) END WHERE {where}",
        [county, county, county in openings, *[stage.date, stage.county.pk] * 2],
    )
    cursor.execute("DELETE FROM reports_correctionrequest WHERE decision = ''")
    if sheet == "correction_requested":
        cursor.execute(
            "INSERT INTO reports_correctionrequest (sheet_id, area_id, date, revision_number, reason, asked_by_id, "
            "asked_by_name, decision, decided_by_name, answer, unit_path) SELECT s.id, s.area_id, s.date, "
            "s.revisions, '串行', %s, 'x', '', '', '', s.unit_path FROM reports_dailysheet s WHERE s.date = %s "
            "AND s.area_id = %s",
            [stage.cast.town.pk, stage.date, stage.town.township.pk],
        )


@pytest.fixture
def given(crossed) -> Iterator[Callable[[str, str], None]]:
    """given(sheet, county): the scene of the next round."""
    with closing(superuser()) as connection, connection.cursor() as cursor:
        yield partial(put, cursor, crossed)


@pytest.fixture
def cross() -> Iterator[Callable[..., list[str]]]:
    """cross(act, act): both at the same moment; 'won' or the code of the refusal of each."""
    gate = threading.Barrier(2)

    def run(act: Callable) -> str:
        gate.wait(10)
        try:
            act()
        except ValidationError as error:
            return ",".join(codes(error))
        return "won"

    with ThreadPoolExecutor(2) as threads:
        yield lambda *acts: [one.result(60) for one in [threads.submit(run, act) for act in acts]]
        for one in [threads.submit(run, connections.close_all) for _ in range(2)]:
            one.result(60)


def acts_of(stage: CountyStage) -> dict[str, Callable]:
    """Each act with the versions that are on the screen before the two meet."""
    town, version, county = stage.town, stage.town.version, stage.version
    return {
        "return": lambda: town.send_back(version=version),
        "reopen": lambda: town.reopen(version=version),
        "ask": town.ask,
        "consent": lambda: town.answer(consent=True),
        "decline": lambda: town.answer(consent=False),
        "file": lambda: town.file(version=version),
        "recall": lambda: town.recall(version=version),
        "forward": lambda: stage.forward(version=county),
        "city_return": lambda: stage.send_back(version=county),
        "city_reopen": lambda: stage.reopen(version=county),
    }


# pair, state of the township's day, state of the county's day
PAIRS = [
    ("return", "reopen", "filed", "returned"),
    ("return", "ask", "filed", "returned"),
    ("reopen", "ask", "filed", "returned"),
    ("consent", "decline", "correction_requested", "returned"),
    ("file", "recall", "returned", "returned"),
    ("file", "recall", "reopened", "returned"),
    ("return", "forward", "filed", "returned"),
    ("reopen", "forward", "filed", "reopened"),
    ("consent", "forward", "correction_requested", "returned"),
    ("city_return", "city_reopen", "filed", "forwarded"),
    ("return", "return", "filed", "returned"),
    ("city_return", "city_return", "filed", "forwarded"),
]


@pytest.fixture
def crossed(stage):
    """Everything has happened once: filed, forwarded, opened by the city and by the county."""
    stage.file_both()
    stage.forward()
    stage.send_back()
    stage.town.send_back()
    stage.town.recall()
    return stage


def legal(stage: CountyStage) -> bool:
    """No township may change what its county has forwarded."""
    return not (stage.day.state == CountyState.FORWARDED and stage.town.state in OPENED)


@ROUNDS
@pytest.mark.parametrize(("first", "second", "sheet", "county"), PAIRS)
def test_exactly_one_wins(crossed, given, cross, first, second, sheet, county, rounds):
    for turn in turns(rounds):
        given(sheet, county)
        acts = acts_of(crossed)
        pair = (first, second) if turn % 2 else (second, first)
        outcome = cross(*(acts[name] for name in pair))
        assert outcome.count("won") == 1, (pair, outcome)
        assert legal(crossed), (pair, outcome, crossed.town.state, crossed.day.state)


@ROUNDS
def test_a_correction_and_a_forwarding_leave_nothing_open(crossed, given, cross, rounds):
    """The correction always gets in; the forwarding does when it comes second, and then confirms the new revision."""
    for _ in turns(rounds):
        given("returned", "returned")
        acts = acts_of(crossed)
        outcome = cross(acts["file"], acts["forward"])
        assert outcome[0] == "won"
        assert outcome[1] in ("won", "townships_still_open")
        assert crossed.town.state == SheetState.FILED
        if outcome[1] == "won":
            assert newest(crossed).lines[0]["number"] == crossed.town.sheet.revisions
        else:
            assert crossed.day.state == CountyState.RETURNED


@ROUNDS
def test_two_clicks_are_one_forwarding(crossed, given, cross, rounds):
    for _ in turns(rounds):
        given("filed", "returned")
        before, acts = newest(crossed).number, acts_of(crossed)
        assert cross(acts["forward"], acts["forward"]) == ["won", "won"]
        assert newest(crossed).number == before + 1


def newest(stage: CountyStage) -> CountyForward:
    return owned(CountyForward).filter(area=stage.county, date=stage.date).latest("number")
