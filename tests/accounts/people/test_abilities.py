"""What an account may do and where: the sentences come from the doors, never from a list of their own."""

import pytest

from accounts import abilities
from accounts.choices import ALL_ROLES, Role
from tests.security.expected_routes import PAGES

# One's own account, and steps of an act whose last step has the sentence.
OWN = {
    "login", "logout", "own-phone", "session", "password", "second-factor", "recovery-codes", "second-factor-remove",
    "imports:start", "security-key", "security-key-add", "jobs:result",
    "imports:columns", "imports:discard", "imports:handout", "notices:read", "notices:read-all", "notices:settings",
    "reports:daily-day", "reports:daily-collected", "comments:save", "comments:skip", "comments:restore",
    "comments:merge", "comments:send-all", "comments:draft-now", "comments:pin",
}  # fmt: skip


def test_every_act_has_its_sentence():
    acts = {route.name for route in PAGES if set(route.methods) - {"GET"}}
    assert acts - OWN - abilities.registered() == set()


def test_every_sentence_belongs_to_a_route():
    assert abilities.registered() - set(abilities._doors()) == set()


@pytest.mark.parametrize("role", ALL_ROLES)
def test_a_sentence_is_told_to_those_whom_the_door_lets_in(role):
    """Compared with the table of expected routes, which T01 holds against every role."""
    open_to = {
        route.name
        for route in PAGES
        for method, roles in route.methods.items()
        if method != "GET" and role in roles
    }
    told = set(abilities.acts_of(role))
    expected = {sentence for name, (sentence, _) in abilities._sentences.items() if name in open_to}
    assert told - expected == set()
    assert {
        sentence
        for name, (sentence, only) in abilities._sentences.items()
        if name in open_to and only is None
    } <= told


def test_the_township_cadre_reads_its_own(committed, client_of):
    page = client_of("town").get("/account/")
    (power,) = page.context["powers"]
    assert (power.title, power.where, power.until) == (
        "岭下街道乡镇干部，乡镇干部",
        "在岭下街道及其以下的单位，看不到其他地方",
        "自 2020-01-01 起，长期",
    )
    assert "填报并上报当天的日报" in power.does
    assert "答复乡镇的更正申请" not in power.does
    assert power.never == []


def test_named_villages_are_named(committed, client_of):
    (power,) = client_of("leader").get("/account/").context["powers"]
    assert power.where == "只在指定的 1 个单位：坡阳村"


@pytest.mark.parametrize(
    ("key", "never"),
    [
        (
            "admin",
            [
                "看不到村和社区的数据、材料",
                "不能单独授予乡镇干部、复录员以外的角色",
                "不能处理、审批关于自己的账号和申请",
            ],
        ),
        (
            "security",
            [
                "看不到村和社区的数据、材料",
                "不能单独授予乡镇以上的角色，须另一名管理员同意",
                "不能处理、审批关于自己的账号和申请",
            ],
        ),
        ("auditor", ["看不到村和社区的数据、材料", "不能改任何数据、账号和设置"]),
    ],
)
def test_three_administrators_are_told_what_they_never_do(committed, client_of, key, never):
    (power,) = client_of(key).get("/account/").context["powers"]
    assert power.never == never


def test_the_account_page_tells_the_same(committed, cast, client_of):
    page = client_of("security").get(f"/system/users/{cast.users['county'].pk}/")
    (power,) = page.context["powers"]
    assert power.where == "在东塘区及其以下的单位，看不到其他地方"
    assert power.does == abilities.acts_of(Role.COUNTY_OFFICE)
