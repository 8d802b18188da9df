"""催报: one, all, not twice within half an hour, nobody else's townships."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.errors import Refusal
from accounts.models import AuditAct, Notice
from accounts.scope import scoped
from reports.actions.chasing import chase
from reports.rules.chasing import is_resting

TODAY = timezone.localdate
NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)


@pytest.mark.parametrize(("seconds", "resting"), [(0, True), (1799, True), (1800, False), (1801, False)])
def test_half_an_hour_between_two_chases(seconds, resting):
    assert is_resting(NOW - dt.timedelta(seconds=seconds), NOW) is resting


def run(cast, person: str, unit: str) -> list[tuple[str, int]]:
    with scoped(getattr(cast, person)) as by:
        rows = chase(cast.rounds["9901"], cast.areas[unit], TODAY(), by=by)
        return sorted((row.area.code, row.number) for row in rows)


def texts() -> list[tuple[int, str]]:
    return sorted(Notice.objects.using("owner").values_list("assignment_id", "kind"))


def test_all_that_are_missing_are_told(committed, cast):
    assert run(cast, "county", "990101") == [("990101001", 1), ("990101102", 1)]
    assert texts() == sorted([(cast.town.pk, "chase"), (cast.sibling_town.pk, "chase")])
    act = AuditAct.objects.using("owner").get(type="daily.chased")
    assert (act.after["unit"], act.after["units"]) == ("990101", 2)


def test_those_chased_just_now_are_left_out(committed, cast):
    assert run(cast, "county", "990101001") == [("990101001", 1)]
    assert run(cast, "city", "9901") == [("990101102", 1), ("990102101", 1)]
    with pytest.raises(Refusal) as refused:
        run(cast, "county", "990101")
    assert (refused.value.code, refused.value.status) == ("chased_recently", 409)
    assert refused.value.message == "这 2 个乡镇 30 分钟内已经催过，过一会儿再催，或打电话"
    with pytest.raises(Refusal, match="上坡镇 30 分钟内已经催过"):
        run(cast, "county", "990101102")


@pytest.mark.parametrize(
    ("person", "unit"), [("county", "990102101"), ("town", "990101001"), ("wall", "9901")]
)
def test_nobody_chases_outside_or_without_the_role(committed, cast, person, unit):
    with pytest.raises(PermissionDenied):
        run(cast, person, unit)


def test_the_grid_shows_who_was_chased_and_the_button(committed, cast, client_of):
    client = client_of("county")
    answer = client.post(
        "/reports/completeness/chase/?unit=990101", {"date": TODAY().isoformat()}, follow=True
    )
    assert next(str(message) for message in answer.context["messages"]).startswith("已催 2 个乡镇报")
    chased = [row["chased_count"] for row in answer.context["rows"]]
    assert chased == [1, 1]
    assert [area.chased_words[:6] for area in answer.context["missing"]] == ["催 1 次，", "催 1 次，"]
    assert client_of("town").get("/reports/completeness/").context["may_chase"] is False


def test_it_leads_back_only_to_our_own_pages(committed, client_of):
    data = {"date": TODAY().isoformat(), "back": "https://elsewhere.example/"}
    answer = client_of("county").post("/reports/completeness/chase/?unit=990101", data)
    assert answer["Location"] == "/reports/completeness/?unit=990101"
