"""T55: the second factor cannot be stepped over, replayed, reset away, carried over, or put on somebody else."""

import re
import time

import pytest
import time_machine
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from accounts.actions import people
from accounts.auth import rules
from accounts.auth.factors import PASSED_KEY
from accounts.models import ApiToken, KnownDevice, LoginAttempt, User, UserSession
from accounts.scope import scoped
from tests.accounts.people.test_sign_in import age_attempts, enter
from tests.cast import PASSWORD

PAGE = "/account/second-factor/"
SECRET = re.compile(r'<dt>密钥</dt><dd><b class="once">([A-Z2-7 ]+)</b>')
pytestmark = pytest.mark.usefixtures("committed")


def code_of(secret: str, later: int = 0) -> str:
    """What the telephone shows, now or some steps later."""
    return format_hotp_value(hotp_value(secret.replace(" ", ""), int(time.time()) // 30 + later))


def enrol(username: str = "town") -> tuple[Client, str, list[str]]:
    """A browser that has signed in and enrolled: with the secret and the recovery codes."""
    client = Client()
    enter(client, username)
    secret = SECRET.search(client.get(PAGE).content.decode())[1]
    answer = client.post(PAGE, {"code": code_of(secret)})
    assert answer.status_code == 201
    codes = re.findall(r'<li><b class="once">([\d ]+)</b>', answer.content.decode())
    return client, secret, codes


def token(asked: dict):
    return Client().post("/api/v1/auth/token/", asked, content_type="application/json")


def half_in(username: str = "town") -> Client:
    """A browser with the right password and nothing more."""
    client = Client()
    answer = enter(client, username)
    assert answer["Location"].startswith(PAGE)
    return client


def test_enrolling_gives_ten_recovery_codes_and_stores_no_secret_in_the_clear():
    _, secret, codes = enrol()
    rows = {row.type: row.data for row in Authenticator.objects.all()}
    assert len(set(codes)) == 10
    assert rows["totp"]["secret"].startswith("sm4-gcm-1:")
    assert get_adapter().decrypt(rows["totp"]["secret"]) == secret.replace(" ", "")
    assert User.objects.get(username="town").second_factor_since is not None


def test_sign_in_needs_both_and_then_reaches_the_page_asked_for():
    _, secret, _ = enrol()
    client = Client()
    first = client.post("/login/", {"username": "town", "password": PASSWORD, "next": "/password/"})
    assert first["Location"] == f"{PAGE}?next=%2Fpassword%2F"
    with time_machine.travel(time.time() + 60):
        answer = client.post(first["Location"], {"code": code_of(secret)})
    assert (answer.status_code, answer["Location"]) == (302, "/password/")
    assert client.get("/password/").status_code == 200


@pytest.mark.parametrize("path", ["/", "/password/", "/jobs/", f"{PAGE}recovery/", f"{PAGE}remove/"])
def test_skipping_the_step_leads_back_to_it(path):
    enrol()
    client = half_in()
    for answer in (client.get(path), client.post(path)):
        assert (answer.status_code, answer["Location"]) == (302, PAGE)
    answer = client.get("/api/v1/me/")
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")


def test_a_code_opens_once():
    _, secret, _ = enrol()
    with time_machine.travel(time.time() + 60):
        code = code_of(secret)
        assert half_in().post(PAGE, {"code": code}).status_code == 302
        replayed = half_in()
        assert replayed.post(PAGE, {"code": code}).status_code == 400
        # An older code that is still in its window is spent with the newer one.
        assert replayed.post(PAGE, {"code": code_of(secret, -1)}).status_code == 400
        assert replayed.get("/password/")["Location"] == PAGE


def test_the_code_that_enrolled_is_used_up():
    _, secret, _ = enrol()
    assert half_in().post(PAGE, {"code": code_of(secret)}).status_code == 400


def test_a_recovery_code_opens_once():
    _, _, codes = enrol()
    assert half_in().post(PAGE, {"code": codes[3]}).status_code == 302
    assert half_in().post(PAGE, {"code": codes[3]}).status_code == 400
    assert half_in().post(PAGE, {"code": codes[4]}).status_code == 302


def test_five_wrong_codes_lock_and_a_right_password_does_not_unlock():
    """The negative control: the first four are free."""
    _, _, codes = enrol()
    own = [half_in() for _ in range(6)]
    assert [client.post(PAGE, {"code": "000000"}).status_code for client in own[:5]] == [400] * 5
    assert own[5].post(PAGE, {"code": codes[0]}).status_code == 429
    assert half_in().post(PAGE, {"code": codes[0]}).status_code == 429
    age_attempts(rules.FIRST_WAIT * 2)
    assert half_in().post(PAGE, {"code": codes[0]}).status_code == 302


def test_the_password_alone_does_not_put_the_owner_out():
    own, _, _ = enrol()
    half_in()
    assert own.get("/password/").status_code == 200


def test_who_has_the_password_alone_never_becomes_a_known_device():
    enrol()
    before = KnownDevice.objects.count()
    client = half_in()
    assert "device" not in client.cookies
    assert KnownDevice.objects.count() == before


def test_wrong_codes_elsewhere_do_not_lock_the_owners_device():
    own, secret, _ = enrol()
    own.post("/logout/")
    for _ in range(8):
        half_in().post(PAGE, {"code": "000000"})
    with time_machine.travel(time.time() + 60):
        enter(own)
        assert own.post(PAGE, {"code": code_of(secret)}).status_code == 302
    assert LoginAttempt.objects.filter(outcome="refused").count() == 3


def test_a_password_reset_does_not_reset_the_factor(cast):
    enrol()
    with scoped(cast.admin) as by:
        password = people.reset_password(User.objects.get(username="town"), by=by, reason="忘记")
    client = Client()
    client.post("/login/", {"username": "town", "password": password})
    assert client.get("/password/")["Location"] == PAGE


def test_sessions_and_tokens_of_before_end_with_the_enrolment():
    old = Client()
    enter(old)
    api = token({"username": "town", "password": PASSWORD}).json()["token"]
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {api}"}
    assert Client().get("/api/v1/me/", **bearer).status_code == 200
    enrol()
    assert old.get("/password/")["Location"].startswith("/login/")
    assert Client().get("/api/v1/me/", **bearer).status_code == 401
    assert list(ApiToken.objects.filter(revoked_at=None)) == []


def test_a_session_that_lost_its_mark_is_asked_again():
    """A session opened while there was no factor, as one that an administrator's act could leave behind."""
    client, _, _ = enrol()
    session = client.session
    assert session[PASSED_KEY] == User.objects.get(username="town").pk
    del session[PASSED_KEY]
    session.save()
    assert client.get("/password/")["Location"] == PAGE


def test_the_mark_of_another_account_is_worth_nothing(cast):
    enrol()
    client = half_in()
    session = client.session
    session[PASSED_KEY] = cast.users["sibling_town"].pk
    session.save()
    assert client.get("/password/")["Location"] == PAGE


def test_nobody_enrols_on_anothers_account(cast):
    """The page knows the session's own account; a name in the form changes nothing."""
    client = Client()
    enter(client)
    secret = SECRET.search(client.get(PAGE).content.decode())[1]
    other = cast.users["sibling_town"].pk
    client.post(PAGE, {"code": code_of(secret), "user": other, "username": "sibling_town", "pk": other})
    assert set(Authenticator.objects.values_list("user_id", flat=True)) == {cast.users["town"].pk}


def test_a_half_open_session_cannot_enrol_another_telephone():
    enrol()
    client = half_in()
    page = client.get(PAGE).content.decode()
    assert SECRET.search(page) is None
    assert Authenticator.objects.filter(type="totp").count() == 1


def test_token_needs_the_code(settings):
    _, secret, _ = enrol()
    asked = {"username": "town", "password": PASSWORD}
    answer = token(asked)
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")
    answer = token({**asked, "code": "000000"})
    assert (answer.status_code, answer.json()["code"]) == (400, "code_wrong")
    with time_machine.travel(time.time() + 60):
        answer = token({**asked, "code": code_of(secret)})
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {answer.json()['token']}"}
    assert (answer.status_code, Client().get("/api/v1/me/", **bearer).status_code) == (201, 200)
    settings.SECOND_FACTOR = ["all"]
    assert Client().get("/api/v1/me/", **bearer).status_code == 200


def test_required_by_role(settings):
    settings.SECOND_FACTOR = ["township"]
    client, other = Client(), Client()
    enter(client)
    enter(other, "county")
    assert client.get("/")["Location"] == PAGE
    assert client.get(PAGE).status_code == 200
    assert other.get("/").status_code == 200
    answer = token({"username": "town", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (403, "second_factor_required")


def test_required_of_everybody(settings):
    settings.SECOND_FACTOR = ["all"]
    client = Client()
    enter(client, "wall")
    assert client.get("/")["Location"] == PAGE


def test_a_mistyped_role_is_refused_at_the_start():
    assert rules.factor_roles(["none"]) == frozenset()
    with pytest.raises(ValueError, match="townshp"):
        rules.factor_roles(["townshp"])


def test_removing_ones_own_needs_step_up_and_ends_the_demand():
    client, _, _ = enrol()
    with time_machine.travel(time.time() + 301):
        asked = client.post(f"{PAGE}remove/")
        assert (asked.status_code, Authenticator.objects.count()) == (401, 2)
        wrong = client.post(f"{PAGE}remove/", {"step_up_proof": "wrong"})
        assert (wrong.status_code, Authenticator.objects.count()) == (401, 2)
        done = client.post(f"{PAGE}remove/", {"step_up_proof": PASSWORD})
    assert (done.status_code, Authenticator.objects.count()) == (302, 0)
    assert User.objects.get(username="town").second_factor_since is None
    assert enter(Client())["Location"] == "/"


def test_the_trail_has_every_step():
    from accounts.models import AuditAct

    _, _, codes = enrol()
    half_in().post(PAGE, {"code": codes[0]})
    types = AuditAct.objects.using("owner").filter(type__startswith="factors.").order_by("pk")
    assert list(types.values_list("type", flat=True)) == ["factors.enrolled", "factors.used"]
    assert UserSession.objects.filter(end_reason="replaced").count() == 1
