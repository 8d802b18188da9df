"""One notice a day instead of each reminder, for who wants it; old notices go."""

import datetime as dt

import pytest
from django.utils import timezone

from accounts import deadlines
from accounts.actions.notices import Telling, set_digest, tell
from accounts.choices import OFFICE_ROLES, Role
from accounts.deadlines import Kind
from accounts.models import Assignment, Notice, SavedFilter, ScheduledExport
from accounts.notice_tasks import digest_all, digest_text, digests, remind_all
from accounts.retention.personal import NOTICES_KEPT, forget_left, left_behind, old_notices
from accounts.scope import scoped, system_scoped
from tests.accounts.jobs.conftest import effects, worker  # noqa: F401
from tests.helpers import as_owner

NOW = dt.datetime(2026, 11, 22, 0, 0, tzinfo=dt.UTC)  # 08:00 in China
DUE = NOW + dt.timedelta(hours=9)
FILE = Kind("test.file", "日报", "日报", (Role.TOWNSHIP,))
REPLY = Kind("test.reply", "点评", "回复点评", OFFICE_ROLES)


@pytest.fixture
def clocks(cast, monkeypatch):
    """Two clocks of 岭下街道 today, one that is past; one of 上坡镇."""
    own, sibling = cast.areas["990101001"], cast.areas["990101102"]
    found = [
        FILE.at(own, DUE, "/"),
        REPLY.at(own, DUE + dt.timedelta(hours=1), "/"),
        FILE.at(own, NOW - dt.timedelta(hours=15), "/", about="yesterday"),
        FILE.at(sibling, DUE, "/"),
    ]
    monkeypatch.setattr(deadlines, "_everyone", [lambda now, first, last: found])
    return found


def told() -> list[tuple[int, str, str]]:
    rows = Notice.objects.using("owner").order_by("pk")
    return [(row.assignment_id, row.kind, row.text) for row in rows]


def want(person: Assignment, digest: bool = True) -> None:
    with scoped(person) as by:
        set_digest(digest, by=by)


def test_the_sentence_says_what_is_due_and_what_is_late(clocks):
    assert digest_text(clocks[:3], NOW) == "今天到期 2 件：日报 17:00、回复点评 18:00；已超时 1 件：日报"
    assert digest_text(clocks[2:3], NOW) == "已超时 1 件：日报"
    assert digest_text([], NOW) == ""


def test_the_fifth_is_counted_and_not_named(cast):
    five = [FILE.at(cast.areas["990101001"], DUE, "/", about=str(n)) for n in range(5)]
    assert digest_text(five, NOW) == f"今天到期 5 件：{'、'.join(['日报 17:00'] * 4)}等"


def test_each_office_and_role_has_its_own(clocks, cast):
    found = {(one.area_id, one.roles): one.dedup for one in digests(clocks, NOW)}
    own, sibling = cast.areas["990101001"].pk, cast.areas["990101102"].pk
    assert (own, ("township",)) in found
    assert (sibling, ("township",)) in found
    assert set(found.values()) == {"digest:2026-11-22"}


def test_who_wants_one_a_day_gets_one_and_no_reminder(cast, worker, clocks):  # noqa: F811
    want(cast.town)
    for _ in range(2):
        with system_scoped("notices"):
            digest_all(NOW)
    with system_scoped("notices"):
        remind_all(DUE)
    text = "今天到期 2 件：日报 17:00、回复点评 18:00；已超时 1 件：日报"
    assert told() == [
        (cast.town.pk, "digest", text),
        (cast.sibling_town.pk, "due", "上坡镇 日报，11-22 17:00 截止，已到时限"),
    ]


def test_a_chase_is_told_at_once_all_the_same(committed, cast):
    want(cast.town)
    with scoped(cast.county):
        assert tell([Telling(cast.areas["990101001"].pk, (Role.TOWNSHIP,), "chase", "催报", "a")]) == 1


def test_back_to_single_reminders(cast, worker, clocks):  # noqa: F811
    want(cast.town)
    want(cast.town, digest=False)
    with system_scoped("notices"):
        assert digest_all(NOW) == 0
        remind_all(DUE)
    assert {kind for pk, kind, _ in told() if pk == cast.town.pk} == {"due", "reminder"}


def test_chosen_on_the_page_and_through_the_api(committed, client_of):
    client = client_of("town")
    client.post("/notices/settings/", {"digest": "1"})
    assert client.get("/notices/").context["digest"] is True
    assert client.get("/api/v1/notices/settings/").json() == {"digest": True}
    client.put("/api/v1/notices/settings/", {"digest": False}, content_type="application/json")
    assert client.get("/notices/").context["digest"] is False
    assert client_of("sibling_town").get("/api/v1/notices/settings/").json() == {"digest": False}


def test_notices_go_after_ninety_days(cast, worker):  # noqa: F811
    now = timezone.now()
    for key, age in (("old", NOTICES_KEPT), ("young", NOTICES_KEPT - dt.timedelta(hours=1))):
        Notice.objects.using("owner").create(assignment=cast.town, kind="due", text=key, dedup=key)
        Notice.objects.using("owner").filter(dedup=key).update(created_at=now - age - dt.timedelta(seconds=1))
    with system_scoped("retention"):
        assert old_notices(now).delete()[0] == 1
    assert [text for _, _, text in told()] == ["young"]


@pytest.mark.parametrize(("days", "left"), [(29, 1), (31, 0)])
def test_what_was_kept_for_an_office_goes_a_month_after_it(cast, worker, days, left):  # noqa: F811
    now = timezone.now()
    with as_owner():
        SavedFilter.objects.using("owner").create(
            assignment=cast.town, screen="jobs:list", name="x", query="a=1", unit_path=cast.town.unit_path
        )
        ScheduledExport.objects.using("owner").create(
            assignment=cast.town, screen="jobs:list", name="x", at=dt.time(1), weekdays=1, next_at=now
        )
        ended = now - dt.timedelta(days=days)
        Assignment.objects.using("owner").filter(pk=cast.town.pk).update(revoked_at=ended)
    with system_scoped("retention"):
        assert sum(rows.count() for rows in left_behind(now)) == 2 - 2 * left
        assert forget_left(now) == 2 - 2 * left
    assert SavedFilter.objects.using("owner").count() == left
    assert ScheduledExport.objects.using("owner").count() == left
