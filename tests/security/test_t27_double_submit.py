"""T27, T28: one key is one act and one answer; the same key with another body, or of another account, is not."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.auth.factors import PASSED_KEY
from accounts.idempotency import content_digest
from accounts.models import IdempotencyKey, User
from reports.models import LocalMetric
from tests.cast import PASSWORD
from tests.helpers import as_owner

ITEMS = "/api/v1/report-settings/items/"
BODY = {"name": "化解矛盾", "unit": "件", "nature": "flow", "valid_from": "2030-01-01"}
KEY = {"HTTP_IDEMPOTENCY_KEY": "key-of-this-test-1"}
PARALLEL = 20


def post(client, body=None, **headers):
    return client.post(ITEMS, body or BODY, content_type="application/json", **headers)


def named(name: str = BODY["name"]) -> int:
    return LocalMetric.objects.using("owner").filter(name=name).count()


def at_once(client, body=None, url: str = ITEMS, **headers) -> list:
    """The same submission twenty times together."""
    start = threading.Barrier(PARALLEL)

    def one(_):
        start.wait()
        try:
            return client.post(url, body or BODY, content_type="application/json", **headers)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(PARALLEL) as pool:
        return list(pool.map(one, range(PARALLEL)))


def rounds_of(client, number: int) -> None:
    for turn in range(number):
        body = {**BODY, "name": f"项目{turn}"}
        answers = at_once(client, body, HTTP_IDEMPOTENCY_KEY=f"round-{turn:04d}")
        made = {answer.content for answer in answers if answer.status_code == 201}
        # Whoever waited longer than the lock time-out is told to wait; nobody does it twice.
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert (len(made), named(body["name"])) == (1, 1)


def test_t27_twenty_at_once_are_one(committed, client_of):
    rounds_of(client_of("city"), 2)


@pytest.mark.long
def test_t27_twenty_at_once_in_500_rounds(committed, client_of):
    rounds_of(client_of("city"), 500)


@pytest.mark.parametrize(
    ("key", "written"), [({}, PARALLEL), ({"HTTP_IDEMPOTENCY_KEY": "key-of-this-test"}, 1)]
)
def test_t27_negative_control_without_a_key_each_writes(committed, client_of, settings, key, written):
    """A view that writes a row at each call, with nothing unique about it."""
    settings.ROOT_URLCONF = "tests.security.late_urls"
    at_once(client_of("town"), url="/writing/", **key)
    assert IdempotencyKey.objects.using("owner").filter(digest="written").count() == written


def test_t27_the_repeat_says_that_it_is_one(committed, client_of):
    city = client_of("city")
    first, second = post(city, **KEY), post(city, **KEY)
    assert (first.status_code, second.status_code, named()) == (201, 201, 1)
    assert (second.content, second["Content-Type"]) == (first.content, first["Content-Type"])
    assert (first.get("Idempotent-Replay"), second["Idempotent-Replay"]) == (None, "true")


def test_t27_a_refused_submission_keeps_nothing(committed, client_of):
    city = client_of("city")
    refused = post(city, {**BODY, "name": ""}, **KEY)
    assert (refused.status_code, IdempotencyKey.objects.using("owner").count()) == (400, 0)
    assert post(city, **KEY).status_code == 201


def test_t27_the_answer_rests_sealed(committed, client_of):
    made = post(client_of("city"), **KEY)
    kept = IdempotencyKey.objects.using("owner").get()
    assert BODY["name"].encode() not in bytes(kept.answer)
    assert (kept.status, made.status_code) == (201, 201)


def test_t27_a_form_carries_its_key(committed, client_of):
    city = client_of("city")
    page = city.get("/reports/daily/settings/").content.decode()
    keys = page.split('name="idempotency_key" value="')[1:]
    assert len(keys) == page.count('name="csrfmiddlewaretoken"')
    form = {**BODY, "idempotency_key": keys[0][:32]}
    first, second = (city.post("/reports/daily/settings/items/", form) for _ in range(2))
    assert (first.status_code, second.status_code, named()) == (302, 302, 1)
    assert second["Location"] == first["Location"]


def test_t28_the_same_key_with_another_body_is_refused(committed, client_of):
    city = client_of("city")
    post(city, **KEY)
    other = post(city, {**BODY, "name": "另一项"}, **KEY)
    assert (other.status_code, other.json()["code"], named("另一项")) == (422, "key_reused", 0)


def test_t28_the_same_key_of_another_account_is_independent(committed, client_of):
    answers = [post(client_of(who), **KEY).status_code for who in ("city", "other_city")]
    assert (answers, named()) == ([201, 201], 2)


@pytest.mark.parametrize(
    ("key", "status"), [("a" * 7, 400), ("a" * 8, 201), ("a" * 80, 201), ("a" * 81, 400), ("with space", 400)]
)
def test_t28_form_of_a_key(committed, client_of, key, status):
    answer = post(client_of("city"), HTTP_IDEMPOTENCY_KEY=key)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["code"] == "key_malformed"


def test_t28_a_form_is_digested_by_what_it_says(rf):
    """How it was encoded, its csrf mark and its key do not count; a file's bytes do."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    def digest(marked: str, content: bytes) -> str:
        data = {"a": "1", "csrfmiddlewaretoken": marked, "idempotency_key": marked}
        return content_digest(rf.post("/x/", {**data, "file": SimpleUploadedFile("a.xlsx", content)}))

    assert digest("one", b"x") == digest("two", b"x")
    assert digest("one", b"x") != digest("one", b"y")


