"""What a moved township leaves behind: totals of a moment, the grid of its former county, comments, publications."""

import datetime

import pytest
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import Area, Assignment
from accounts.scope import scoped, system_scoped
from reports.actions.exports import Place
from reports.actions.publications import look_again, publish_table
from reports.models import Comment, Publication
from reports.queries.as_of import Past
from reports.queries.clock import database_now
from reports.queries.completeness import completeness
from reports.queries.rollup import totals_table
from reports.queries.season import Season
from reports.queries.villages import villages_behind
from reports.rules.rollup_layouts import layouts
from tests.accounts.areas.conftest import change as change
from tests.reports.filed import file_day
from tests.reports.rollup.test_area_changes import DAY, TODAY, TOWN, folded, visits

YESTERDAY = TODAY - DAY
LAYOUT = layouts([])["all"]


def filed(cast, day: datetime.date) -> None:
    for town, number in (("990101001", 1), (TOWN, 10), ("990102101", 100)):
        file_day(cast, town, day, visits(town, number))


def visits_of(table) -> dict[str, int]:
    """Visits of each line and of the unit, as the table shows them."""
    place = next(
        n for n, column in enumerate(LAYOUT.columns) if (column.key, column.show) == ("visits", "value")
    )
    lines = {line.code: line.cells[place].value for line in table.lines}
    return lines | {table.unit.code: table.total.cells[place].value if table.total else None}


def tables(scope, cast, unit: str, day: datetime.date, mode: str = "day") -> tuple[dict, dict]:
    """The stored table and the one as of now."""
    season, area = Season((cast.rounds["9901"],)), Area.objects.get(code=unit)
    past = Past(scope, season, database_now())
    return (
        visits_of(totals_table(scope, season, area, day, LAYOUT, mode)),
        visits_of(totals_table(scope, season, area, day, LAYOUT, mode, past=past)),
    )


@pytest.mark.parametrize("mode", ["day", "total", "week"])
def test_a_moment_counts_a_township_where_it_stood_that_day(change, cast, mode):
    for day in (YESTERDAY, TODAY):
        filed(cast, day)
    change("move", units=[TOWN], parent="990102")
    folded(cast)
    with scoped(cast.city) as scope:
        for unit in ("9901", "990101", "990102"):
            for day in (YESTERDAY, TODAY):
                stored, known = tables(scope, cast, unit, day, mode)
                assert stored == known, (unit, day)
        assert tables(scope, cast, "990101", YESTERDAY)[0] == {"990101001": 3, TOWN: 30, "990101": 33}
        assert tables(scope, cast, "990102", TODAY)[0] == {TOWN: 30, "990102101": 300, "990102": 330}
        assert tables(scope, cast, "990101", TODAY, "total")[0] == {"990101001": 6, "990101": 36}


def test_the_villages_behind_a_figure_of_a_county_are_those_of_the_day(change, cast):
    filed(cast, YESTERDAY)
    change("move", units=[TOWN], parent="990102")
    folded(cast)
    with scoped(cast.city) as scope:
        for moment in (None, database_now()):
            counted = [
                villages_behind(
                    scope, cast.rounds["9901"], Area.objects.get(code=unit), YESTERDAY, "visits", "counted",
                    moment=moment,
                )[1]
                for unit in ("990101", "990102", "9901")
            ]  # fmt: skip
            assert counted == [6, 3, 9]


def test_the_former_county_still_sees_whether_it_was_in(change, cast):
    filed(cast, YESTERDAY)
    change("move", units=[TOWN], parent="990102")
    days = [YESTERDAY, TODAY]
    with scoped(cast.county) as scope:
        grid = completeness(scope, cast.rounds["9901"], cast.areas["990101"], days, database_now())
    lines = {line.area.code: line for line in grid.lines}
    assert sorted(lines) == ["990101001", TOWN]
    assert (lines[TOWN].left, lines["990101001"].left) == (True, False)
    assert [dict(cell.states) for cell in lines[TOWN].cells][1] == {}
    assert sum(grid.total.cells[0].states.values()) == 2
    assert sum(grid.total.cells[1].states.values()) == 1
    with scoped(cast.city) as scope:
        city = completeness(scope, cast.rounds["9901"], cast.areas["9901"], days, database_now())
    there = {(line.parent.code, line.area.code): line for line in city.lines if line.parent}
    assert {place for place in there if place[1] == TOWN} == {("990101", TOWN), ("990102", TOWN)}
    assert dict(there["990101", TOWN].cells[0].states) == dict(lines[TOWN].cells[0].states)
    assert city.total.townships == 3


