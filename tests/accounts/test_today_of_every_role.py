"""今日 of each of the thirteen roles: nobody finds an empty page."""

import pytest
from django.utils import timezone

from accounts import alarms, today
from accounts.alarms import Level, Reading
from accounts.choices import ALL_ROLES, Role
from accounts.scope import scoped
from accounts.today_duties import alarm_panel
from tests.security.stage import ACTORS

SENT = (Role.INSPECTOR, Role.EVALUATOR, Role.LEADER)


def page(client_of, role: str):
    return client_of(ACTORS[role]).get("/")


@pytest.mark.parametrize("role", [role for role in ALL_ROLES if role != Role.WALL])
def test_nobody_finds_an_empty_page(committed, client_of, role):
    answer = page(client_of, role)
    context = answer.context
    assert answer.status_code == 200
    assert context["groups"] or context["figures"] or context["panels"]


@pytest.mark.parametrize("role", SENT)
def test_who_is_sent_to_villages_finds_them(committed, cast, client_of, role):
    context = page(client_of, role).context
    named = len(getattr(cast, ACTORS[role]).units)
    assert [(one.label, one.value, one.url) for one in context["figures"]] == [
        ("我的村(社区)", named, "/orgs/"),
        ("底册有未报数字", named, "/orgs/?missing=yes"),
    ]
    assert len(context["panels"][0].context["rows"]) == named


@pytest.mark.parametrize("role", [Role.SECOND_ENTRY, Role.REVIEWER])
def test_who_waits_for_a_later_stage_sees_the_round_and_what_the_account_is_for(
    committed, cast, client_of, role
):
    templates = [panel.template for panel in page(client_of, role).context["panels"]]
    assert templates == ["elections/_today_round.html", "accounts/_duties.html"]


def test_the_hotline_sees_no_round_of_the_villages(committed, client_of):
    templates = [panel.template for panel in page(client_of, Role.HOTLINE).context["panels"]]
    assert templates == ["accounts/_duties.html"]


@pytest.mark.parametrize("person", ["admin", "security", "auditor", "city"])
def test_alarms_stand_on_the_page_of_the_administrators(db, cast, monkeypatch, person):
    bad = (alarms.Alarm("disk_full", "数据盘"), Reading(Level.ALARM, "96 %", "清理"))
    fine = (alarms.Alarm("database_slow", "数据库"), Reading(Level.OK, "2 ms"))
    monkeypatch.setattr(alarms, "readings", lambda: [bad, fine])
    with scoped(getattr(cast, person)) as scope:
        panel = alarm_panel(scope, timezone.now())
    shown = panel.context if panel else None
    assert shown == ({"bad": [bad], "url": "/system/health/"} if person in ("admin", "security") else None)


def test_probes_do_not_run_for_the_number_on_every_page(db, cast, monkeypatch):
    def probed():
        raise AssertionError("a probe ran")

    monkeypatch.setattr(alarms, "readings", probed)
    with scoped(cast.admin) as scope:
        assert today.cards(scope, timezone.now()) == []


def test_the_auditor_is_told_that_the_chain_was_never_verified(committed, cast, client_of):
    context = page(client_of, Role.AUDITOR).context
    assert [(one.label, one.value) for one in context["figures"]][1] == ("审计链异常", "未校验")
    cards = [card.title for group in context["groups"] for card in group.cards]
    assert cards == ["审计链：从未校验"]


def test_the_side_of_an_office_stays_with_its_tables(committed, cast):
    with scoped(cast.city) as scope:
        templates = [panel.template for panel in today.panels(scope, timezone.localtime())]
    assert "accounts/_duties.html" not in templates


@pytest.mark.parametrize(
    ("role", "title", "url"),
    [
        (Role.REVIEWER, "联审还没有开通", ""),
        (Role.HOTLINE, "举报受理还没有开通", ""),
        (Role.SECOND_ENTRY, "复录还没有开通", ""),
        (Role.INSPECTOR, "督导走访还没有开通", "/orgs/"),
        (Role.EVALUATOR, "评估还没有开通", "/orgs/"),
        (Role.LEADER, "现在没有要办的事", "/orgs/"),
        (Role.WALL, "这个账号用来放大屏", "/wall/"),
        (Role.ADMIN, "现在没有要办的事", ""),
    ],
)
def test_an_empty_list_says_what_comes_and_what_there_is(committed, client_of, role, title, url):
    answer = page(client_of, role)
    nothing = answer.context["nothing"]
    assert (nothing.title, nothing.url) == (title, url)
    assert f">{title}</h3>" in answer.content.decode()
