"""T55 with security keys: not replayed, not somebody else's, not for another site, not a copy; required by role or not."""

import html
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.auth.security_keys import MOST_KEYS
from accounts.models import ApiToken, User
from tests.accounts.people.test_sign_in import enter
from tests.cast import PASSWORD
from tests.helpers import log_in
from tests.security.soft_key import SoftKey
from tests.security.test_t55_second_factor import PAGE, token

pytestmark = pytest.mark.usefixtures("committed")
OPTIONS = re.compile(r'data-key-options="([^"]+)"')
KEYS = f"{PAGE}keys/"


def client_here() -> Client:
    """At an address where browsers offer keys."""
    return Client(headers={"host": "localhost"})


def options_of(client: Client) -> str:
    return html.unescape(OPTIONS.search(client.get(PAGE).content.decode())[1])


def enrol(username: str = "town", name: str = "钥匙") -> tuple[Client, SoftKey]:
    client, key = client_here(), SoftKey()
    enter(client, username)
    answer = client.post(PAGE, {"key": key.register(options_of(client)), "name": name})
    assert answer.status_code == 201
    return client, key


def half_in(username: str = "town") -> Client:
    client = client_here()
    assert enter(client, username)["Location"].startswith(PAGE)
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def test_a_key_is_enough_and_gives_recovery_codes():
    client, key = enrol()
    assert sorted(Authenticator.objects.values_list("type", flat=True)) == ["recovery_codes", "webauthn"]
    assert User.objects.get(username="town").second_factor_since is not None
    other = half_in()
    assert not is_in(other)
    answer = other.post(f"{PAGE}?next=/password/", {"key": key.sign(options_of(other)), "next": "/password/"})
    assert (answer.status_code, answer["Location"]) == (302, "/password/")
    assert (is_in(other), is_in(client)) == (True, False)


def test_a_required_role_is_content_with_a_key(settings):
    settings.SECOND_FACTOR = ["township"]
    client = client_here()
    enter(client, "town")
    assert client.get("/account/")["Location"] == PAGE
    key = SoftKey()
    assert client.post(PAGE, {"key": key.register(options_of(client)), "name": "钥匙"}).status_code == 201
    assert is_in(client)


def test_what_was_signed_opens_once():
    _, key = enrol()
    first = half_in()
    signed = key.sign(options_of(first))
    assert first.post(PAGE, {"key": signed}).status_code == 302
    again = half_in()
    options_of(again)
    assert again.post(PAGE, {"key": signed}).status_code == 400
    assert not is_in(again)


def test_a_challenge_is_asked_once_and_by_one_session():
    _, key = enrol()
    one, two = half_in(), half_in()
    of_one, _of_two = options_of(one), options_of(two)
    assert two.post(PAGE, {"key": key.sign(of_one)}).status_code == 400
    wrong = one.post(PAGE, {"key": "{}"})
    assert (wrong.status_code, "安全密钥没有通过" in wrong.content.decode()) == (400, True)
    # The failed try spent the challenge; the page it answered asks a new one.
    assert one.post(PAGE, {"key": key.sign(of_one)}).status_code == 400


def test_another_accounts_key_does_not_open():
    enrol()
    _, others = enrol("county")
    client = half_in()
    assert client.post(PAGE, {"key": others.sign(options_of(client))}).status_code == 400
    forged = SoftKey()
    forged.id = others.id
    assert half_in("county").post(PAGE, {"key": forged.sign(options_of(client))}).status_code == 400


@pytest.mark.parametrize(
    ("host", "scheme"),
    [("evil.example", "https"), ("127.0.0.1", "http"), ("localhost.evil.example", "https")],
)
def test_what_was_signed_for_another_site_does_not_open(host, scheme):
    """The negative control is every other test: the same key, signing for our address, opens."""
    _, key = enrol()
    client = half_in()
    key.host, key.origin = host, f"{scheme}://{host}"
    assert client.post(PAGE, {"key": key.sign(options_of(client))}).status_code == 400


def test_a_copy_is_noticed_by_its_counter():
    _, key = enrol()
    for _ in range(2):
        client = half_in()
        assert client.post(PAGE, {"key": key.sign(options_of(client))}).status_code == 302
    key.counter = 0
    client = half_in()
    told = client.post(PAGE, {"key": key.sign(options_of(client))})
    assert (told.status_code, "可能有复制品" in told.content.decode()) == (400, True)


@pytest.mark.parametrize("text", ["", "x", "[]", "null", '{"id": 1}', '{"response": {}}', "{" * 5000])
def test_nonsense_is_refused(text):
    enrol()
    assert half_in().post(PAGE, {"key": text, "code": ""}).status_code == 400


