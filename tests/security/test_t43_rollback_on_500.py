"""T43: when a statement in the middle of a changing request fails and the answer is 500, nothing is kept."""

import pytest
from django.db import connections
from django.test import Client

from accounts.choices import Role
from tests.security.expected_routes import ROUTES
from tests.security.route_kinds import PUBLIC, Route
from tests.security.stage import ACTORS, Stage, stage_of
from tests.snapshot import _prints, _tables, superuser

CHANGING = [
    (route, method)
    for route in ROUTES
    for method, roles in route.methods.items()
    if method != "GET" and roles != PUBLIC
]
# Written outside the request's transaction on purpose: who is signed in, what was tried, what was refused.
OUTSIDE = {
    "accounts_usersession", "accounts_loginattempt", "accounts_scopetoken", "accounts_knowndevice",
    "accounts_auditdenial",
}  # fmt: skip
WRITES = ("INSERT", "UPDATE", "DELETE", "SELECT AUDIT_", "SELECT JOB_", "SELECT * FROM JOB_")


class Broken(Exception):
    """The fault that the test puts in."""


class Fault:
    """Counts writing statements of a request, whichever its connection, and fails after the `at`-th."""

    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def __call__(self, execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        text = str(sql)
        if text.lstrip().upper().startswith(WRITES) and not any(name in text for name in OUTSIDE):
            self.seen += 1
            if self.seen == self.at:
                raise Broken
        return result


def kept() -> dict[str, str]:
    """A fingerprint of every table that a request may not half write."""
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            return _prints(cursor, [name for name in _tables(cursor) if name not in OUTSIDE])
    finally:
        connection.close()


def send_with_fault(client: Client, stage: Stage, route: Route, method: str, at: int):
    fault = Fault(at)
    with connections["default"].execute_wrapper(fault), connections["login"].execute_wrapper(fault):
        return stage.send(client, route, method), fault.seen


@pytest.fixture
def acting(committed, settings, tmp_path, cast):
    """acting(role) gives a client that answers faults with 500, and the words of the member."""
    settings.UPLOADS_DIR, settings.DATA_DIR = tmp_path / "uploads", tmp_path

    def as_role(role: str):
        client = Client(raise_request_exception=False)
        client.force_login(cast.users[ACTORS[role]])
        stage = stage_of(ACTORS[role], cast)
        client.get("/")
        return client, stage

    return as_role


def tried(client: Client, stage: Stage, route: Route, method: str, limit: int | None) -> tuple[list, int]:
    """Fail after each writing statement in turn (the last `limit` of them); what was kept, and how many."""
    wrong, at, before = [], 1, kept()
    while limit is None or at <= limit:
        answer, seen = send_with_fault(client, stage, route, method, at)
        if seen < at:
            break
        after = kept()
        left = sorted(name for name in after if after[name] != before.get(name))
        if answer.status_code != 500 or left:
            wrong.append((route.name, method, at, answer.status_code, left))
            before = after
        at += 1
    return wrong, at - 1


def routes_of(role: str) -> list[tuple[Route, str]]:
    return [(route, method) for route, method in CHANGING if role in route.methods[method]]


CHANGERS = (Role.CITY_OFFICE, Role.COUNTY_OFFICE, Role.TOWNSHIP, Role.ADMIN, Role.AUDITOR)


def rolled_back(acting, role: str, limit: int | None) -> None:
    client, stage = acting(role)
    wrong, faults = [], 0
    for route, method in routes_of(role):
        found, number = tried(client, stage, route, method, limit)
        wrong += found
        faults += number
    assert wrong == []
    assert faults > 0


@pytest.mark.parametrize("role", CHANGERS)
def test_t43_rollback_on_500(role, acting):
    rolled_back(acting, role, 3)


@pytest.mark.long
@pytest.mark.parametrize("role", CHANGERS)
def test_t43_rollback_on_500_long(role, acting):
    rolled_back(acting, role, None)


def test_t43_every_changing_route_is_tried_by_somebody():
    tried_by = {route.name for role in CHANGERS for route, _ in routes_of(role)}
    assert {route.name for route, _ in CHANGING} - tried_by == set()


def test_t43_negative_control_an_outer_transaction_alone_keeps_rows(acting, monkeypatch, settings):
    """Without `set_rollback` on a 500, and without Django's own per-view transaction, the first rows stay."""
    monkeypatch.setattr("accounts.middleware.transaction.set_rollback", lambda *_, **__: None)
    monkeypatch.setitem(connections["default"].settings_dict, "ATOMIC_REQUESTS", False)
    client, stage = acting(Role.TOWNSHIP)
    route = next(route for route in ROUTES if route.name == "imports:export")
    before = kept()
    answer, _ = send_with_fault(client, stage, route, "POST", 1)
    assert answer.status_code == 500
    assert kept() != before
