"""T12: role, unit or account taken away during a session: the next request, statement, token and lease is denied."""

import time

import pytest
from django.db import DatabaseError, connections, transaction
from django.test import Client

from accounts.actions import people
from accounts.models import Assignment, User, UserSession
from accounts.scope import enter as enter_scope
from accounts.scope import scoped
from accounts.scope.entry import issue
from tests.accounts.people.test_sessions import is_in, signed_in
from tests.cast import PASSWORD
from tests.helpers import as_owner

pytestmark = pytest.mark.usefixtures("committed")
WITHIN_SECONDS = 5


def bearer(username: str) -> dict[str, str]:
    asked = {"username": username, "password": PASSWORD}
    text = Client().post("/api/v1/auth/token/", asked, content_type="application/json").json()["token"]
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}


def account(username: str) -> User:
    """A row of its own: the cast's is shared by all tests."""
    return User.objects.get(username=username)


def count_records(token: str) -> int:
    with transaction.atomic():
        enter_scope(token)
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM elections_org")
            return cursor.fetchone()[0]


def disable(cast) -> None:
    with scoped(cast.admin) as by:
        people.set_active(account("town"), active=False, by=by, reason="离岗")


def end_role(cast) -> None:
    with scoped(cast.admin) as by:
        people.end_role(cast.town, by=by, reason="离岗")


def reset(cast) -> None:
    with scoped(cast.admin) as by:
        people.reset_password(account("town"), by=by, reason="离岗")


def move(cast) -> None:
    """To the other township: what it could see until now is gone with the next request."""
    with as_owner():
        Assignment.objects.using("owner").filter(pk=cast.town.pk).update(area=cast.areas["990101102"])


@pytest.mark.parametrize("take_away", [disable, end_role, reset])
def test_t12_revoke_now(cast, take_away):
    browser, token = signed_in("town"), bearer("town")
    assert is_in(browser)
    assert Client().get("/api/v1/me/", **token).status_code == 200
    begun = time.monotonic()
    take_away(cast)
    assert not is_in(browser)
    assert Client().get("/api/v1/me/", **token).status_code == 401
    assert time.monotonic() - begun <= WITHIN_SECONDS
    if take_away is not end_role:
        assert list(UserSession.objects.filter(user=cast.users["town"], ended_at=None)) == []


@pytest.mark.parametrize("take_away", [end_role])
def test_t12_the_token_of_a_running_connection_sees_nothing_more(cast, take_away):
    """What a job's lease or a slow request still holds is refused at its next statement."""
    token = issue("job:t12", cast.town.pk)
    assert count_records(token) == 3
    take_away(cast)
    with pytest.raises(DatabaseError):
        count_records(token)


def test_t12_a_moved_assignment_sees_the_new_unit_alone(cast):
    browser = signed_in("town")
    assert browser.get("/orgs/?unit=990101001").status_code == 200
    move(cast)
    assert browser.get("/orgs/?unit=990101001").status_code == 404
    assert browser.get("/orgs/?unit=990101102").status_code == 200


def test_t12_negative_control_without_the_act_all_goes_on(cast):
    browser, token = signed_in("town"), bearer("town")
    with scoped(cast.admin) as by:
        people.set_active(account("sibling_town"), active=False, by=by, reason="离岗")
    assert is_in(browser)
    assert Client().get("/api/v1/me/", **token).status_code == 200
