"""T01: every route of the site is listed with its roles, and every role gets exactly what the list says."""

import pytest
from django.test import Client

from accounts.choices import ALL_ROLES
from tests.security.expected_routes import ROUTES
from tests.security.route_kinds import PUBLIC, Route
from tests.security.stage import ACTORS, Stage, stage_of, urlconf

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")
# What ends the actor's own session comes last.
ORDER = sorted(ROUTES, key=lambda route: route.name == "logout")


@pytest.fixture
def uploads(settings, tmp_path):
    settings.UPLOADS_DIR, settings.DATA_DIR = tmp_path / "uploads", tmp_path


def test_t01_every_route_is_listed_and_every_listed_route_exists():
    listed, existing = [route.name for route in ROUTES], [route.name for route in urlconf()]
    assert sorted(listed) == sorted(existing)
    assert len(set(listed)) == len(listed)


def test_t01_declared_roles_equal_the_expected_ones():
    existing = {route.name: route for route in urlconf()}
    wrong = []
    for route in ROUTES:
        for method, roles in route.methods.items():
            expected = set(map(str, route.declared or roles))
            declared = set(map(str, existing[route.name].roles(method)))
            if declared != expected:
                wrong.append((route.name, method, sorted(declared ^ expected)))
    assert wrong == []


def test_t01_there_is_an_actor_for_every_role():
    assert set(ACTORS) == set(ALL_ROLES)
    assert len(ACTORS) == 13


def verdict(route: Route, method: str, role: str, answer) -> str:
    """What is wrong with the answer to a role ('' = nothing)."""
    status = answer.status_code
    roles = route.methods[method]
    if roles == PUBLIC or role in roles:
        usual = (200,) if method == "GET" else (200, 201, 202, 204, 302)
        return "" if status in route.status.get(method, usual) else f"allowed but {status}"
    return "" if status == 403 else f"not allowed but {status}"


def answers_of(client: Client, stage: Stage, role: str) -> list[tuple[str, str, str]]:
    wrong = []
    for route in ORDER:
        for method in route.methods:
            problem = verdict(route, method, role, stage.send(client, route, method))
            if problem:
                wrong.append((route.name, method, problem))
    return wrong


@pytest.mark.parametrize("role", ALL_ROLES)
def test_t01_permission_matrix(role, committed, uploads, cast, client_of):
    stage = stage_of(ACTORS[role], cast)
    assert answers_of(client_of(ACTORS[role]), stage, role) == []


def test_t01_a_stranger_is_sent_to_the_login_page_or_told_to_sign_in(committed, uploads, cast):
    stage = stage_of("town", cast)
    client = Client()
    wrong = []
    for route in ORDER:
        for method, roles in route.methods.items():
            answer = stage.send(client, route, method)
            if roles == PUBLIC:
                right = answer.status_code in route.status.get(method, (200, 302))
            elif route.is_api:
                right = answer.status_code == 401 and answer.json()["code"] == "login_required"
            else:
                right = answer.status_code == 302 and answer["Location"].startswith("/login/?next=%2F")
            if not right:
                wrong.append((route.name, method, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("key", ["town", "auditor", None])
def test_t01_methods_that_are_not_listed_answer_nothing(key, committed, uploads, cast, client_of):
    stage = stage_of(key or "town", cast)
    client = client_of(key) if key else Client()
    refused = (401, 403, 405) if key else (302, 401, 403, 405)
    wrong = []
    for route in ORDER:
        for method in METHODS:
            if method not in route.methods:
                status = stage.send(client, route, method).status_code
                if status not in refused:
                    wrong.append((route.name, method, status))
    assert wrong == []


def test_t01_negative_control_a_view_that_declares_nothing_is_seen(monkeypatch):
    """An undeclared page has no roles, so the comparison with the list fails for it."""
    page = next(route for route in urlconf() if route.name == "elections:orgs")
    monkeypatch.delattr(page.callback, "allowed_roles")
    with pytest.raises(AssertionError):
        test_t01_declared_roles_equal_the_expected_ones()
