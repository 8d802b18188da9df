"""The frame around every page: switcher, menu, number at 待办, and what it costs."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import RequestFactory

from accounts import context, navigation
from accounts.choices import Role
from accounts.scope.entry import scope_of

NOW = dt.datetime(2025, 12, 18, 6, 46, tzinfo=dt.UTC)


@pytest.fixture
def registry(monkeypatch):
    """An empty menu, for tests that fill it themselves."""
    monkeypatch.setattr(navigation, "_entries", {})
    monkeypatch.setattr(navigation, "_single", {})
    return navigation


def shown(scope, path="/"):
    return [(place.name, place.depth, place.current, place.url) for place in context.places(scope, path)]


def test_the_switcher_lists_the_own_area_and_the_units_below(db, cast):
    assert shown(scope_of(cast.city)) == [
        ("临江市", 0, True, "/"),
        ("东塘区", 1, False, "/?unit=990101"),
        ("西岭县", 1, False, "/?unit=990102"),
    ]


def test_the_switcher_shows_the_way_down_to_the_unit_in_force(db, cast):
    assert shown(scope_of(cast.city, cast.areas["990101"]), "/jobs/") == [
        ("临江市", 0, False, "/jobs/"),
        ("东塘区", 1, True, "/jobs/?unit=990101"),
        ("岭下街道", 2, False, "/jobs/?unit=990101001"),
        ("上坡镇", 2, False, "/jobs/?unit=990101102"),
    ]


def test_a_township_has_no_villages_to_switch_to(db, cast):
    assert shown(scope_of(cast.town)) == [("岭下街道", 0, True, "/")]


def test_whoever_has_named_villages_sees_only_the_area_of_the_assignment(db, cast):
    assert shown(scope_of(cast.leader)) == [("东塘区", 0, True, "/")]


def test_an_administrator_without_an_area_has_no_switcher(db, cast):
    assert shown(scope_of(cast.admin)) == []


@pytest.mark.parametrize(("person", "queries"), [("city", 1), ("town", 1), ("leader", 0), ("admin", 0)])
def test_the_switcher_costs_one_query_at_most(db, cast, django_assert_num_queries, person, queries):
    scope = scope_of(getattr(cast, person))
    with django_assert_num_queries(queries):
        context.places(scope, "/")


def test_the_unit_in_force_stays_in_links_only_below_the_own_area(cast):
    assert context.unit_suffix(scope_of(cast.city)) == ""
    assert context.unit_suffix(scope_of(cast.city, cast.areas["990101"])) == "?unit=990101"
    assert context.unit_suffix(scope_of(cast.admin)) == ""
    assert context.unit_suffix(None) == ""


def test_the_menu_lists_what_the_role_may_open_and_what_exists(cast, registry):
    registry.register("系统", "任务", "jobs:list", {Role.CITY_OFFICE}, 10, counter=lambda scope: 3)
    registry.register("", "今日", "today", {Role.CITY_OFFICE}, 10)
    registry.register("系统", "构件", "kit", {Role.ADMIN}, 90)
    registry.register("研判", "选情", "risk:board", {Role.CITY_OFFICE}, 10)
    registry.register("系统", "不见", "users:list", {Role.ADMIN}, 20, counter=lambda scope: 1 // 0)
    scope = scope_of(cast.city)
    assert registry.menu_counts(scope) == {"jobs:list": 3}
    menu = registry.menu_for(scope, "/jobs/7/", "?unit=990101", waiting=registry.menu_counts(scope))
    assert menu == [
        navigation.Group("", [navigation.Line("今日", "/?unit=990101", 0, False)]),
        navigation.Group("系统", [navigation.Line("任务", "/jobs/?unit=990101", 3, True)]),
    ]


@pytest.mark.parametrize(("person", "url"), [("city", "/search/"), ("auditor", "/search/"), ("wall", None)])
def test_the_search_box_is_there_for_everybody_but_a_wall(committed, client_of, person, url):
    assert client_of(person).get("/help/").context["shell"].search_url == url


def test_the_first_page_is_current_only_on_itself(cast, registry):
    registry.register("", "今日", "today", {Role.CITY_OFFICE}, 10)
    assert [group.lines[0].current for group in registry.menu_for(scope_of(cast.city), "/")] == [True]
    assert [group.lines[0].current for group in registry.menu_for(scope_of(cast.city), "/jobs/")] == [False]


def test_an_unknown_group_of_the_menu_is_refused(registry):
    with pytest.raises(ValueError, match="其他"):
        registry.register("其他", "今日", "today", {Role.CITY_OFFICE}, 10)


def test_the_number_of_open_tasks_is_kept_for_a_while(cast, registry, settings):
    asked = []
    registry.register_todo(lambda scope, now: asked.append(now) or len(asked))
    settings.WAITING_SECONDS = 30
    scope = scope_of(cast.county)
    context.forget_waiting(scope)
    assert [context.waiting(scope).todo, context.waiting(scope).todo] == [1, 1]
    context.forget_waiting(scope)
    assert [context.waiting(scope).todo, context.waiting(scope).todo] == [2, 2]
    settings.WAITING_SECONDS = 0
    assert [context.waiting(scope).todo, context.waiting(scope).todo] == [3, 4]


def test_what_waits_is_counted_again_after_an_act_of_ones_own(cast, registry, settings, client_of):
    asked = []
    registry.register_todo(lambda scope, now: asked.append(now) or len(asked))
    settings.WAITING_SECONDS = 30
    context.forget_waiting(scope_of(cast.county))
    client = client_of("county")
    assert [client.get("/jobs/").context["shell"].todo for _ in range(2)] == [1, 1]
    client.post("/notices/read/")
    assert client.get("/jobs/").context["shell"].todo == 2


def test_without_a_round_or_a_counter_the_frame_still_stands(cast, registry):
    assert registry.round_label(scope_of(cast.city)) is None
    assert registry.todo_count(scope_of(cast.city), NOW) is None


def test_a_page_without_the_frame_costs_nothing(cast, django_assert_num_queries):
    request = RequestFactory().get("/")
    request.scope = scope_of(cast.city)
    with django_assert_num_queries(0):
        assert list(context.shell(request)) == ["shell"]


def test_a_stranger_sees_the_name_of_the_platform_and_help(db, client):
    page = client.get("/help/")
    assert page.status_code == 200
    assert str(page.context["shell"]) == str(context.Shell(help_url="/help/"))


def test_the_frame_names_the_person_the_office_and_the_area(committed, client_of):
    shell = client_of("county").get("/help/").context["shell"]
    assert (shell.unit_name, shell.person, shell.office, shell.suffix) == (
        "东塘区",
        "测试county",
        "东塘区县级换届办",
        "",
    )


def test_the_components_page_is_for_the_administrator(committed, client_of):
    assert client_of("admin").get("/system/kit/").status_code == 200
    assert client_of("city").get("/system/kit/").status_code == 403