def test_further_keys_up_to_five_without_new_codes():
    client, key = enrol()
    assert (
        client.post(
            KEYS, {"key": key.register(options_of(client)), "name": "同一把"}, follow=True
        ).status_code
        == 200
    )
    assert Authenticator.objects.filter(type="webauthn").count() == 1
    for number in range(MOST_KEYS):
        told = client.post(
            KEYS, {"key": SoftKey().register(options_of(client)), "name": f"钥匙{number}"}, follow=True
        )
        said = "最多 5 把安全密钥" if number == MOST_KEYS - 1 else "安全密钥已登记"
        assert said in told.content.decode()
    assert Authenticator.objects.filter(type="webauthn").count() == MOST_KEYS
    assert Authenticator.objects.filter(type="recovery_codes").count() == 1
    assert is_in(client)


def test_the_last_factor_ends_like_any_and_another_does_not():
    client, _ = enrol()
    first = Authenticator.objects.get(type="webauthn").pk
    client.post(KEYS, {"key": SoftKey().register(options_of(client)), "name": "第二把"})
    client.post(f"{KEYS}{first}/", {"remove": "1"})
    assert [row.data["name"] for row in Authenticator.objects.filter(type="webauthn")] == ["第二把"]
    assert User.objects.get(username="town").second_factor_since is not None
    client.post(f"{KEYS}{Authenticator.objects.get(type='webauthn').pk}/", {"remove": "1"})
    assert (Authenticator.objects.count(), User.objects.get(username="town").second_factor_since) == (0, None)


def test_nobody_touches_another_accounts_key(cast):
    enrol()
    pk = Authenticator.objects.get(type="webauthn").pk
    county = log_in(client_here(), cast.users["county"])
    for data in ({"remove": "1"}, {"name": "我的"}):
        assert "没有这把安全密钥" in county.post(f"{KEYS}{pk}/", data, follow=True).content.decode()
    assert Authenticator.objects.get(pk=pk).data["name"] == "钥匙"


def test_a_key_needs_step_up(cast):
    client, _ = enrol()
    session = client.session
    session["stepped_up"] = 0
    session.save()
    pk = Authenticator.objects.get(type="webauthn").pk
    assert client.post(f"{KEYS}{pk}/", {"remove": "1"}).status_code == 401
    assert client.post(KEYS, {"key": "{}", "name": "x"}).status_code == 401


def asked_again(client: Client, url: str, data: dict) -> str:
    """Five minutes later: the act is asked for, the page wants a proof; what it asks a key for."""
    session = client.session
    session["stepped_up"] = 0
    session.save()
    answer = client.post(url, data)
    assert answer.status_code == 401
    return html.unescape(OPTIONS.search(answer.content.decode())[1])


def test_a_key_proves_who_one_is_and_the_act_goes_on():
    """What was typed goes with the proof; the challenge of the act itself (a second key) is not spent by it."""
    client, key = enrol()
    pk = Authenticator.objects.get(type="webauthn").pk
    rename = {"name": "值班室钥匙"}
    signed = key.sign(asked_again(client, f"{KEYS}{pk}/", rename))
    assert client.post(f"{KEYS}{pk}/", {**rename, "step_up_key": signed}).status_code == 302
    assert Authenticator.objects.get(pk=pk).data["name"] == "值班室钥匙"
    second = {"key": SoftKey().register(options_of(client)), "name": "第二把"}
    signed = key.sign(asked_again(client, KEYS, second))
    client.post(KEYS, {**second, "step_up_key": signed})
    assert Authenticator.objects.filter(type="webauthn").count() == 2


def test_a_proof_is_this_pages_this_accounts_and_new():
    client, key = enrol()
    _, others = enrol("county")
    url = f"{PAGE}remove/"
    asked = asked_again(client, url, {})
    signed = key.sign(asked)
    for wrong in (others.sign(asked), key.sign(options_of(half_in())), "{}", ""):
        assert client.post(url, {"step_up_key": wrong}).status_code == 401
    # Each wrong one has spent the challenge it was asked under, the right answer to the first one too.
    assert client.post(url, {"step_up_key": signed}).status_code == 401
    assert User.objects.get(username="town").second_factor_since is not None
    assert client.post(url, {"step_up_key": key.sign(asked_again(client, url, {}))}).status_code == 302
    assert User.objects.get(username="town").second_factor_since is None


def test_where_keys_do_not_work_the_page_says_so():
    client = Client()
    enter(client, "town")
    said = "现在的网址不能用安全密钥"
    assert said in client.get(PAGE).content.decode()
    assert said not in client.get(PAGE, headers={"host": "localhost"}).content.decode()
    assert said not in client.get(PAGE, headers={"host": "localhost"}, secure=True).content.decode()
    assert said not in client.get(PAGE, secure=True).content.decode()
    assert said in client.get(PAGE, headers={"host": "127.0.0.1"}, secure=True).content.decode()


def test_enrolling_a_key_ends_tokens_of_before():
    token({"username": "town", "password": PASSWORD})
    enrol()
    assert ApiToken.objects.filter(revoked_at__isnull=True).count() == 0
