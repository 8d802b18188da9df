"""今日: cards in the order of their clocks, figures that open, a constant number of queries."""

import datetime as dt

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import today
from accounts.jobs import runner
from accounts.today import Card, Clock, Figure
from tests.accounts.jobs.conftest import begin, effects, worker  # noqa: F401

NOW = dt.datetime(2025, 12, 18, 14, 46, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def card(due: dt.datetime | None, title: str = "日报未到齐", kind: str = "日报") -> Card:
    return Card(due, title, "17:00 截止", "上华街道", "/reports/", "看", kind)


@pytest.fixture
def registries(monkeypatch):
    """Empty registries for one test."""
    for name in ("_providers", "_figures", "_panels", "_clocks"):
        monkeypatch.setattr(today, name, [])


@pytest.mark.parametrize(
    ("due", "group"),
    [
        (NOW - dt.timedelta(days=2), "已超时"),
        (NOW, "已超时"),
        (NOW + dt.timedelta(seconds=1), "今天到期"),
        (NOW.replace(hour=23, minute=59, second=59), "今天到期"),
        (NOW.replace(day=19, hour=0, minute=0), "三日内"),
        (NOW.replace(day=21, hour=23, minute=59), "三日内"),
        (NOW.replace(day=22, hour=0, minute=0), "以后"),
        (None, "不限时"),
    ],
)
def test_groups_by_due_time(due, group):
    assert [(one.title, len(one.cards)) for one in today.grouped([card(due)], NOW)] == [(group, 1)]


def test_the_most_overdue_comes_first(registries):
    late, soon, timeless = card(NOW - dt.timedelta(hours=1)), card(NOW + dt.timedelta(hours=1)), card(None)
    today.register(10, lambda scope, now: [timeless, soon])
    today.register(20, lambda scope, now: [late])
    assert today.cards(None, NOW) == [late, soon, timeless]


def test_at_most_five_figures_and_none_for_roles_without(registries):
    for number in range(7):
        today.register_figure(number, lambda scope, now, n=number: Figure(str(n), n, "/") if n != 1 else None)
    assert [figure.label for figure in today.figures(None, NOW)] == ["0", "2", "3", "4", "5"]


def test_the_nearest_running_clock(registries):
    for hours in (-1, 3, 2):
        due = NOW + dt.timedelta(hours=hours)
        today.register_clock(hours, lambda scope, now, due=due: Clock("日报截止", due))
    assert today.clock(None, NOW).due == NOW + dt.timedelta(hours=2)


def test_a_provider_is_registered_once(registries):
    def provider(scope, now):
        return [card(None)]

    today.register(10, provider)
    today.register(10, provider)
    assert len(today.cards(None, NOW)) == 1


@pytest.mark.parametrize("role", ["city", "county", "town", "leader", "auditor", "admin", "wall"])
def test_every_role_has_a_first_page(db, client_of, role):
    answer = client_of(role).get("/")
    assert (answer.status_code, next(t.name for t in answer.templates)) == (200, "accounts/today.html")


def test_one_kind_is_picked(db, client_of, registries):
    today.register(10, lambda scope, now: [card(None), card(None, "导出已完成", "任务")])
    answer = client_of("town").get("/", {"kind": "任务"})
    assert [one.title for group in answer.context["groups"] for one in group.cards] == ["导出已完成"]
    assert answer.context["count"] == 2


def test_own_jobs_wait_here(effects, cast, worker, client_of, settings, tmp_path):  # noqa: F811
    settings.RESULTS_DIR = tmp_path
    exported = begin(cast.town, kind="test.export", subject="a")
    refused = begin(cast.town, kind="test.refuses", subject="b")
    begin(cast.town, kind="test.slow", subject="c", seconds=1)
    begin(cast.county, kind="test.slow", subject="d", seconds=1)
    runner.run(exported.pk)
    runner.run(refused.pk)
    cards = [one for group in client_of("town").get("/").context["groups"] for one in group.cards]
    mine = [(one.title, one.url, one.action_label) for one in cards if one.kind == "任务"]
    assert mine == [
        ("测试导出已完成", f"/jobs/{exported.pk}/", "下载"),
        ("测试慢任务排队中", f"/jobs/{refused.pk + 1}/", "查看"),
        ("测试拒绝未完成", f"/jobs/{refused.pk}/", "查看"),
    ]


def test_one_and_three_jobs_take_the_same_queries(effects, cast, client_of):  # noqa: F811
    client = client_of("town")
    begin(cast.town, subject="a")
    client.get("/")
    with CaptureQueriesContext(connections["default"]) as one:
        client.get("/")
    begin(cast.town, subject="b")
    begin(cast.town, subject="c")
    with CaptureQueriesContext(connections["default"]) as three:
        client.get("/")
    assert len(one) == len(three)


def test_the_page_takes_local_time(db, client_of):
    assert timezone.localtime().utcoffset() == client_of("town").get("/").context["now"].utcoffset()
