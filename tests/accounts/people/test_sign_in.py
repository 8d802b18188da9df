"""Signing in: generic errors, the lock-out curve per (account, device), what nobody can do to a township."""

import re
from datetime import timedelta

import pytest
from django.db import connections
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.auth import rules
from accounts.auth.attempts import Caller, open_attempt
from accounts.models import Assignment, AuditAct, KnownDevice, LoginAttempt, UserSession
from tests.cast import PASSWORD
from tests.helpers import as_owner

WRONG = "用户名或密码不正确"


def enter(client: Client, username: str = "town", password: str = PASSWORD, **extra):
    return client.post("/login/", {"username": username, "password": password}, **extra)


def told(response) -> list[str]:
    """The refusals at the head of the form."""
    return response.context["form"].non_field_errors()


def fail(times: int, username: str = "town", client: Client | None = None) -> None:
    for _ in range(times):
        enter(client or Client(), username, "wrong")


def age_attempts(by: timedelta) -> None:
    """Let time pass for the attempts made so far."""
    LoginAttempt.objects.update(at=F("at") - by)


def test_right_password_opens_the_first_page(committed):
    client = Client()
    response = enter(client)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/password/").status_code == 200


def test_user_name_in_any_case_and_with_blanks(committed):
    assert enter(Client(), " TOWN ").status_code == 302


@pytest.mark.parametrize("username", ["town", "nobody-of-this-name", ""])
def test_wrong_name_and_wrong_password_look_the_same(committed, username):
    response = enter(Client(), username or "x", "wrong")
    assert (response.status_code, told(response)) == (401, [WRONG])


def test_disabled_account_looks_the_same(committed, cast):
    with as_owner():
        type(cast.users["town"]).objects.using("owner").filter(username="town").update(is_active=False)
    response = enter(Client())
    assert (response.status_code, told(response)) == (401, [WRONG])


def test_four_failures_are_free_the_fifth_locks_for_15_seconds(committed):
    fail(4)
    assert enter(Client()).status_code == 302


def test_fifth_failure_locks_and_the_lock_ends(committed):
    fail(5)
    response = enter(Client())
    assert (response.status_code, told(response)) == (429, ["尝试次数过多，请在 15 秒后再试"])
    age_attempts(timedelta(seconds=16))
    assert enter(Client()).status_code == 302


def test_a_try_while_locked_does_not_lengthen_the_lock(committed):
    fail(8)
    outcomes = list(LoginAttempt.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == ["failed"] * 5 + ["refused"] * 3
    age_attempts(timedelta(seconds=16))
    assert enter(Client()).status_code == 302


def test_unknown_names_are_locked_alike(committed):
    fail(5, "nobody")
    assert enter(Client(), "nobody").status_code == 429


def test_a_success_begins_the_count_anew(committed):
    fail(4)
    enter(Client())
    fail(4)
    assert enter(Client()).status_code == 302


def test_failures_fade_after_a_day(committed):
    fail(5)
    age_attempts(rules.FAILURES_FADE + timedelta(seconds=1))
    fail(4)
    assert enter(Client()).status_code == 302


def test_guesses_from_elsewhere_do_not_lock_a_known_device(committed):
    """T54: an attacker tries to lock a township out before the deadline."""
    own = Client()
    enter(own)
    own.post("/logout/")
    for _ in range(40):
        enter(Client(), "town", "guess")
    assert enter(Client()).status_code == 429
    assert enter(own).status_code == 302


def test_without_the_device_mark_the_same_browser_is_locked(committed):
    """The negative control of the known-device rule."""
    own = Client()
    enter(own)
    own.post("/logout/")
    del own.cookies["device"]
    fail(5)
    assert enter(own).status_code == 429


def test_a_known_device_is_locked_by_its_own_failures(committed):
    own = Client()
    enter(own)
    own.post("/logout/")
    fail(5, client=own)
    assert enter(own).status_code == 429
    assert enter(Client()).status_code == 302


def test_the_lock_never_exceeds_a_quarter_of_an_hour(committed):
    for _ in range(14):
        fail(1)
        age_attempts(timedelta(minutes=15, seconds=1))
    fail(1)
    seconds = told(enter(Client()))
    assert seconds == ["尝试次数过多，请在 15 分钟后再试"]
    age_attempts(timedelta(minutes=15, seconds=1))
    assert enter(Client()).status_code == 302


def test_an_address_that_sprays_must_wait_but_a_known_device_behind_it_need_not(committed):
    own = Client()
    enter(own)
    own.post("/logout/")
    for number in range(rules.IP_FAILURES):
        enter(Client(), f"user{number}", "guess")
    assert enter(Client(), "county").status_code == 429
    assert enter(own).status_code == 302
    assert enter(Client(), "county", REMOTE_ADDR="10.9.8.7").status_code == 302


def test_parallel_guesses_are_all_counted(committed):
    """Written before the check: a guess that never comes back still counts."""
    for _ in range(5):
        open_attempt(Caller("town", None, None, "10.0.0.1"))
    assert enter(Client()).status_code == 429


def test_no_stranger_names_are_stored(committed):
    enter(Client(), "my-secret-typed-in-the-wrong-field", "x")
    with connections["login"].cursor() as cursor:
        cursor.execute("SELECT row_to_json(t)::text FROM accounts_loginattempt t")
        assert [row for (row,) in cursor.fetchall() if "secret" in row] == []


def test_a_person_without_a_role_is_told_so(committed, cast):
    with as_owner():
        Assignment.objects.using("owner").filter(pk=cast.town.pk).update(revoked_at=timezone.now())
    response = enter(Client())
    assert (response.status_code, told(response)) == (403, ["账号没有有效的角色授权，请联系系统管理员"])


@pytest.mark.parametrize(
    ("wanted", "goes"),
    [
        ("/orgs/?q=1", "/orgs/?q=1"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_next_stays_on_this_site(committed, wanted, goes):
    response = Client().post("/login/", {"username": "town", "password": PASSWORD, "next": wanted})
    assert response["Location"] == goes


def test_the_sign_in_is_in_the_audit_trail(committed, cast):
    enter(Client())
    act = AuditAct.objects.using("owner").filter(type="sessions.opened").latest("pk")
    assert (act.subject_id, act.unit_path) == (str(cast.users["town"].pk), cast.town.unit_path)


def test_cookies(committed, settings):
    client = Client()
    enter(client)
    for name in ("sessionid", "device"):
        cookie = client.cookies[name]
        assert (bool(cookie["httponly"]), cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    assert re.fullmatch(r"[0-9a-f]{64}", UserSession.objects.get(user__username="town").pk)
    assert KnownDevice.objects.get().token_hash != client.cookies["device"].value