def comment(cast, sender: str, recipient: str, **more) -> Comment:
    person, round = cast.people[{"9901": "city", "990101": "county"}[sender]], cast.rounds["9901"]
    if more.get("state", "draft") != "draft":
        now = timezone.now()
        more |= {"sent_at": now, "due_at": now + DAY, "year": 2026, "sent_by": person, "sent_by_name": "王某"}
    return Comment.objects.using("owner").create(
        round=round, area=cast.areas[sender], recipient=Area.objects.using("owner").get(code=recipient),
        date=YESTERDAY, title="点评", **more,
    )  # fmt: skip


def states(*rows: Comment) -> list[tuple[str, bool]]:
    found = Comment.objects.using("owner").in_bulk([row.pk for row in rows])
    return [(found[row.pk].state, found[row.pk].recipient_left) for row in rows]


def test_what_was_sent_follows_the_unit_and_a_draft_to_it_is_not_sent(change, cast):
    sent = comment(cast, "990101", TOWN, state="sent", number=1)
    draft = comment(cast, "990101", TOWN, pinned_key="visits")
    stays = comment(cast, "990101", "990101001", state="sent", number=2)
    done = change("move", units=[TOWN], parent="990102")
    assert states(sent, draft, stays) == [("sent", True), ("skipped", True), ("sent", False)]
    assert "1 件点评草稿不再发出" in done.outcome["told"]
    moved = Assignment.objects.using("owner").get(pk=cast.sibling_town.pk)
    for person, seen in ((moved, [sent.pk]), (cast.other_county, [sent.pk])):
        with scoped(person) as scope:
            assert list(Comment.objects.visible_to(scope).values_list("pk", flat=True)) == seen
            assert list(Comment.objects.values_list("pk", flat=True)) == seen
    with scoped(cast.county):
        assert set(Comment.objects.values_list("pk", flat=True)) == {sent.pk, draft.pk, stays.pk}
    change("move", units=[TOWN], parent="990101")
    assert states(sent) == [("sent", False)]


def test_open_comments_to_a_unit_that_ends_are_closed(change, cast):
    sent = comment(cast, "990101", TOWN, state="acknowledged", number=1)
    draft = comment(cast, "990101", TOWN, pinned_key="visits")
    change("merge", units=["990101001", TOWN], code="990101001")
    assert states(sent, draft) == [("closed", False), ("skipped", False)]


@pytest.fixture
def published(change, cast, monkeypatch):
    """A bulletin of yesterday of the county, given out before anything changed; and the alarms that sound."""
    filed(cast, YESTERDAY)
    folded(cast)
    sounded: list[str] = []
    monkeypatch.setattr(
        "reports.actions.publications.alarms.sound", lambda name, **facts: sounded.append(name)
    )
    with scoped(cast.county) as scope:
        place = Place(cast.rounds["9901"], cast.areas["990101"], YESTERDAY, "managing", None)
        given = publish_table(place, LAYOUT, "day", by=scope)
    return given, sounded


def look(given: Publication):
    with system_scoped("rollup") as scope:
        return look_again(
            Publication.objects.select_related("area", "round__area").get(pk=given.pk), by=scope
        )


def test_a_publication_stays_the_same_when_the_tree_changes_afterwards(published, change, cast):
    given, sounded = published
    change("move", units=[TOWN], parent="990102")
    change("rename", units=["990101001"], name="岭上街道")
    found = look(given)
    assert (found.same, found.differences, sounded) == (True, [], [])
    with scoped(cast.county) as scope, pytest.raises(Refusal) as refusal:
        look_again(Publication.objects.select_related("area", "round__area").get(pk=given.pk), by=scope)
    assert refusal.value.code == "publication_units_left"


def test_a_change_entered_later_for_its_day_is_named_and_sounds_no_alarm(published, change):
    given, sounded = published
    change("move", day=YESTERDAY, units=[TOWN], parent="990102")
    found = look(given)
    assert (found.same, found.differences[0]["column"], sounded) == (False, "区划", [])