def test_t27_signing_in_and_out_by_a_form_that_carries_a_key(committed):
    """The answer cannot be kept under a session that has just ended: signing out must not become a 500."""
    client, key = Client(), {"idempotency_key": "b" * 32}
    seat = {"username": "town", "password": PASSWORD, **key}
    assert [client.post("/login/", seat).status_code for _ in range(2)] == [302, 302]
    assert client.post("/logout/", key)["Location"] == "/login/"
    assert client.get("/password/").status_code == 302


def test_t27_a_program_gives_its_token_back_with_a_key(committed):
    seat = {"username": "town", "password": PASSWORD}
    token = Client().post("/api/v1/auth/token/", seat, content_type="application/json").json()["token"]
    program = Client(HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_IDEMPOTENCY_KEY="give-it-back")
    assert [program.post("/api/v1/auth/revoke/").status_code for _ in range(2)] == [204, 401]


def test_t27_what_ends_the_own_session_on_the_way_is_answered(committed, cast, client_of):
    """A changed password, an account that withdraws itself: the answer is the page's own, never a 500."""
    town, key = client_of("town"), {"idempotency_key": "c" * 32}
    word = {"old": PASSWORD, "new": "Another-word-2026", "again": "Another-word-2026"}
    assert town.post("/password/", {**word, **key}).status_code == 302
    admin = client_of("admin")
    own = cast.admin
    urls = {
        f"/system/users/{own.user_id}/password/": {"reason": "核对"},
        f"/system/users/assignments/{own.pk}/end/": {"reason": "核对"},
        f"/system/users/{own.user_id}/active/": {"reason": "核对", "active": "0"},
    }
    for url, data in urls.items():
        assert admin.post(url, {**data, **key}).status_code < 500, url


SECRETS = {
    "recovery codes": ("town", "/account/second-factor/recovery/", {}, 201),
    "calendar": ("town", "/account/calendar/", {}, 200),
    "account": ("admin", "/system/users/new/", {"username": "xin.ren", "display_name": "新人"}, 201),
    "password": ("admin", "/system/users/{town}/password/", {"reason": "忘记密码"}, 200),
    "account, api": ("admin", "/api/v1/users/", {"username": "xin.ren", "display_name": "新人"}, 201),
    "password, api": ("admin", "/api/v1/users/{town}/password/", {"reason": "忘记密码"}, 200),
    "token, api": ("town", "/api/v1/auth/token/", {"username": "town", "password": PASSWORD}, 201),
}


@pytest.mark.parametrize("what", SECRETS)
def test_t28_a_secret_is_told_once_and_not_kept_for_a_repeat(committed, cast, client_of, what):
    """Whoever comes to the browser later and sends the page again is told that it is done, not the secret."""
    who, url, body, status = SECRETS[what]
    url = url.format(town=cast.users["town"].pk)
    client = client_of(who)
    if what == "recovery codes":
        with as_owner():
            User.objects.using("owner").filter(pk=cast.users[who].pk).update(
                second_factor_since=timezone.now()
            )
        session = client.session
        session[PASSED_KEY] = cast.users[who].pk
        session.save()
    sent = {"content_type": "application/json"} if "/api/" in url else {}
    first, second = client.post(url, body, **sent, **KEY), client.post(url, body, **sent, **KEY)
    assert (first.status_code, second.status_code, first.content == second.content) == (status, 409, False)
    kept = IdempotencyKey.objects.using("owner").get()
    assert (kept.status, bytes(kept.answer)) == (status, b"")
