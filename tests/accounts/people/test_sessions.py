"""T56: fixation, idle, absolute, log-out, parallel sign-in, revocation; T12: the next request is denied."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connections, transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.auth.sessions import key_hash
from accounts.models import Assignment, User, UserSession
from accounts.scope import enter as enter_scope
from accounts.scope.entry import token_for
from tests.accounts.people.test_sign_in import enter
from tests.cast import PASSWORD
from tests.helpers import as_owner
from tests.snapshot import superuser

PAGE = "/password/"


def signed_in(username: str = "town") -> Client:
    client = Client()
    assert enter(client, username).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(PAGE).status_code == 200


def row_of(client: Client) -> UserSession:
    return UserSession.objects.get(pk=key_hash(client.cookies["sessionid"].value))


def shift(client: Client, **ages: timedelta) -> None:
    changes = {name: F(name) - age for name, age in ages.items()}
    UserSession.objects.filter(pk=row_of(client).pk).update(**changes)


@pytest.mark.parametrize(
    ("username", "idle", "alive"),
    [
        ("town", timedelta(minutes=29, seconds=58), True),
        ("town", timedelta(minutes=30, seconds=1), False),
        ("reviewer", timedelta(minutes=14, seconds=58), True),
        ("reviewer", timedelta(minutes=15, seconds=1), False),
        ("admin", timedelta(minutes=15, seconds=1), False),
        ("wall", timedelta(days=2), True),
    ],
)
def test_idle(committed, username, idle, alive):
    client = signed_in(username)
    shift(client, seen_at=idle)
    assert is_in(client) is alive


@pytest.mark.parametrize(
    ("age", "alive"),
    [(timedelta(hours=11, minutes=59, seconds=58), True), (timedelta(hours=12, seconds=1), False)],
)
def test_absolute(committed, age, alive):
    client = signed_in()
    shift(client, created_at=age)
    assert is_in(client) is alive


def test_work_keeps_a_session_alive(committed):
    client = signed_in()
    for _ in range(4):
        shift(client, seen_at=timedelta(minutes=20))
        assert is_in(client)


def test_an_ended_session_keeps_no_data_and_says_why(committed):
    client = signed_in()
    shift(client, seen_at=timedelta(minutes=31))
    row = row_of(client)
    is_in(client)
    row.refresh_from_db()
    assert (row.data, row.end_reason, row.ended_at is None) == ("", "idle", False)


def test_key_changes_at_sign_in(committed):
    client = Client()
    client.get("/login/")
    session = client.session
    session["planted"] = 1
    session.save()
    client.cookies["sessionid"] = session.session_key
    enter(client)
    assert client.cookies["sessionid"].value != session.session_key
    assert not UserSession.objects.filter(pk=key_hash(session.session_key), ended_at=None).exists()


def test_a_new_sign_in_ends_the_other_one(committed):
    first = signed_in()
    row = row_of(first)
    second = signed_in()
    assert (is_in(first), is_in(second)) == (False, True)
    row.refresh_from_db()
    assert row.end_reason == "replaced"


def test_other_accounts_are_not_touched(committed):
    first, second = signed_in("town"), signed_in("county")
    assert (is_in(first), is_in(second)) == (True, True)


def test_log_out_ends_the_session_and_its_scope_tokens(committed):
    client = signed_in()
    is_in(client)
    key = client.cookies["sessionid"].value
    holder = f"session:{key_hash(key)[:40]}"
    assert list(tokens(holder)) == [None]
    assert client.post("/logout/")["Location"] == "/login/"
    client.cookies["sessionid"] = key
    assert not is_in(client)
    assert None not in tokens(holder)


def tokens(holder: str) -> list:
    """When each token of the holder was revoked; only a superuser may look, no role of ours."""
    connection = superuser()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT revoked_at FROM accounts_scopetoken WHERE holder = %s", [holder])
            return [revoked_at for (revoked_at,) in cursor.fetchall()]
    finally:
        connection.close()


def test_log_out_needs_post(committed):
    client = signed_in()
    assert client.get("/logout/").status_code == 405
    assert is_in(client)


def test_the_scope_token_of_an_ended_session_is_refused_by_the_database(committed, cast):
    client = signed_in()
    is_in(client)
    holder = f"session:{key_hash(client.cookies['sessionid'].value)[:40]}"
    token = token_for(holder, cast.town.pk)
    client.post("/logout/")
    with transaction.atomic():
        enter_scope(token)
        with pytest.raises(DatabaseError) as refused:
            list(Assignment.objects.all())
        transaction.set_rollback(True)
    assert refused.value.__cause__.pgcode == "CX002"


def test_a_disabled_account_is_out_at_its_next_request(committed, cast):
    client = signed_in()
    with as_owner():
        User.objects.using("owner").filter(username="town").update(is_active=False)
    assert not is_in(client)


def test_an_ended_role_is_out_at_its_next_request(committed, cast):
    client = signed_in()
    with as_owner():
        Assignment.objects.using("owner").filter(pk=cast.town.pk).update(revoked_at=timezone.now())
    assert not is_in(client)


def test_keys_are_stored_hashed(committed):
    client = signed_in()
    key = client.cookies["sessionid"].value
    with connections["login"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_usersession t WHERE t::text LIKE %s", [f"%{key}%"])
        assert cursor.fetchone() == (0,)


def test_requests_do_not_rewrite_the_session(committed):
    client = signed_in()
    is_in(client)
    before = xmin(client)
    is_in(client)
    assert xmin(client) == before


def xmin(client: Client) -> int:
    with connections["login"].cursor() as cursor:
        cursor.execute(
            "SELECT xmin::text::bigint FROM accounts_usersession WHERE key_hash = %s", [row_of(client).pk]
        )
        return cursor.fetchone()[0]


def change(client: Client, old: str, new: str, again: str | None = None):
    return client.post(PAGE, {"old": old, "new": new, "again": again or new})


def test_changing_the_password_keeps_this_session_and_ends_the_rest(committed):
    client = signed_in()
    other = UserSession.objects.create(pk="0" * 64, user=User.objects.get(username="town"))
    assert change(client, PASSWORD, "Qm7#velvorn-tak")["Location"] == "/"
    other.refresh_from_db()
    assert (is_in(client), other.end_reason) == (True, "password")
    assert enter(Client()).status_code == 401
    assert enter(Client(), password="Qm7#velvorn-tak").status_code == 302


def test_changing_the_password_keeps_the_limits_and_the_age_of_the_session(committed):
    client = signed_in("admin")
    shift(client, created_at=timedelta(hours=11))
    before = row_of(client)
    assert change(client, PASSWORD, "Qm7#velvorn-tak").status_code == 302
    after = row_of(client)
    assert after.pk != before.pk
    assert (after.idle_seconds, after.ip, after.agent) == (900, before.ip, before.agent)
    assert after.created_at == before.created_at


def test_signing_in_again_begins_another_twelve_hours(committed):
    client = signed_in()
    shift(client, created_at=timedelta(hours=11))
    before = row_of(client).created_at
    assert enter(client).status_code == 302
    assert row_of(client).created_at - before > timedelta(hours=10)


@pytest.mark.parametrize(
    ("old", "new", "again", "field"),
    [
        ("wrong", "Qm7#velvorn-tak", None, "old"),
        (PASSWORD, "short", None, "new"),
        (PASSWORD, PASSWORD, None, "new"),
        (PASSWORD, "Qm7#velvorn-tak", "Qm7#velvorn-tok", "again"),
    ],
)
def test_refused_changes(committed, old, new, again, field):
    response = change(signed_in(), old, new, again)
    assert (response.status_code, list(response.context["form"].errors)) == (400, [field])


def must_change(**values) -> None:
    with as_owner():
        User.objects.using("owner").filter(username="town").update(**values)


@pytest.mark.parametrize(
    ("values", "due"),
    [
        ({"must_change_password": True}, True),
        ({"password_changed_at": timedelta(days=90, minutes=1)}, True),
        ({"password_changed_at": timedelta(days=89, hours=23)}, False),
    ],
)
def test_a_due_password_is_changed_before_anything_else(committed, values, due):
    values = {
        name: timezone.now() - value if isinstance(value, timedelta) else value
        for name, value in values.items()
    }
    must_change(**values)
    client = signed_in()
    assert client.get("/help/").status_code == (302 if due else 200)
    assert is_in(client)
    if due:
        assert client.get("/help/")["Location"] == PAGE
        answer = client.get("/api/v1/me/")
        assert (answer.status_code, answer.json()["code"]) == (403, "password_change_required")
        change(client, PASSWORD, "Qm7#velvorn-tak")
        assert client.get("/help/").status_code == 200
