"""The calendar feed: RFC 5545 as another program reads it; a secret that is one's own, counted, and gone when revoked."""

import datetime as dt
import hashlib
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import icalendar
import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts import deadlines
from accounts.auth.feeds import MOST_FETCHES
from accounts.calendar_text import FOLD, calendar_text, escaped, folded, uid_of
from accounts.choices import Role
from accounts.deadlines import Kind
from accounts.models import Assignment, AuditAct, CalendarFeed, User
from tests.cast import PASSWORD
from tests.helpers import as_owner

NOW = dt.datetime(2025, 12, 18, 4, 0, tzinfo=dt.UTC)
DUE = dt.datetime(2025, 12, 18, 9, 0, tzinfo=dt.UTC)  # 17:00 in China
FILE = Kind("test.file", "日报", "{day}日报", (Role.TOWNSHIP,))
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=120)


class Unit:
    pk, name = 7, "岭下街道"


def read(text: str) -> icalendar.Calendar:
    return icalendar.Calendar.from_ical(text)


def one(title: str = "填报", due: dt.datetime = DUE, about: str = "2025-12-18"):
    return Kind("test.file", "日报", title.replace("{", "").replace("}", ""), ()).at(
        Unit, due, "/reports/", about=about
    )


def test_another_program_reads_what_was_meant():
    deadline = FILE.at(Unit, DUE, "/reports/daily/2025-12-18/", day=dt.date(2025, 12, 18))
    calendar = read(
        calendar_text([deadline], name="岭下街道时限", site="https://x.cn", now=NOW, leads=(60, 15))
    )
    (event,) = calendar.walk("VEVENT")
    assert event["SUMMARY"] == "岭下街道 12月18日 星期四日报"
    assert event["DTSTART"].dt == dt.datetime(2025, 12, 18, 17, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert event["UID"] == "test.file-7-2025-12-18@cunxuan"
    assert event["URL"] == "https://x.cn/reports/daily/2025-12-18/"
    assert event["DTSTAMP"].dt == NOW
    assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [
        dt.timedelta(minutes=-60),
        dt.timedelta(minutes=-15),
    ]
    assert calendar["X-WR-CALNAME"] == "岭下街道时限"
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone.to_tz().utcoffset(DUE.replace(tzinfo=None)) == dt.timedelta(hours=8)


@given(texts)
def test_every_text_comes_back_as_it_was(title):
    (event,) = read(calendar_text([one(title)], name="x", site="", now=NOW)).walk("VEVENT")
    assert event["SUMMARY"] == f"岭下街道 {title.replace('{', '').replace('}', '')}"


@given(texts)
def test_no_line_is_longer_than_75_octets_and_every_line_ends_in_crlf(title):
    raw = calendar_text([one(title)], name=title, site="https://x.cn", now=NOW, leads=(60,)).encode()
    lines = raw.split(b"\r\n")
    assert lines.pop() == b""
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= FOLD
    assert [line.decode() for line in lines]  # no character is cut in two


@pytest.mark.parametrize(
    ("text", "written"),
    [("a,b;c\\d", "a\\,b\\;c\\\\d"), ("一\r\n二\n三\r四", "一\\n二\\n三\\n四"), ("a\x00\x07b", "ab")],
)
def test_escaping(text, written):
    assert escaped(text) == written


def test_folding_at_the_boundary():
    assert folded("a" * 75) == ["a" * 75]
    assert folded("a" * 76) == ["a" * 75, " a"]
    assert folded("a" * 73 + "村") == ["a" * 73, " 村"]


def test_a_moved_due_time_is_the_same_event():
    assert uid_of(one()) == uid_of(one(due=DUE + dt.timedelta(hours=2)))
    assert uid_of(one()) != uid_of(one(about="2025-12-19"))


@pytest.fixture
def clocks(monkeypatch):
    """A clock of whatever unit is in force, a day ahead."""

    def source(scope, now, last):
        yield FILE.at(scope.unit, now + dt.timedelta(days=1), "/reports/daily/", day=dt.date(2025, 12, 18))

    monkeypatch.setattr(deadlines, "_coming", [source])


def made(client: Client) -> str:
    """The path of the feed the page has just made."""
    return urlsplit(client.post("/account/calendar/").context["address"]).path


def units(answer) -> list[str]:
    return [str(event["SUMMARY"]).split()[0] for event in read(answer.content.decode()).walk("VEVENT")]


def test_it_is_read_without_a_session_and_holds_ones_own_alone(committed, cast, client_of, clocks):
    path = made(client_of("town"))
    answer = Client().get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert units(answer) == ["岭下街道"]
    assert Client().head(path).status_code == 200
    text = answer.content.decode()
    assert [user.display_name for user in cast.users.values() if user.display_name in text] == []
    assert units(Client().get(made(client_of("county")))) == ["东塘区"]


def test_a_session_of_somebody_else_changes_nothing(committed, client_of, clocks):
    assert units(client_of("city").get(made(client_of("town")))) == ["岭下街道"]


def test_the_secret_is_stored_as_a_hash_and_shown_once(committed, client_of):
    client = client_of("town")
    path = made(client)
    secret = path.split("/")[2]
    feed = CalendarFeed.objects.using("owner").get()
    assert feed.token_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in client.get("/account/calendar/").content.decode()


def test_revoked_replaced_or_unknown_it_opens_nothing(committed, client_of, clocks):
    client = client_of("town")
    first = made(client)
    second = made(client)
    assert [Client().get(path).status_code for path in (first, second)] == [404, 200]
    client.post("/account/calendar/revoke/")
    assert Client().get(second).status_code == 404
    assert Client().get("/calendar/of-nobody/deadlines.ics").status_code == 404
    kinds = AuditAct.objects.using("owner").filter(type__startswith="feeds.").order_by("pk")
    assert list(kinds.values_list("type", flat=True)) == ["feeds.made", "feeds.made", "feeds.revoked"]


@pytest.mark.parametrize("gone", ["assignment", "account"])
def test_it_ends_with_the_role_and_with_the_account(committed, cast, client_of, clocks, gone):
    path = made(client_of("town"))
    with as_owner():
        if gone == "assignment":
            Assignment.objects.using("owner").filter(pk=cast.town.pk).update(revoked_at=timezone.now())
        else:
            User.objects.using("owner").filter(pk=cast.users["town"].pk).update(is_active=False)
    assert Client().get(path).status_code == 404


def test_a_session_alone_makes_none(committed, client_of):
    """The address outlives the session it is made in: whoever has that alone is asked for the password."""
    client = client_of("town")
    session = client.session
    session["stepped_up"] = 0
    session.save()
    assert client.post("/account/calendar/").status_code == 401
    assert not CalendarFeed.objects.using("owner").exists()
    assert client.post("/account/calendar/", {"step_up_proof": PASSWORD}).status_code == 200


@pytest.mark.parametrize("act", ["reset", "closed", "changed"])
def test_it_ends_when_the_account_is_put_out(committed, cast, client_of, act):
    path, user = made(client_of("town")), cast.users["town"]
    if act == "changed":
        new = {"old": PASSWORD, "new": "Neues-Wort-2026x", "again": "Neues-Wort-2026x"}
        assert client_of("town").post("/password/", new).status_code == 302
    elif act == "reset":
        client_of("admin").post(f"/system/users/{user.pk}/password/", {"reason": "被盗"})
    else:
        for active in "01":
            client_of("admin").post(f"/system/users/{user.pk}/active/", {"active": active, "reason": "离岗"})
    assert Client().get(path).status_code == 404


def test_too_often_waits_for_the_next_window(committed, client_of, clocks):
    path = made(client_of("town"))
    answers = [Client().get(path).status_code for _ in range(MOST_FETCHES + 1)]
    assert answers == [200] * MOST_FETCHES + [429]
    refused = Client().get(path)
    assert refused["Retry-After"] == "600"
    with as_owner():
        CalendarFeed.objects.using("owner").update(window_at=timezone.now() - dt.timedelta(minutes=11))
    assert Client().get(path).status_code == 200


def test_guessing_is_slowed_down(committed, client_of):
    answers = [Client().get(f"/calendar/guess-{n}/deadlines.ics").status_code for n in range(6)]
    assert answers == [404] * 5 + [429]


def test_the_feed_is_what_the_page_lists(committed, cast, client_of):
    """From the clocks of the system themselves, not from a made-up one."""
    with time_machine.travel(timezone.now(), tick=False):
        client = client_of("town")
        path = made(client)
        coming = client.get("/account/calendar/").context["coming"]
        calendar = read(Client().get(path).content.decode())
    events = [(str(event["UID"]), event["DTSTART"].dt) for event in calendar.walk("VEVENT")]
    assert events[:10] == [(uid_of(found), found.due) for found in coming]
    assert len(events) in (30, 31)
